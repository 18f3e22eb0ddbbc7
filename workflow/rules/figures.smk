"""Stage 4: figures.

In: the aggregated metrics of the models that a figure shows. Out: the figure as PDF, PNG and SVG.
"""


rule figures:
    input:
        PLAN.upstream_files(PLAN.models_in_figures),
        [
            f"<results>/figures/{figure}.{suffix}"
            for figure in PLAN.config.figures
            for suffix in ("pdf", "png", "svg", "record.json", "rst")
        ],
    message:
        "All figures are there, and all that they are made from."


rule figure:
    input:
        metrics=lambda wildcards: [
            f"<results>/metrics/{model}.parquet" for model in PLAN.figure(wildcards.figure).models
        ],
    output:
        pdf="<results>/figures/{figure}.pdf",
        png=report(
            "<results>/figures/{figure}.png",
            caption="../report/figure.rst",
            category=CATEGORIES["figures"],
            labels=lambda wildcards: REPORT.labels("figures", wildcards.figure),
        ),
        svg="<results>/figures/{figure}.svg",
        record="<results>/figures/{figure}.record.json",
    log:
        "<results>/logs/figures/{figure}.log",
    benchmark:
        "<results>/timings/figures/{figure}.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(PLAN.figure_spec(wildcards.figure)),
        code=lambda wildcards: code_of("figure"),
    shell:
        "ssl-landscape figure"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --metrics {input.metrics:q}"
        " --output {output.pdf:q} {output.png:q} {output.svg:q}"
        " --record {output.record:q}"
        " 2> {log:q}"
