"""Other readings of the paper, beside what `all` makes.

In: the metrics of a model under each reading (trained by the same rules). Out: a table a question
with the distance to the published numbers, a picture where a grid was trained, and a summary.
"""


rule ablations:
    input:
        PLAN.upstream_files(PLAN.models_in_ablations | PLAN.models_in_tables),
        [
            f"<results>/ablations/{ablation}.{suffix}"
            for ablation in PLAN.config.ablations
            for suffix in ("csv", "md", "record.json", "html")
        ],
        [
            f"<results>/ablations/{ablation}.{suffix}"
            for ablation in PLAN.grids
            for suffix in ("pdf", "png", "svg", "figure.record.json")
        ],
        "<results>/ablations/summary.md",
        "<results>/ablations/summary.html",
        "<results>/ablations/summary.record.json",
        "<results>/provenance/manifest-ablations.json",
        "<results>/provenance/jobs-ablations.csv",
        "<results>/provenance/manifest-ablations.record.json",
    message:
        "All ablations are there: see ablations/summary.md in the results."


rule ablation:
    input:
        final=lambda wildcards: [
            f"<results>/metrics/{name}.final.csv"
            for name in PLAN.ablation_models(wildcards.ablation)
        ],
        curves=lambda wildcards: [
            f"<results>/metrics/{name}.parquet"
            for name in PLAN.ablation_models(wildcards.ablation)
        ],
    output:
        csv="<results>/ablations/{ablation}.csv",
        md="<results>/ablations/{ablation}.md",
        record="<results>/ablations/{ablation}.record.json",
    log:
        "<results>/logs/ablations/{ablation}.log",
    benchmark:
        "<results>/timings/ablations/{ablation}.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(PLAN.ablation_spec(wildcards.ablation)),
        code=lambda wildcards: code_of("ablation"),
    shell:
        "ssl-landscape ablation"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --final {input.final:q}"
        " --curves {input.curves:q}"
        " --output {output.csv:q} {output.md:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


rule ablation_figure:
    input:
        final=lambda wildcards: [
            f"<results>/metrics/{name}.final.csv" for name in PLAN.ablation_models(wildcards.grid)
        ],
    output:
        pdf="<results>/ablations/{grid}.pdf",
        png=report(
            "<results>/ablations/{grid}.png",
            caption="../report/ablation.rst",
            category=CATEGORIES["ablations"],
            labels=lambda wildcards: REPORT.labels("ablations", wildcards.grid, "picture"),
        ),
        svg="<results>/ablations/{grid}.svg",
        record="<results>/ablations/{grid}.figure.record.json",
    log:
        "<results>/logs/ablations/{grid}-figure.log",
    benchmark:
        "<results>/timings/ablations/{grid}-figure.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(PLAN.ablation_spec(wildcards.grid)),
        code=lambda wildcards: code_of("ablation_figure"),
    shell:
        "ssl-landscape ablation"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --final {input.final:q}"
        " --output {output.pdf:q} {output.png:q} {output.svg:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


rule ablation_summary:
    input:
        tables=[f"<results>/ablations/{ablation}.csv" for ablation in PLAN.config.ablations],
        cells="<results>/fidelity/cells.csv",
    output:
        md="<results>/ablations/summary.md",
        record="<results>/ablations/summary.record.json",
    log:
        "<results>/logs/ablations/summary.log",
    benchmark:
        "<results>/timings/ablations/summary.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(PLAN.ablation_questions()),
        code=lambda wildcards: code_of("ablation_summary"),
    shell:
        "ssl-landscape ablation-summary"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --tables {input.tables:q}"
        " --cells {input.cells:q}"
        " --output {output.md:q}"
        " --record {output.record:q}"
        " 2> {log:q}"
