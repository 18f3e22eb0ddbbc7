"""Stage 6: provenance, what an auditor asks for.

Out: the manifest (each file with its hashes) and the list of jobs (by what, when, on what), for
each of `all`, `ablations`, `replication` and `beyond`. `audit`, `publish`, `release` and `crate` run each
time they are asked for.
"""

import json

from ssl_landscape.pipeline.code_roots import code_of
from ssl_landscape.pipeline.plan import canonical
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.manifest import ENDINGS, manifest_inputs, manifest_spec

TARGET_OF = {ending: target for target, ending in ENDINGS.items()}
WHOLE_CONFIG = json.dumps(config)  # in its own order, which some specs follow


# Records are no inputs: they have times, and would make the manifest stale for nothing.
rule manifest:
    input:
        lambda wildcards: manifest_inputs(Graph(PLAN), TARGET_OF[wildcards.of]),
    output:
        json="<results>/provenance/manifest{of}.json",
        jobs="<results>/provenance/jobs{of}.csv",
        record="<results>/provenance/manifest{of}.record.json",
    log:
        "<results>/logs/provenance/manifest{of}.log",
    wildcard_constraints:
        of=one_of(TARGET_OF),
    conda:
        ENVIRONMENT
    params:
        rule="manifest",
        name=lambda wildcards: TARGET_OF[wildcards.of],
        results=lambda wildcards: PLAN.results.as_posix(),
        spec=lambda wildcards: canonical(manifest_spec(Graph(PLAN), TARGET_OF[wildcards.of])),
        code=lambda wildcards: code_of("manifest"),
    message:
        "Lists every file with its hashes: {output.json}"
    shell:
        JOB


rule audit:
    log:
        "<results>/logs/provenance/audit.log",
    conda:
        ENVIRONMENT
    params:
        config=WHOLE_CONFIG,
    shell:
        "ssl-landscape audit --config-json {params.config:q} 2> {log:q}"


rule publish:
    input:
        rules.all.input,
        rules.ablations.input,
    log:
        "<results>/logs/provenance/publish.log",
    conda:
        ENVIRONMENT
    params:
        config=WHOLE_CONFIG,
    shell:
        "ssl-landscape publish --config-json {params.config:q} 2> {log:q}"


rule release:
    log:
        "<results>/logs/provenance/release.log",
    conda:
        ENVIRONMENT
    params:
        config=WHOLE_CONFIG,
    shell:
        "ssl-landscape release --config-json {params.config:q} 2> {log:q}"


rule crate:
    log:
        "<results>/logs/provenance/crate.log",
    conda:
        ENVIRONMENT
    params:
        config=WHOLE_CONFIG,
        files=workflow.configfiles,
    shell:
        "ssl-landscape crate"
        " --config-json {params.config:q}"
        " --config {params.files:q}"
        " 2> {log:q}"
