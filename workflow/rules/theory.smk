"""The theory: each theorem and lemma computed, judged and drawn; all verdicts on one page."""


rule theory:
    input:
        built(PLAN, "theorem", "theory_verdicts"),
    message:
        "All statements are up to date; their verdicts are in verdicts.md."


rule theorem:
    output:
        pdf="<results>/theory/{statement}.pdf",
        png=report(
            "<results>/theory/{statement}.png",
            caption="../report/theory.rst",
            category=CATEGORIES["theory"],
            labels=lambda wildcards: REPORT.labels("theory", wildcards.statement),
        ),
        svg="<results>/theory/{statement}.svg",
        json="<results>/theory/{statement}.json",
        record="<results>/theory/{statement}.record.json",
    log:
        "<results>/logs/theory/{statement}.log",
    conda:
        ENVIRONMENT
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        **job("theorem", "{statement}"),
    shell:
        JOB


rule theory_verdicts:
    input:
        measured=[f"<results>/theory/{statement}.json" for statement in STATEMENTS],
    output:
        md="<results>/theory/verdicts.md",
        record="<results>/theory/verdicts.record.json",
    log:
        "<results>/logs/theory/verdicts.log",
    conda:
        ENVIRONMENT
    params:
        **job("theory_verdicts"),
    shell:
        JOB
