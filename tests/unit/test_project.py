"""The repository itself: schema, style, pinned versions, and what each part may import."""

import ast
import json
import re
import subprocess
import sys
import tomllib

import jsonschema
import pytest
import yaml

from ssl_landscape.config.schema import json_schema
from ssl_landscape.inspect.settings import describe_settings
from ssl_landscape.pipeline.plan import Plan

from .helpers import REPOSITORY

SCHEMA = json.loads((REPOSITORY / "workflow/schemas/config.schema.json").read_text("utf-8"))
RULES = [REPOSITORY / "Snakefile", *sorted((REPOSITORY / "workflow").rglob("*.smk"))]
HEAVY = ("torch", "pandas", "matplotlib", "seaborn", "pyarrow")


def run(*command):
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
    )


class TestSchema:
    def test_file_is_what_the_typed_model_generates(self):
        assert json_schema() == SCHEMA, "write it again: ssl-landscape schema"

    def test_the_page_of_settings_is_current(self, shipped):
        page = (REPOSITORY / "docs/settings.md").read_text(encoding="utf-8")
        assert page == describe_settings(Plan(shipped)), "write it again: ssl-landscape settings"

    def test_is_a_valid_schema(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_shipped_config_passes(self, shipped):
        jsonschema.Draft202012Validator(SCHEMA).validate(shipped)

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (("defaults", "epochs"), "many"),
            (("defaults", "epoch"), 3),
            (("models", "ncl-basic", "epoch"), 3),
            (("models", "ncl-basic", "neurons"), 0),
            (("defaults", "activation"), "gelu"),
            (("defaults", "sparsities"), [1.5]),
            (("figures", "figure_01", "metrics"), ["accuracy"]),
            (("override",), {"epoch": 3}),
            (("figure",), {}),
        ],
    )
    def test_it_refuses_what_the_program_refuses(self, shipped, path, value):
        place = shipped
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(SCHEMA).validate(shipped)


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("snakefmt", "--check", "Snakefile", "workflow"),
        ("snakemake", "--lint"),
    ],
    ids=" ".join,
)
def test_style(command):
    process = run(*command)
    assert process.returncode == 0, process.stdout + process.stderr


def distribution(name):
    """A conda package's name at the Python index."""
    return {"pytorch": "torch", "matplotlib-base": "matplotlib"}.get(name, name)


def constraints():
    lines = (REPOSITORY / "envs/constraints.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {name.lower(): version for name, version in pins}


def conda_packages():
    environment = yaml.safe_load((REPOSITORY / "envs/ssl-landscape.yaml").read_text("utf-8"))
    return [re.fullmatch(r"(\S+)(?: =(\S+))?", d).groups() for d in environment["dependencies"]]


class TestVersions:
    def test_conda_pins_what_pip_pins(self):
        pinned = constraints()
        pairs = {distribution(n): v for n, v in conda_packages() if n not in ("python", "pip")}
        pairs.pop("setuptools")
        assert None not in pairs.values()
        assert pairs == {name: pinned[name] for name in pairs}

    def test_conda_has_every_dependency_of_a_job(self):
        """Snakemake itself runs outside a job's environment, and makes its report there."""
        project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
        needed = {re.split(r"[<>=]", name)[0] for name in project["dependencies"]}
        needed -= {"snakemake", "pygments"}
        assert needed <= {distribution(name) for name, _ in conda_packages()}

    def test_snakemakes_report_has_what_it_highlights_with(self):
        """Snakemake does not ask for it, and pytest brings it: no other test would miss it."""
        project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
        assert "pygments" in project["dependencies"]

    def test_every_direct_dependency_is_pinned(self):
        project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
        extras = project["optional-dependencies"]
        names = [*project["dependencies"], *(name for extra in extras.values() for name in extra)]
        direct = {re.split(r"[<>=[]", name)[0].lower() for name in names} - {"ssl-landscape"}
        assert direct <= constraints().keys()


def imported(path):
    """Modules that a Python or Snakemake file names in an import statement."""
    text = path.read_text("utf-8")
    return set(re.findall(r"^\s*(?:from|import)\s+([\w.]+)", text, flags=re.MULTILINE))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_rules_import_nothing_heavy(path):
    assert {name.split(".")[0] for name in imported(path)}.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("ssl_landscape.pipeline.snakefile_helpers", HEAVY),
        ("ssl_landscape.pipeline.fingerprint", (*HEAVY, "pydantic", "yaml")),
        ("ssl_landscape.cli.main", HEAVY),
        ("ssl_landscape.pipeline.train_job", ("matplotlib", "pandas", "seaborn", "snakemake")),
        (
            "ssl_landscape.experiment.data",
            ("matplotlib", "pandas", "seaborn", "torch", "snakemake"),
        ),
        ("ssl_landscape.cli.provenance", HEAVY),
        ("ssl_landscape.provenance.graph", HEAVY),
        ("ssl_landscape.provenance.record", ("matplotlib", "pandas", "seaborn", "torch")),
        ("ssl_landscape.provenance.audit", ("matplotlib", "pandas", "seaborn", "torch")),
        ("ssl_landscape.comparison.claims", ("matplotlib", "seaborn", "torch", "snakemake")),
        ("ssl_landscape.comparison.figure", ("torch", "snakemake")),
        ("ssl_landscape.pipeline.tables", ("matplotlib", "seaborn", "torch", "snakemake")),
        ("ssl_landscape.pipeline.figures", ("torch", "snakemake")),
        ("ssl_landscape.pipeline.report_plan", HEAVY),
        ("ssl_landscape.inspect.status", HEAVY),
        ("ssl_landscape.theory.theorem_3", (*HEAVY, "snakemake")),
        ("ssl_landscape.theory.pictures.theorem_3", ("torch", "snakemake")),
    ],
)
def test_a_step_loads_only_what_it_needs(module, unwanted):
    code = f"import sys, {module}; print(*(n for n in {unwanted!r} if n in sys.modules))"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert process.stdout.split() == []


FLOORS = (  # from the ground up
    ("errors", "io"),
    ("experiment", "claims"),
    ("config", "theory", "benchmark"),
    ("pipeline",),
    ("provenance", "inspect", "comparison"),
    ("ablations", "report"),
    ("cli",),
)
FLOOR_OF = {part: number for number, parts in enumerate(FLOORS) for part in parts}
BESIDE = {
    ("io", "errors"),
    ("claims", "experiment"),
    ("inspect", "comparison"),
}  # imports allowed within a floor
PACKAGE = REPOSITORY / "src" / "ssl_landscape"


def imports_of_the_package(path):
    """Yield the part of the package that each import in a file names, those in functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "ssl_landscape":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import hides its floor"
            yield from parts_of([node.module])
        elif isinstance(node, ast.Import):
            yield from parts_of([alias.name for alias in node.names])


def parts_of(modules):
    """Return the parts of the package that modules belong to; `inspect` alone is Python's own."""
    return [name.split(".")[1] for name in modules if name.startswith("ssl_landscape.")]


def test_no_import_runs_upward():
    files = {path.relative_to(PACKAGE): path for path in sorted(PACKAGE.rglob("*.py"))}
    upward = {
        f"{file} imports {part}"
        for file, path in files.items()
        for part in imports_of_the_package(path)
        if part in FLOOR_OF
        and part != (own := file.parts[0].removesuffix(".py"))
        and (own, part) not in BESIDE
        and FLOOR_OF[part] >= FLOOR_OF[own]
    }
    assert upward == set()


def test_the_top_level_is_small():
    """The folder of published numbers beside the packages holds no code."""
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert modules | packages <= FLOOR_OF.keys()
    assert len(modules | packages) <= 14


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_files_that_a_rule_names_are_there(path):
    text = path.read_text("utf-8")
    for name in re.findall(r'(?:caption=|conda:\s*|include:\s*)"([^"<{]+)"', text):
        assert (path.parent / name).is_file(), name


def commands(path):
    """Give the text of each rule that makes files by a command."""
    rules = re.split(r"^(?=rule \w+:$)", path.read_text("utf-8"), flags=re.MULTILINE)
    # A rule without output only checks.
    return [
        rule for rule in rules if re.search(r"^    output:$[^$]+^    shell:$", rule, re.MULTILINE)
    ]


@pytest.mark.parametrize("path", RULES[1:], ids=lambda path: path.name)
def test_reading_a_rule_resolves_no_spec_and_fingerprints_no_code(path):
    """Each job on a cluster reads all rules; what only one rule needs has to wait for its job."""
    values = re.findall(
        r"^        (?:spec|code)=(.*)$", path.read_text("utf-8"), flags=re.MULTILINE
    )
    assert all(value.startswith("lambda wildcards: ") for value in values)


def test_every_rule_has_a_log_an_environment_and_the_one_command():
    rules = [rule for path in RULES[1:] for rule in commands(path)]
    assert len(rules) >= 17
    for text in rules:
        parts = re.findall(r"^    (log|conda|params|shell):", text, flags=re.MULTILINE)
        assert parts == ["log", "conda", "params", "shell"]
        assert text.split("    shell:")[1].split()[0] == "JOB"


def test_the_one_command_is_quoted():
    """What may hold a space or a sign of the shell."""
    text = (REPOSITORY / "workflow/rules/common.smk").read_text("utf-8")
    command = text[text.index("JOB = (") :].split("\n)")[0]
    assert {"params.spec:q", "params.name:q", "log:q"} <= set(re.findall(r"{([^{}]+)}", command))
    assert set(re.findall(r"{([^{}:]+)}", command)) == {"params.rule", "params.code"}


def test_every_job_writes_its_record():
    for text in (rule for path in RULES[1:] for rule in commands(path)):
        assert re.search(
            r'^        record="<results>/.*(?:record|run)\.json",$', text, re.MULTILINE
        )


def test_a_whole_training_job_loads_no_pandas(tmp_path):
    """A quarter of a second of each job; Arrow imports it at the slightest occasion."""
    names = ("config.yaml", "workflow/variants/smoke.yaml")
    config = ["--config", *(str(REPOSITORY / name) for name in names)]
    dataset = ["job", "dataset", "sparse-0.1/seed-1", *config]
    train = ["job", "train", "ncl-basic/sparsity-0.1/seed-1", "--device=cpu", *config]
    for command, unwanted in ((dataset, ("torch",)), (train, ("pandas", "matplotlib"))):
        code = f"""if True:
            import sys
            from ssl_landscape.cli.main import main
            assert not main({command!r})
            print(*(name for name in {unwanted!r} if name in sys.modules))"""
        process = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True
        )
        assert process.returncode == 0, process.stderr
        assert process.stdout.split() == []
    assert (tmp_path / "results/smoke/runs/ncl-basic/sparsity-0.1/seed-1/curve.parquet").exists()
