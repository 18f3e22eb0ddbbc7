"""The whole paper: datasets -> training -> metrics -> figures and tables -> fidelity; its theory.

`snakemake --cores 8 all` makes everything; `datasets`, `figures`, `tables`, `fidelity` (the
comparison with the paper) and `theory` are parts of it. `ablations` is beside it; `audit` checks
all results, `crate` packs them.
What to make stands in config.yaml; a variant is laid over it with --configfile.
"""

from snakemake.utils import min_version

from ssl_landscape.pipeline.plan import canonical
from ssl_landscape.pipeline.code_roots import code_of
from ssl_landscape.pipeline.report_plan import CATEGORIES, ReportPlan
from ssl_landscape.pipeline.snakefile_helpers import device_per_run, gpus_per_run, growing
from ssl_landscape.pipeline.snakefile_helpers import load_plan, note_running, one_of, refuse_unreadable
from ssl_landscape.pipeline.snakefile_helpers import require_writable, use_installed_program

min_version("9.19")
refuse_unreadable("config.yaml")


configfile: "config.yaml"


report: "workflow/report/front.rst"


PLAN = load_plan(config, workflow.configfiles)
REPORT = ReportPlan(PLAN)
use_installed_program()
note_running(workflow, PLAN)


onstart:
    require_writable(PLAN.results)


pathvars:
    results=PLAN.results.as_posix(),


wildcard_constraints:
    dataset=rf"({one_of(PLAN.config.datasets)})-[0-9.]+",
    model=one_of(PLAN.models),
    figure=one_of(PLAN.config.figures),
    table=one_of(PLAN.config.tables),
    ablation=one_of(PLAN.config.ablations),
    grid=one_of(PLAN.grids),
    sparsity=r"[0-9.]+",
    seed=r"[0-9]+",


# On a cluster, all else is done where Snakemake runs: it takes about a second a job. Jobs of their
# own are `train` and `theorem`.
localrules:
    all,
    datasets,
    dataset,
    metrics,
    figures,
    figure,
    tables,
    table,
    ablations,
    ablation,
    ablation_figure,
    ablation_summary,
    theory,
    theory_verdicts,
    fidelity,
    fidelity_cells,
    fidelity_claims,
    fidelity_figure,
    fidelity_discrepancies,
    manifest,
    audit,
    crate,
    captions,
    page,
    front_page,


include: "workflow/rules/datasets.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/ablations.smk"
include: "workflow/rules/theory.smk"
include: "workflow/rules/fidelity.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/provenance.smk"


rule all:
    default_target: True
    input:
        rules.figures.input,
        rules.tables.input,
        rules.theory.input,
        rules.fidelity.input,
        "<results>/front.rst",
        "<results>/provenance/manifest.json",
        "<results>/provenance/jobs.csv",
        "<results>/provenance/manifest.record.json",
    message:
        "Everything is there: figures, tables, their comparison with the paper, and the theory."
