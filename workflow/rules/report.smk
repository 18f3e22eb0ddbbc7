"""Stage 6: what Snakemake's report shows beside the pictures (`snakemake --report FILE.html`).

In: the finished artefacts. Out: beside each picture or page a caption (.rst) with its numbers, the
Markdown pages as HTML, and the front page. workflow/report/ has the fixed part of each caption.
"""

from ssl_landscape.theory import STATEMENTS


rule figure_captions:
    input:
        metrics=[f"<results>/metrics/{model}.parquet" for model in REPORT.figures_spec()["models"]],
    output:
        [f"<results>/figures/{figure}.rst" for figure in PLAN.config.figures],
    log:
        "<results>/logs/report/figures.log",
    benchmark:
        "<results>/timings/report/figures.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=canonical(REPORT.figures_spec()),
        code=fingerprint("ssl_landscape.report.captions:write_figure_captions"),
    shell:
        "ssl-landscape report figures"
        " --spec {params.spec:q}"
        " --metrics {input.metrics:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule theory_captions:
    input:
        measured=[f"<results>/theory/{statement}.json" for statement in STATEMENTS],
    output:
        [f"<results>/theory/{statement}.rst" for statement in STATEMENTS],
    log:
        "<results>/logs/report/theory.log",
    benchmark:
        "<results>/timings/report/theory.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=canonical({"statements": STATEMENTS}),
        code=fingerprint("ssl_landscape.report.captions:write_theory_captions"),
    shell:
        "ssl-landscape report theory"
        " --spec {params.spec:q}"
        " --measured {input.measured:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule fidelity_caption:
    input:
        cells="<results>/fidelity/cells.csv",
    output:
        "<results>/fidelity/fidelity.rst",
    log:
        "<results>/logs/report/fidelity.log",
    benchmark:
        "<results>/timings/report/fidelity.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=canonical({"tables": "published"}),
        code=fingerprint("ssl_landscape.report.captions:write_fidelity_caption"),
    shell:
        "ssl-landscape report fidelity"
        " --spec {params.spec:q}"
        " --cells {input.cells:q}"
        " --output {output:q}"
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
        code=fingerprint("ssl_landscape.report.pages:write_page"),
    shell:
        "ssl-landscape report page"
        " --spec {params.spec:q}"
        " --markdown {input.markdown:q}"
        " --numbers {input.numbers:q}"
        " --output {output:q}"
        " 2> {log:q}"


rule front_page:
    input:
        cells="<results>/fidelity/cells.csv",
        claims="<results>/fidelity/claims.csv",
        theory=rules.theory_captions.input.measured,
    output:
        "<results>/front.rst",
    log:
        "<results>/logs/report/front.log",
    benchmark:
        "<results>/timings/report/front.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    params:
        spec=canonical(REPORT.front_spec()),
        code=fingerprint("ssl_landscape.report.front:write_front"),
    shell:
        "ssl-landscape report front"
        " --spec {params.spec:q}"
        " --cells {input.cells:q}"
        " --claims {input.claims:q}"
        " --theory {input.theory:q}"
        " --output {output:q}"
        " 2> {log:q}"
