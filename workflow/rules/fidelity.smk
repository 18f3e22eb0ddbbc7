"""Stage 5: fidelity, the comparison with the paper.

In: final metrics (cells of Tables 1 to 3) and curves (claims). Out: every published cell against
ours, a verdict on every claim, one figure, and the list of what does not match, with the reasons
from workflow/fidelity/reasons.yaml.
"""

from ssl_landscape.fidelity.plan import FidelityPlan

FIDELITY = FidelityPlan(PLAN)


rule fidelity:
    input:
        PLAN.upstream_files(FIDELITY.models),
        collect(
            "<results>/fidelity/{name}",
            name=["cells.csv", "cells.md", "claims.csv", "claims.md", "discrepancies.md"],
        ),
        collect("<results>/fidelity/{name}.html", name=["cells", "claims", "discrepancies"]),
        collect("<results>/fidelity/fidelity.{suffix}", suffix=["pdf", "png", "svg", "rst"]),
        collect(
            "<results>/fidelity/{name}.record.json",
            name=["cells", "claims", "fidelity", "discrepancies"],
        ),
    message:
        "The results are compared with the paper: see discrepancies.md and claims.md."


rule fidelity_cells:
    input:
        final=[f"<results>/metrics/{model}.final.csv" for model in FIDELITY.models_in_tables],
    output:
        csv="<results>/fidelity/cells.csv",
        md="<results>/fidelity/cells.md",
        record="<results>/fidelity/cells.record.json",
    log:
        "<results>/logs/fidelity/cells.log",
    benchmark:
        "<results>/timings/fidelity/cells.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(FIDELITY.cells_spec()),
        code=lambda wildcards: code_of("fidelity_cells"),
    shell:
        "ssl-landscape fidelity cells"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --final {input.final:q}"
        " --output {output.csv:q} {output.md:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


# The command names the folder, not each curve: the paths of 20 seeds would be too long for it.
rule fidelity_claims:
    input:
        curves=[
            f"<results>/runs/{model}/sparsity-{sparsity}/seed-{seed}/curve.parquet"
            for model, sparsity, seed in FIDELITY.runs
        ],
    output:
        csv="<results>/fidelity/claims.csv",
        md="<results>/fidelity/claims.md",
        record="<results>/fidelity/claims.record.json",
    log:
        "<results>/logs/fidelity/claims.log",
    benchmark:
        "<results>/timings/fidelity/claims.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(FIDELITY.claims_spec()),
        code=lambda wildcards: code_of("fidelity_claims"),
        results=subpath(output.csv, ancestor=2),
    shell:
        "ssl-landscape fidelity claims"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --results {params.results:q}"
        " --output {output.csv:q} {output.md:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


rule fidelity_figure:
    input:
        cells=rules.fidelity_cells.output.csv,
    output:
        pdf="<results>/fidelity/fidelity.pdf",
        png=report(
            "<results>/fidelity/fidelity.png",
            caption="../report/fidelity.rst",
            category=CATEGORIES["fidelity"],
            labels=REPORT.labels("fidelity", "fidelity"),
        ),
        svg="<results>/fidelity/fidelity.svg",
        record="<results>/fidelity/fidelity.record.json",
    log:
        "<results>/logs/fidelity/figure.log",
    benchmark:
        "<results>/timings/fidelity/figure.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(FIDELITY.figure_spec()),
        code=lambda wildcards: code_of("fidelity_figure"),
    shell:
        "ssl-landscape fidelity figure"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --cells {input.cells:q}"
        " --output {output.pdf:q} {output.png:q} {output.svg:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


rule fidelity_discrepancies:
    input:
        cells=rules.fidelity_cells.output.csv,
        claims=rules.fidelity_claims.output.csv,
        reasons="workflow/fidelity/reasons.yaml",
    output:
        md="<results>/fidelity/discrepancies.md",
        record="<results>/fidelity/discrepancies.record.json",
    log:
        "<results>/logs/fidelity/discrepancies.log",
    benchmark:
        "<results>/timings/fidelity/discrepancies.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(FIDELITY.discrepancies_spec()),
        code=lambda wildcards: code_of("fidelity_discrepancies"),
    shell:
        "ssl-landscape fidelity discrepancies"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --cells {input.cells:q}"
        " --claims {input.claims:q}"
        " --reasons {input.reasons:q}"
        " --output {output.md:q}"
        " --record {output.record:q}"
        " 2> {log:q}"
