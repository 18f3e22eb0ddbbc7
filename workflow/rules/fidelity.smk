"""Stage 5: fidelity, the comparison with the paper.

In: final metrics. Out: every published cell of Tables 1 to 3 against ours, and one figure. The
verdicts on the claims, and the list of what does not match, are in claims.smk.
"""

from ssl_landscape.comparison.plan import FidelityPlan

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
