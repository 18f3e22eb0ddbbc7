"""Stage 5: the comparison with the paper.

In: final metrics, reasons written by hand. Out: ours against each published cell, a verdict
on every claim, one figure, the list of what does not match, and both ends of every run.
"""


rule comparison:
    input:
        built(PLAN, "finals", "cells", "claims", "comparison_figure", "discrepancies"),
    message:
        "The results are compared with the paper: see discrepancies.md and claims.md."


rule finals:
    input:
        final=[f"<results>/metrics/{model}.final.csv" for model in PLAN.shown_models],
    output:
        csv="<results>/comparison/finals.csv",
        record="<results>/comparison/finals.record.json",
    log:
        "<results>/logs/comparison/finals.log",
    conda:
        ENVIRONMENT
    params:
        **job("finals"),
    shell:
        JOB


rule cells:
    input:
        final=[f"<results>/metrics/{model}.final.csv" for model in PLAN.models_compared],
    output:
        csv="<results>/comparison/cells.csv",
        md="<results>/comparison/cells.md",
        record="<results>/comparison/cells.record.json",
    log:
        "<results>/logs/comparison/cells.log",
    conda:
        ENVIRONMENT
    params:
        **job("cells"),
    shell:
        JOB


rule claims:
    input:
        final=[f"<results>/metrics/{model}.final.csv" for model in sorted(PLAN.models_in_claims)],
    output:
        csv="<results>/comparison/claims.csv",
        md="<results>/comparison/claims.md",
        record="<results>/comparison/claims.record.json",
    log:
        "<results>/logs/comparison/claims.log",
    conda:
        ENVIRONMENT
    params:
        **job("claims"),
    shell:
        JOB


rule comparison_figure:
    input:
        cells="<results>/comparison/cells.csv",
    output:
        pdf="<results>/comparison/comparison.pdf",
        png=report(
            "<results>/comparison/comparison.png",
            caption="../report/comparison.rst",
            category=CATEGORIES["comparison"],
            labels=REPORT.labels("comparison", "comparison"),
        ),
        svg="<results>/comparison/comparison.svg",
        record="<results>/comparison/comparison.record.json",
    log:
        "<results>/logs/comparison/comparison.log",
    conda:
        ENVIRONMENT
    params:
        **job("comparison_figure"),
    shell:
        JOB


rule discrepancies:
    input:
        cells="<results>/comparison/cells.csv",
        claims="<results>/comparison/claims.csv",
        reasons="workflow/comparison/reasons.yaml",
    output:
        md="<results>/comparison/discrepancies.md",
        record="<results>/comparison/discrepancies.record.json",
    log:
        "<results>/logs/comparison/discrepancies.log",
    conda:
        ENVIRONMENT
    params:
        **job("discrepancies"),
    shell:
        JOB
