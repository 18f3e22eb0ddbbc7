"""Stage 3: a model's runs aggregated.

Out: mean, minimum and maximum over the runs at each epoch, and each run's last epoch.
"""


rule metrics:
    input:
        curves=lambda wildcards: [
            f"<results>/runs/{model}/sparsity-{sparsity}/seed-{seed}/curve.parquet"
            for model, sparsity, seed in PLAN.runs_of(wildcards.model)
        ],
    output:
        curves="<results>/metrics/{model}.parquet",
        final="<results>/metrics/{model}.final.csv",
        record="<results>/metrics/{model}.record.json",
    log:
        "<results>/logs/metrics/{model}.log",
    conda:
        ENVIRONMENT
    params:
        **job("metrics", "{model}"),
    shell:
        JOB
