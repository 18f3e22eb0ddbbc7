"""Stage 2: one job per training run, (model, sparsity, seed).

In: the run's dataset. Out: its curve (one row per epoch) and its weights (initial and final).
"""


rule train:
    input:
        samples=lambda run: f"<results>/datasets/{data(run)}/seed-{run.seed}/samples.parquet",
        dictionary=lambda run: f"<results>/datasets/{data(run)}/seed-{run.seed}/dictionary.parquet",
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
