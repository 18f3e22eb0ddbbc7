"""What the rules share: the one command, the environment, and what is not submitted to a cluster.

A rule says its inputs, outputs, log and benchmark in full. Its params, from the list of jobs, are
what makes it stale besides: resolved spec, fingerprint of the code, inputs that are gone.
"""


# Not in the Snakefile, which an older Snakemake has to read to say that it is too old.
pathvars:
    results=PLAN.results.as_posix(),


ENVIRONMENT = "../../envs/ssl-landscape.yaml"
JOB = (
    "ssl-landscape job {params.rule} {params.name:q}"
    " --results {params.results:q}"
    " --spec {params.spec:q}"
    " --code {params.code}"
    " 2> {log:q}"
)


def job(rule, name="", seeds=()):
    """Return the params of a rule whose jobs have this name, a pattern of its wildcards."""
    return job_params(PLAN, rule, name, seeds)


def data(run):
    """Return the name of the dataset of a training run, given by its wildcards."""
    return PLAN.dataset_of(run.model, run.sparsity)


def study_inputs(study):
    """Return what a study beyond the paper reads of its models."""
    models, picture = PLAN.study_models(study), PLAN.config.beyond[study].picture
    measured = models if picture == "measures" else []
    return [f"<results>/metrics/{model}.final.csv" for model in models] + [
        f"<results>/beyond/measures/{model}.csv" for model in measured
    ]


# On a cluster, all else is done where Snakemake runs: it takes about a second per job. Jobs of
# their own are `train` and `theorem`.
localrules:
    dataset,
    metrics,
    figure,
    table,
    theory_verdicts,
    finals,
    cells,
    claims,
    comparison_figure,
    discrepancies,
    ablation,
    ablation_figure,
    ablation_summary,
    claims_by_reading,
    replication_finals,
    replication_cells,
    replication_claims,
    replication_figure,
    measures,
    study,
    study_figure,
    study_verdicts,
    captions,
    page,
    front_page,
    manifest,
    publish,
    audit,
    release,
    crate,
