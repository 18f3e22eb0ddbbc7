"""Stage 1: fixed datasets x = Mz + noise (Eq. 1).

Out: the samples (x and z) and the dictionary M of each (dataset, seed), shared by all models.
"""


rule datasets:
    input:
        built(PLAN, "dataset"),
    message:
        "All datasets are up to date."


rule dataset:
    output:
        samples="<results>/datasets/{dataset}/seed-{seed}/samples.parquet",
        dictionary="<results>/datasets/{dataset}/seed-{seed}/dictionary.parquet",
        record="<results>/datasets/{dataset}/seed-{seed}/record.json",
    log:
        "<results>/logs/datasets/{dataset}/seed-{seed}.log",
    conda:
        ENVIRONMENT
    params:
        **job("dataset", "{dataset}/seed-{seed}"),
    shell:
        JOB
