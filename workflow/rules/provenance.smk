"""Stage 6: provenance, what an auditor asks for.

In: all results and their records. Out: the manifest (one line an artefact: hashes, lineage), one for
`all` and one for `ablations`. `audit` checks everything and `crate` packs it, each time it is asked for.
"""

from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.manifest import manifest_inputs, manifest_spec

GRAPH = Graph(PLAN)
TARGET_OF = {"": "all", "-ablations": "ablations"}


# Records are no inputs: they have times, and would make the manifest stale for nothing.
rule manifest:
    input:
        lambda wildcards: manifest_inputs(GRAPH, TARGET_OF[wildcards.of]),
    output:
        json="<results>/provenance/manifest{of}.json",
        record="<results>/provenance/manifest{of}.record.json",
    log:
        "<results>/logs/provenance/manifest{of}.log",
    benchmark:
        "<results>/timings/provenance/manifest{of}.tsv"
    wildcard_constraints:
        of="|-ablations",
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=lambda wildcards: canonical(manifest_spec(GRAPH, TARGET_OF[wildcards.of])),
        code=lambda wildcards: code_of("manifest"),
    message:
        "Lists every artefact with its hashes and lineage: {output.json}"
    shell:
        "ssl-landscape manifest"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --output {output.json:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


rule audit:
    log:
        "<results>/logs/provenance/audit.log",
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        config=canonical(config),
    shell:
        "ssl-landscape audit --spec {params.config:q} 2> {log:q}"


rule crate:
    log:
        "<results>/logs/provenance/crate.log",
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        config=canonical(config),
        files=workflow.configfiles,
    shell:
        "ssl-landscape crate --spec {params.config:q} --config {params.files:q} 2> {log:q}"
