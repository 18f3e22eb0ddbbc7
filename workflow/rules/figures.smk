"""Stage 4: figures.

In: the aggregated metrics of the models that a figure shows. Out: the figure as PDF, PNG and SVG.
"""


rule figures:
    input:
        built(PLAN, "figure"),
    message:
        "All figures are up to date, and all that they are made from."


for _figure in PLAN.config.figures:

    rule:
        name:
            _figure
        input:
            built(PLAN, "figure", name=_figure),
        localrule: True
        message:
            f"{_figure} is up to date, and all that it is made from."


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
