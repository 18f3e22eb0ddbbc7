"""Stage 7: what Snakemake's report shows beside the pictures (`snakemake --report FILE.html`).

Out: a caption beside each picture and the figures' curves as numbers, the Markdown pages as HTML with their captions, the front page.
workflow/report/ has the fixed part of each caption.
"""


rule captions:
    input:
        metrics=[f"<results>/metrics/{m}.parquet" for m in sorted(PLAN.models_in_figures)],
        theory=[f"<results>/theory/{statement}.json" for statement in STATEMENTS],
        cells="<results>/comparison/cells.csv",
    output:
        figures=[f"<results>/figures/{figure}.rst" for figure in PLAN.config.figures],
        theory=[f"<results>/theory/{statement}.rst" for statement in STATEMENTS],
        comparison="<results>/comparison/comparison.rst",
        curves="<results>/figures/curves.csv",
        record="<results>/report/captions.record.json",
    log:
        "<results>/logs/report/captions.log",
    conda:
        ENVIRONMENT
    params:
        **job("captions"),
    shell:
        JOB


rule page:
    input:
        markdown="<results>/{page}.md",
    output:
        html=report(
            "<results>/{page}.html",
            caption="../report/page.rst",
            category=lambda wildcards: CATEGORIES[wildcards.page.split("/")[0]],
            labels=lambda wildcards: REPORT.page_labels(wildcards.page),
        ),
        rst="<results>/{page}.rst",
        record="<results>/report/{page}.record.json",
    log:
        "<results>/logs/report/{page}.log",
    conda:
        ENVIRONMENT
    params:
        **job("page", "{page}"),
    shell:
        JOB


rule front_page:
    input:
        cells="<results>/comparison/cells.csv",
        claims="<results>/comparison/claims.csv",
        theory=[f"<results>/theory/{statement}.json" for statement in STATEMENTS],
    output:
        rst="<results>/front.rst",
        record="<results>/report/front.record.json",
    log:
        "<results>/logs/report/front.log",
    conda:
        ENVIRONMENT
    params:
        **job("front_page"),
    shell:
        JOB
