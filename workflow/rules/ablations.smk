"""Other readings of the paper, beside what `all` builds.

In: metrics of a model under each reading (trained by the same rules). Out: a table per question,
ours against the published numbers, a picture of each grid, a summary, and which claims survive.
"""


rule ablations:
    input:
        built(PLAN, "ablations"),
        "<results>/provenance/manifest-ablations.json",
        "<results>/provenance/jobs-ablations.csv",
        "<results>/provenance/manifest-ablations.record.json",
    message:
        "All ablations are up to date: see ablations/summary.md in the results."


rule ablation:
    input:
        final=lambda wildcards: [
            f"<results>/metrics/{name}.final.csv"
            for name in PLAN.ablation_models(wildcards.ablation)
        ],
    output:
        csv="<results>/ablations/{ablation}.csv",
        md="<results>/ablations/{ablation}.md",
        record="<results>/ablations/{ablation}.record.json",
    log:
        "<results>/logs/ablations/{ablation}.log",
    conda:
        ENVIRONMENT
    params:
        **job("ablation", "{ablation}"),
    shell:
        JOB


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
        "<results>/logs/ablations/{grid}.figure.log",
    conda:
        ENVIRONMENT
    params:
        **job("ablation_figure", "{grid}"),
    shell:
        JOB


rule ablation_summary:
    input:
        tables=[f"<results>/ablations/{ablation}.csv" for ablation in PLAN.config.ablations],
        cells="<results>/comparison/cells.csv",
    output:
        md="<results>/ablations/summary.md",
        record="<results>/ablations/summary.record.json",
    log:
        "<results>/logs/ablations/summary.log",
    conda:
        ENVIRONMENT
    params:
        **job("ablation_summary"),
    shell:
        JOB


rule claims_by_reading:
    input:
        final=[
            f"<results>/metrics/{name}.final.csv"
            for name in dict.fromkeys(variation.name for variation in PLAN.variations)
        ],
    output:
        csv="<results>/ablations/claims_by_reading.csv",
        md="<results>/ablations/claims_by_reading.md",
        record="<results>/ablations/claims_by_reading.record.json",
    log:
        "<results>/logs/ablations/claims_by_reading.log",
    conda:
        ENVIRONMENT
    params:
        **job("claims_by_reading"),
    shell:
        JOB
