"""Stage 1: fixed datasets x = Mz + noise (Eq. 1).

In: nothing but the config. Out: one folder a (dataset, seed) with the samples (x and z) and the
dictionary M, shared by every model that trains on them.
"""


rule datasets:
    input:
        [
            f"<results>/datasets/{dataset}/seed-{seed}/{file}"
            for dataset, seed in PLAN.datasets
            for file in ("samples.parquet", "dictionary.parquet", "record.json")
        ],
    message:
        "All datasets are there."


rule dataset:
    output:
        samples="<results>/datasets/{dataset}/seed-{seed}/samples.parquet",
        dictionary="<results>/datasets/{dataset}/seed-{seed}/dictionary.parquet",
        record="<results>/datasets/{dataset}/seed-{seed}/record.json",
    log:
        "<results>/logs/datasets/{dataset}/seed-{seed}.log",
    benchmark:
        "<results>/timings/datasets/{dataset}/seed-{seed}.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(PLAN.dataset_spec(wildcards.dataset, int(wildcards.seed))),
        code=lambda wildcards: PLAN.dataset_code(wildcards.dataset, int(wildcards.seed)),
    shell:
        "ssl-landscape dataset"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --samples {output.samples:q}"
        " --dictionary {output.dictionary:q}"
        " --record {output.record:q}"
        " 2> {log:q}"
