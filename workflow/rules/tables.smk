"""Stage 4: tables, of the models' final metrics: CSV (with the paper's values), Markdown, LaTeX."""


rule tables:
    input:
        built(PLAN, "table"),
    message:
        "All tables are up to date, and all that they are made from."


rule table:
    input:
        final=lambda wildcards: [
            f"<results>/metrics/{model}.final.csv" for model in PLAN.table_models(wildcards.table)
        ],
    output:
        csv="<results>/tables/{table}.csv",
        md="<results>/tables/{table}.md",
        tex="<results>/tables/{table}.tex",
        record="<results>/tables/{table}.record.json",
    log:
        "<results>/logs/tables/{table}.log",
    conda:
        ENVIRONMENT
    params:
        **job("table", "{table}"),
    shell:
        JOB
