"""The tables and claims again, with more seeds than the paper's five (`replication` in the config).

In: the runs of `all`, and those of further seeds (trained by the same rules). Out: each run's last
epoch, all published cells, the claims and the picture of the comparison, under names of their own.
"""


rule replication:
    input:
        built(PLAN, "replication"),
        "<results>/provenance/manifest-replication.json",
        "<results>/provenance/jobs-replication.csv",
        "<results>/provenance/manifest-replication.record.json",
    message:
        "The replication is up to date: see replication/cells.md and claims.md in the results."


rule replication_finals:
    input:
        curves=lambda wildcards: [
            f"<results>/runs/{model}/sparsity-{sparsity}/seed-{seed}/curve.parquet"
            for model, sparsity, seed in PLAN.replicated_runs_of(wildcards.model)
        ],
    output:
        final="<results>/replication/metrics/{model}.final.csv",
        record="<results>/replication/metrics/{model}.record.json",
    log:
        "<results>/logs/replication/metrics/{model}.log",
    conda:
        ENVIRONMENT
    params:
        **job("replication_finals", "{model}"),
    shell:
        JOB


rule replication_cells:
    input:
        final=[f"<results>/replication/metrics/{model}.final.csv" for model in PLAN.models_compared],
    output:
        csv="<results>/replication/cells.csv",
        md="<results>/replication/cells.md",
        record="<results>/replication/cells.record.json",
    log:
        "<results>/logs/replication/cells.log",
    conda:
        ENVIRONMENT
    params:
        **job("replication_cells"),
    shell:
        JOB


rule replication_claims:
    input:
        final=[
            f"<results>/replication/metrics/{model}.final.csv"
            for model in sorted(PLAN.models_in_claims)
        ],
    output:
        csv="<results>/replication/claims.csv",
        md="<results>/replication/claims.md",
        record="<results>/replication/claims.record.json",
    log:
        "<results>/logs/replication/claims.log",
    conda:
        ENVIRONMENT
    params:
        **job("replication_claims"),
    shell:
        JOB


rule replication_figure:
    input:
        cells="<results>/replication/cells.csv",
    output:
        pdf="<results>/replication/comparison.pdf",
        png=report(
            "<results>/replication/comparison.png",
            caption="../report/comparison.rst",
            category=CATEGORIES["replication"],
            labels=REPORT.labels("replication", "comparison"),
        ),
        svg="<results>/replication/comparison.svg",
        record="<results>/replication/comparison.record.json",
    log:
        "<results>/logs/replication/comparison.log",
    conda:
        ENVIRONMENT
    params:
        **job("replication_figure"),
    shell:
        JOB
