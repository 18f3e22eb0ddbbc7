"""How fast training is here, on demand: beside plain PyTorch, the machine's floor, and by size.

In: nothing but the config. Out: two CSV tables and a picture. It takes all cores, so that nothing
else runs beside it; `all` does not include it.
"""

from ssl_landscape.benchmark.command import FILES, bench_spec
from ssl_landscape.provenance.fingerprint import fingerprint


rule benchmarks:
    input:
        [f"<results>/benchmarks/{name}" for name in FILES],
    message:
        "The benchmarks are there."


rule bench:
    output:
        [f"<results>/benchmarks/{name}" for name in FILES],
    log:
        "<results>/logs/benchmarks.log",
    benchmark:
        "<results>/timings/benchmarks.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    threads: lambda wildcards: workflow.cores or 1
    params:
        spec=lambda wildcards: canonical(bench_spec(PLAN)),
        code=lambda wildcards: fingerprint(
            "ssl_landscape.benchmark.measure:measure_steps",
            "ssl_landscape.benchmark.measure:measure_scaling",
            "ssl_landscape.benchmark.report:write_report",
        ),
    shell:
        "ssl-landscape bench --spec {params.spec:q} --output {output:q} > {log:q} 2>&1"
