"""Stage 4: tables.

In: the final metrics of the models that a table compares. Out: the table as CSV (every value, ours
and the paper's), Markdown and LaTeX.
"""


rule tables:
    input:
        built(PLAN, "table"),
    message:
        "All tables are up to date, and all that they are made from."


for _table in PLAN.config.tables:

    rule:
        name:
            _table
        input:
            built(PLAN, "table", name=_table),
        localrule: True
        message:
            f"{_table} is up to date, and all that it is made from."


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
