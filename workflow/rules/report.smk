"""Stage 7: what Snakemake's report shows beside the pictures (`snakemake --report FILE.html`).

In: the finished artefacts. Out: beside each picture or page a caption (.rst) with its numbers, the
Markdown pages as HTML, and the front page. workflow/report/ has the fixed part of each caption.
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


rule page:
    input:
        markdown="<results>/{page}.md",
        numbers=lambda wildcards: REPORT.page_numbers(wildcards.page),
    output:
        html=report(
            "<results>/{page}.html",
            caption="../report/page.rst",
            category=lambda wildcards: REPORT.page_category(wildcards.page),
            labels=lambda wildcards: REPORT.page_labels(wildcards.page),
        ),
        rst="<results>/{page}.rst",
        record="<results>/report/{page}.record.json",
    log:
        "<results>/logs/report/{page}.log",
    benchmark:
        "<results>/timings/report/{page}.tsv"
    wildcard_constraints:
        page=one_of(REPORT.pages),
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=lambda wildcards: canonical(REPORT.page_spec(wildcards.page)),
        code=lambda wildcards: code_of("page"),
    shell:
        "ssl-landscape report page"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --markdown {input.markdown:q}"
        " --numbers {input.numbers:q}"
        " --output {output.html:q} {output.rst:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


rule front_page:
    input:
        cells="<results>/fidelity/cells.csv",
        claims="<results>/fidelity/claims.csv",
        theory=rules.theory_captions.input.measured,
    output:
        rst="<results>/front.rst",
        record="<results>/report/front.record.json",
    log:
        "<results>/logs/report/front.log",
    benchmark:
        "<results>/timings/report/front.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=lambda wildcards: canonical(REPORT.front_spec()),
        code=lambda wildcards: code_of("front_page"),
    shell:
        "ssl-landscape report front"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --cells {input.cells:q}"
        " --claims {input.claims:q}"
        " --theory {input.theory:q}"
        " --output {output.rst:q}"
        " --record {output.record:q}"
        " 2> {log:q}"
