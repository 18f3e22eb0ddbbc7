"""The whole paper: datasets -> training -> metrics -> figures, tables, comparison; its theory.

`snakemake --cores 8 all` builds everything; `datasets`, `figures`, `tables`, `comparison` (with the
paper), `theory` and each figure or table by its name are parts of it. `ablations` is beside it.
`audit` checks the results, `publish` copies them to results/published, `crate` packs them.
What is built is declared in config.yaml; a variant is laid over it with --configfile.
"""

from snakemake.utils import min_version

from ssl_landscape.pipeline.report_plan import CATEGORIES, ReportPlan
from ssl_landscape.pipeline.snakefile_helpers import built, device_per_run, gpus_per_run, growing
from ssl_landscape.pipeline.snakefile_helpers import job_params, load_plan, one_of, read_config
from ssl_landscape.pipeline.snakefile_helpers import require_writable, use_installed_program
from ssl_landscape.pipeline.stale_locks import watch
from ssl_landscape.theory import STATEMENTS

min_version("9.19")
read_config("config.yaml")  # before Snakemake, which would run one that calls itself a template


configfile: "config.yaml"


report: "workflow/report/front.rst"


PLAN = load_plan(config, workflow.configfiles)
REPORT = ReportPlan(PLAN)
use_installed_program()
watch(workflow, PLAN)


onstart:
    require_writable(PLAN.results)


pathvars:
    results=PLAN.results.as_posix(),


wildcard_constraints:
    dataset=rf"({one_of(PLAN.config.datasets)})-[0-9.]+",
    model=one_of(PLAN.models),
    figure=one_of(PLAN.config.figures),
    table=one_of(PLAN.config.tables),
    statement=one_of(STATEMENTS),
    ablation=one_of(PLAN.config.ablations),
    grid=one_of(PLAN.grids),
    page=one_of(REPORT.pages),
    sparsity=r"[0-9.]+",
    seed=r"[0-9]+",


include: "workflow/rules/common.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/theory.smk"
include: "workflow/rules/comparison.smk"
include: "workflow/rules/ablations.smk"
include: "workflow/rules/report.smk"


for _name in [*PLAN.config.figures, *PLAN.config.tables]:

    rule:
        name:
            _name
        input:
            built(PLAN, "figure", "table", name=_name),
        message:
            f"{_name} is up to date, and all that it is made from."


rule all:
    default_target: True
    input:
        built(PLAN, "all"),
        "<results>/provenance/manifest.json",
        "<results>/provenance/jobs.csv",
        "<results>/provenance/manifest.record.json",
    message:
        "Figures, tables, their comparison with the paper and the theory are up to date."


include: "workflow/rules/provenance.smk"
