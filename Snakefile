"""The whole paper: datasets -> training -> metrics -> figures, tables, comparison; its theory.

`snakemake --cores 8 all` builds everything; `datasets`, `figures`, `tables`, `comparison` (with the
paper), `theory` and each figure or table by its name are parts of it. `ablations`, `replication`
and `beyond` are beside it. `audit` checks the results, `publish` copies them to results/published,
`release` and `crate` pack them.
What is built is declared in config.yaml; a variant is laid over it with --configfile.
"""

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

try:
    min_version("9.19")
    from ssl_landscape.pipeline.snakefile_helpers import require_own_code
except (ImportError, WorkflowError) as error:
    ACTIVATE = "type . .venv/bin/activate, or install it as README.md says"
    raise WorkflowError(f"the project's environment is not active ({error}): {ACTIVATE}") from None

require_own_code(workflow.current_basedir)  # before anything else of the package

from ssl_landscape.experiment.seeds import compact
from ssl_landscape.pipeline.report_plan import CATEGORIES, ReportPlan
from ssl_landscape.pipeline.snakefile_helpers import built, check_before_report, device_per_run
from ssl_landscape.pipeline.snakefile_helpers import gpus_per_run, growing, job_params, load_plan
from ssl_landscape.pipeline.snakefile_helpers import one_of, read_config, require_own_folder
from ssl_landscape.pipeline.snakefile_helpers import require_writable, require_writable_folder
from ssl_landscape.pipeline.snakefile_helpers import use_installed_program
from ssl_landscape.pipeline.stale_locks import watch
from ssl_landscape.theory import STATEMENTS

require_own_folder(workflow)
require_writable_folder()
read_config("config.yaml")  # before Snakemake, which would run one that calls itself a template


configfile: "config.yaml"


report: "workflow/report/front.rst"


PLAN = load_plan(config, workflow.configfiles)
REPORT = ReportPlan(PLAN)
use_installed_program()
watch(workflow, PLAN)
check_before_report()


onstart:
    require_writable(PLAN.results)


wildcard_constraints:
    dataset=rf"({one_of(PLAN.config.datasets)})-[0-9.]+",
    model=one_of(PLAN.models),
    figure=one_of(PLAN.config.figures),
    table=one_of(PLAN.config.tables),
    statement=one_of(STATEMENTS),
    ablation=one_of(PLAN.config.ablations),
    grid=one_of(PLAN.grids),
    study=one_of(PLAN.config.beyond),
    page=one_of(REPORT.pages),
    sparsity=r"[0-9.]+",
    seed=r"[0-9]+",


include: "workflow/rules/common.smk"
include: "workflow/rules/datasets.smk"


if PLAN.config.seeds_in_one_job:

    include: "workflow/rules/training_in_a_row.smk"

else:

    include: "workflow/rules/training.smk"


include: "workflow/rules/metrics.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/theory.smk"
include: "workflow/rules/comparison.smk"
include: "workflow/rules/ablations.smk"
include: "workflow/rules/replication.smk"
include: "workflow/rules/beyond.smk"
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
