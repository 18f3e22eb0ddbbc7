"""Stage 4: figures, of the aggregated metrics of the models that each shows."""


rule figures:
    input:
        built(PLAN, "figure"),
    message:
        "All figures are up to date, and all that they are made from."


rule figure:
    input:
        metrics=lambda wildcards: [
            f"<results>/metrics/{model}.parquet"
            for model in PLAN.config.figures[wildcards.figure].models
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
    conda:
        ENVIRONMENT
    params:
        **job("figure", "{figure}"),
    shell:
        JOB
