"""Stage 2, with `seeds_in_one_job: true`: one job trains all seeds of a (model, sparsity).

The files are those of one job per run. A rule's number of files is fixed: it is there once for each
list of seeds that models have.
"""

for _seeds, _models in PLAN.models_by_seeds().items():

    rule:
        name:
            f"train_seeds_{compact(_seeds)}"
        input:
            lambda run, seeds=_seeds: [
                f"<results>/datasets/{data(run)}/seed-{seed}/{kind}.parquet"
                for seed in seeds
                for kind in ("samples", "dictionary")
            ],
        output:
            expand(
                "<results>/runs/{{model}}/sparsity-{{sparsity}}/seed-{seed}/{file}",
                seed=_seeds,
                file=["curve.parquet", "weights.safetensors", "run.json"],
            ),
        log:
            f"<results>/logs/runs/{{model}}/sparsity-{{sparsity}}/seeds-{compact(_seeds)}.log",
        benchmark:
            f"<results>/timings/runs/{{model}}/sparsity-{{sparsity}}/seeds-{compact(_seeds)}.tsv"
        wildcard_constraints:
            model=one_of(_models),
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(10 * len(_seeds)),
            gpu=gpus_per_run(PLAN.config.device),
            device=device_per_run(PLAN.config.device),
        params:
            **job("train", "{model}/sparsity-{sparsity}/seed-{seed}", _seeds),
            seeds=compact(_seeds),
        shell:
            JOB + " --seeds {params.seeds} --device {resources.device} --threads {threads}"
