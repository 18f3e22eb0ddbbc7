"""Stage 5: fidelity, the paper's claims and what does not match.

In: curves (claims), cells and verdicts (discrepancies). Out: a verdict on every claim, and the list of
what does not match, with the reasons from workflow/fidelity/reasons.yaml.
"""


# The command names the folder, not each curve: the paths of 20 seeds would be too long for it.
rule fidelity_claims:
    input:
        curves=[
            f"<results>/runs/{model}/sparsity-{sparsity}/seed-{seed}/curve.parquet"
            for model, sparsity, seed in FIDELITY.runs
        ],
    output:
        csv="<results>/fidelity/claims.csv",
        md="<results>/fidelity/claims.md",
        record="<results>/fidelity/claims.record.json",
    log:
        "<results>/logs/fidelity/claims.log",
    benchmark:
        "<results>/timings/fidelity/claims.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(FIDELITY.claims_spec()),
        code=lambda wildcards: code_of("fidelity_claims"),
        results=subpath(output.csv, ancestor=2),
    shell:
        "ssl-landscape fidelity claims"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --results {params.results:q}"
        " --output {output.csv:q} {output.md:q}"
        " --record {output.record:q}"
        " 2> {log:q}"


rule fidelity_discrepancies:
    input:
        cells=rules.fidelity_cells.output.csv,
        claims=rules.fidelity_claims.output.csv,
        reasons="workflow/fidelity/reasons.yaml",
    output:
        md="<results>/fidelity/discrepancies.md",
        record="<results>/fidelity/discrepancies.record.json",
    log:
        "<results>/logs/fidelity/discrepancies.log",
    benchmark:
        "<results>/timings/fidelity/discrepancies.tsv"
    conda:
        "../../envs/ssl-landscape.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        spec=lambda wildcards: canonical(FIDELITY.discrepancies_spec()),
        code=lambda wildcards: code_of("fidelity_discrepancies"),
    shell:
        "ssl-landscape fidelity discrepancies"
        " --spec {params.spec:q}"
        " --code {params.code}"
        " --cells {input.cells:q}"
        " --claims {input.claims:q}"
        " --reasons {input.reasons:q}"
        " --output {output.md:q}"
        " --record {output.record:q}"
        " 2> {log:q}"
