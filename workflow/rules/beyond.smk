"""Questions beyond the paper, beside what `all` builds.

In: metrics of a model under each reading (trained by the same rules). Out: other measures of the
final encoders, a table and a picture per question, and the verdicts.
"""


rule beyond:
    input:
        built(PLAN, "beyond"),
        "<results>/provenance/manifest-beyond.json",
        "<results>/provenance/jobs-beyond.csv",
        "<results>/provenance/manifest-beyond.record.json",
    message:
        "The studies beyond the paper are up to date: see beyond/verdicts.md in the results."


rule measures:
    input:
        lambda wildcards: [
            f"<results>/{folder}/{file}"
            for model, sparsity, seed in PLAN.runs_of(wildcards.model)
            for folder, file in (
                (f"runs/{model}/sparsity-{sparsity}/seed-{seed}", "curve.parquet"),
                (f"runs/{model}/sparsity-{sparsity}/seed-{seed}", "weights.safetensors"),
                (f"datasets/{PLAN.dataset_of(model, sparsity)}/seed-{seed}", "samples.parquet"),
                (f"datasets/{PLAN.dataset_of(model, sparsity)}/seed-{seed}", "dictionary.parquet"),
            )
        ],
    output:
        csv="<results>/beyond/measures/{model}.csv",
        record="<results>/beyond/measures/{model}.record.json",
    log:
        "<results>/logs/beyond/measures/{model}.log",
    conda:
        ENVIRONMENT
    params:
        **job("measures", "{model}"),
    shell:
        JOB


rule study:
    input:
        lambda wildcards: study_inputs(wildcards.study),
    output:
        csv="<results>/beyond/{study}.csv",
        md="<results>/beyond/{study}.md",
        record="<results>/beyond/{study}.record.json",
    log:
        "<results>/logs/beyond/{study}.log",
    conda:
        ENVIRONMENT
    params:
        **job("study", "{study}"),
    shell:
        JOB


rule study_figure:
    input:
        lambda wildcards: study_inputs(wildcards.study),
    output:
        pdf="<results>/beyond/{study}.pdf",
        png=report(
            "<results>/beyond/{study}.png",
            caption="../report/study.rst",
            category=CATEGORIES["beyond"],
            labels=lambda wildcards: REPORT.labels("beyond", wildcards.study),
        ),
        svg="<results>/beyond/{study}.svg",
        record="<results>/beyond/{study}.figure.record.json",
    log:
        "<results>/logs/beyond/{study}.figure.log",
    conda:
        ENVIRONMENT
    params:
        **job("study_figure", "{study}"),
    shell:
        JOB


rule study_verdicts:
    input:
        list(dict.fromkeys(file for study in PLAN.config.beyond for file in study_inputs(study))),
    output:
        csv="<results>/beyond/verdicts.csv",
        md="<results>/beyond/verdicts.md",
        record="<results>/beyond/verdicts.record.json",
    log:
        "<results>/logs/beyond/verdicts.log",
    conda:
        ENVIRONMENT
    params:
        **job("study_verdicts"),
    shell:
        JOB
