"""Stage 2: one job per training run, (model, sparsity, seed).

In: the run's dataset. Out: its curve (one row per epoch), its weights (initial and final) and the
record of the job. What makes a run stale: its data, its resolved spec, the code that it uses.
"""


rule train:
    input:
        samples=lambda wildcards: expand(
            "<results>/datasets/{dataset}/seed-{seed}/samples.parquet",
            dataset=PLAN.dataset_of(wildcards.model, wildcards.sparsity),
            seed=wildcards.seed,
        ),
        dictionary=lambda wildcards: expand(
            "<results>/datasets/{dataset}/seed-{seed}/dictionary.parquet",
            dataset=PLAN.dataset_of(wildcards.model, wildcards.sparsity),
            seed=wildcards.seed,
        ),
    output:
        curve="<results>/runs/{model}/sparsity-{sparsity}/seed-{seed}/curve.parquet",
        weights="<results>/runs/{model}/sparsity-{sparsity}/seed-{seed}/weights.safetensors",
        record="<results>/runs/{model}/sparsity-{sparsity}/seed-{seed}/run.json",
    log:
        "<results>/logs/runs/{model}/sparsity-{sparsity}/seed-{seed}.log",
    benchmark:
        "<results>/timings/runs/{model}/sparsity-{sparsity}/seed-{seed}.tsv"
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
        gpu=gpus_per_run(PLAN.config.device),
        device=device_per_run(PLAN.config.device),
    params:
        **job("train", "{model}/sparsity-{sparsity}/seed-{seed}"),
    shell:
        JOB + " --device {resources.device} --threads {threads}"
