"""Stage 4: tables.

In: the final metrics of the models that a table compares. Out: the table as CSV (every value, ours
and the paper's), Markdown and LaTeX.
"""


rule tables:
    input:
        PLAN.upstream_files(PLAN.models_in_tables),
        [
            f"<results>/tables/{table}.{suffix}"
            for table in PLAN.config.tables
            for suffix in ("csv", "md", "tex", "record.json", "html")
        ],
    message:
        "All tables are there, and all that they are made from."


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
    benchmark:
        "<results>/timings/tables/{table}.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(PLAN.table_spec(wildcards.table)),
        code=lambda wildcards: code_of("table"),
    shell:
        "ssl-landscape table"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --final {input.final:q}"
        " --output {output.csv:q} {output.md:q} {output.tex:q}"
        " --record {output.record:q}"
        " 2> {log:q}"
