"""Stage 7: what Snakemake's report shows beside the pictures (`snakemake --report FILE.html`).

In: the finished artefacts. Out: the Markdown pages as HTML, each with a caption, and the front page.
The pictures' captions are in captions.smk.
"""


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
