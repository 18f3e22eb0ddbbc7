"""Stage 7: captions (.rst) with numbers, for the pictures in Snakemake's report.

In: what a picture shows. Out: its caption beside it; workflow/report/ has the fixed part of each.
"""

from ssl_landscape.report.plan import PUBLISHED
from ssl_landscape.theory import STATEMENTS


rule figure_captions:
    input:
        metrics=[f"<results>/metrics/{m}.parquet" for m in sorted(PLAN.models_in_figures)],
    output:
        captions=[f"<results>/figures/{figure}.rst" for figure in PLAN.config.figures],
        record="<results>/report/figures.record.json",
    log:
        "<results>/logs/report/figures.log",
    benchmark:
        "<results>/timings/report/figures.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=lambda wildcards: canonical(REPORT.figures_spec()),
        code=lambda wildcards: code_of("figure_captions"),
    shell:
        "ssl-landscape report figures"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --metrics {input.metrics:q}"
        " --output {output.captions:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


rule theory_captions:
    input:
        measured=[f"<results>/theory/{statement}.json" for statement in STATEMENTS],
    output:
        captions=[f"<results>/theory/{statement}.rst" for statement in STATEMENTS],
        record="<results>/report/theory.record.json",
    log:
        "<results>/logs/report/theory.log",
    benchmark:
        "<results>/timings/report/theory.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=lambda wildcards: canonical({"statements": STATEMENTS}),
        code=lambda wildcards: code_of("theory_captions"),
    shell:
        "ssl-landscape report theory"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --measured {input.measured:q}"
        " --output {output.captions:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


rule fidelity_caption:
    input:
        cells="<results>/fidelity/cells.csv",
    output:
        rst="<results>/fidelity/fidelity.rst",
        record="<results>/report/fidelity.record.json",
    log:
        "<results>/logs/report/fidelity.log",
    benchmark:
        "<results>/timings/report/fidelity.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=lambda wildcards: canonical(PUBLISHED),
        code=lambda wildcards: code_of("fidelity_caption"),
    shell:
        "ssl-landscape report fidelity"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --cells {input.cells:q}"
        " --output {output.rst:q}"
        " --record {output.record:q}"
        " 2> {log:q}"
