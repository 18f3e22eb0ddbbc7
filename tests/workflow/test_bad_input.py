"""Bad input: one readable message before any job starts; a diverging run leaves nothing."""

from pathlib import Path

import pytest
from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from ssl_landscape.pipeline.snakefile_helpers import load_plan

from .workspace import PROJECT, SMOKE, Workspace, shown

CL = "models: {cl-basic: {%s}}"
BAD_CONFIGS = {
    "unknown key": ("modles: {}", ["unknown key 'modles'", "did you mean 'models'"]),
    "unknown key of a model": (
        CL % "learing_rate: 0.1",
        ["models.cl-basic: unknown key 'learing_rate'", "did you mean 'learning_rate'"],
    ),
    "unknown key of the override": (
        "override: {epoch: 3}",
        ["override: unknown key 'epoch'", "did you mean 'epochs'"],
    ),
    "wrong type": ("defaults: {epochs: many}", ["defaults.epochs", "integer", "'many'"]),
    "no entry": ("models: {cl-basic: null}", ["models.cl-basic", "None"]),
    "sparsity above 1": (
        "defaults: {sparsities: [1.5]}",
        ["defaults.sparsities", "1.5", "from 1e-06 to 1"],
    ),
    "no sparsities": (CL % "sparsities: []", ["models.cl-basic.sparsities", "at least 1 item"]),
    "p below d": ("datasets: {sparse: {p: 5}}", ["datasets.sparse", "p = 5", "d = 10", "p >= d"]),
    "unknown model in a figure": (
        "figures: {figure_02: {models: [cl-basik]}}",
        [
            "figures.figure_02",
            "'cl-basik'",
            "did you mean 'cl-basic'",
            "choose from ",
            "ncl-linear",
        ],
    ),
    "unknown loss": (
        CL % "loss: {name: nt_xnt}",
        ["models.cl-basic.loss", "'nt_xnt'", "should be 'alignment_uniformity', "],
    ),
    "batch above n": (
        CL % "batch_size: 2000",
        ["models.cl-basic.batch_size", "2000", "n = 1000", "no step is left"],
    ),
    "loss without temperature": (
        "models: {ncl-basic: {loss: {name: nt_xent}}}",
        ["models.ncl-basic.loss", "'nt_xent' needs the option 'temperature'"],
    ),
    "path as a model's name": (
        "models: {../../evil: {label: Evil, colour: red}}",
        ["'../../evil'", "a-z, 0-9"],
    ),
    "path as the variant": ("variant: ../evil", ["variant", "'../evil'", "a-z, 0-9"]),
    "option of another loss": (
        CL % "loss: {name: l2}",  # laid over {name: nt_xent, temperature: 0.05}, key by key
        ["models.cl-basic.loss", "loss 'l2' has no option 'temperature'", "choose from normalise"],
    ),
    "label used twice": (
        CL % "label: NCL-linear",
        ["models.ncl-linear.label", "already the label of 'cl-basic'"],
    ),
    "seed used twice": ("override: {seeds: [1, 1]}", ["seeds", "a value appears twice"]),
    "one-hot latents with two sparsities": (
        "override: {sparsities: [0.1, 0.2]}",
        ["sparsities", "1/d = 0.1"],
    ),
    "key used twice": (
        "models:\n  cl-basic: {neurons: 5}\n  cl-basic: {neurons: 6}",
        ["bad.yaml", "'cl-basic' appears twice", "line 3"],
    ),
}


def check_message(output: str, words: list[str]) -> None:
    """Check that one line has all that a user needs."""
    messages = [line for line in output.splitlines() if words[0] in line]
    assert len(messages) == 1, output
    assert [word for word in words if word not in messages[0]] == []


@pytest.mark.parametrize(("text", "words"), BAD_CONFIGS.values(), ids=BAD_CONFIGS)
def test_bad_config(tmp_path: Path, text: str, words: list[str]) -> None:
    """As the Snakefile reads it."""
    bad = tmp_path / "bad.yaml"
    bad.write_text(text + "\n", encoding="utf-8")
    config: dict = {}
    for file in (PROJECT / "config.yaml", PROJECT / SMOKE, bad):
        update_config(config, load_configfile(file))
    with pytest.raises(WorkflowError) as raised:
        load_plan(config, [str(bad)])
    check_message(str(raised.value), words)


@pytest.mark.parametrize("name", ["unknown key of a model", "sparsity above 1", "key used twice"])
def test_snakemake_stops_at_a_bad_config(fresh: Workspace, name: str) -> None:
    text, words = BAD_CONFIGS[name]
    (fresh.folder / "bad.yaml").write_text(text + "\n", encoding="utf-8")
    process = fresh.snakemake("--dry-run", "all", configs=(SMOKE, "bad.yaml"))
    assert process.returncode != 0
    output = shown(process)
    check_message(output, words)
    assert "Traceback" not in output
    assert "Job stats" not in output
    assert not (fresh.folder / "results").exists()


# What is odd in YAML rather than in the config; test_config_fuzz.py has hundreds more.
ODD_FILES = {
    "exponent without a point": "defaults: {learning_rate: 1e-3}",
    "no": "models: {cl-basic: {label: no}}",
    "octal": "override: {epochs: 010}",
    "number as key": "1: a",
    "list in itself": "models: &m [*m]",
    "too many seeds": "override: {seeds: 100000}",
    "not a number": "defaults: {momentum: .nan}",
    "line break in a name": 'variant: "a\\nb"',
}
REFUSED_BY_SNAKEMAKE = {
    "tab": "override:\n\tepochs: 3",
    "empty": "",
    "list": "- epochs: 3",
    "python call": "variant: !!python/object/apply:os.system [touch canary]",
}


@pytest.mark.parametrize("text", ODD_FILES.values(), ids=ODD_FILES)
def test_snakemake_says_what_check_says(fresh: Workspace, text: str) -> None:
    (fresh.folder / "odd.yaml").write_text(text + "\n", encoding="utf-8")
    checked = fresh.run("ssl-landscape", "check", "--config", "config.yaml", SMOKE, "odd.yaml")
    assert checked.returncode == 2
    message = checked.stderr.removeprefix("ssl-landscape check: error: ").strip()
    assert "\n" not in message
    process = fresh.snakemake("--dry-run", "all", configs=(SMOKE, "odd.yaml"))
    output = shown(process)
    assert process.returncode == 1
    assert output.count(message) == 1, f"{message}\n\n{output}"
    assert "Traceback" not in output
    assert "Job stats" not in output
    assert not (fresh.folder / "results").exists()


@pytest.mark.parametrize("text", REFUSED_BY_SNAKEMAKE.values(), ids=REFUSED_BY_SNAKEMAKE)
def test_snakemake_refuses_what_is_no_config(fresh: Workspace, text: str) -> None:
    (fresh.folder / "odd.yaml").write_text(text + "\n", encoding="utf-8")
    process = fresh.snakemake("--dry-run", "all", configs=(SMOKE, "odd.yaml"))
    output = shown(process)
    assert process.returncode == 1
    assert output.count("Config file") == 1, output
    assert "Traceback" not in output
    assert not list(fresh.folder.rglob("canary"))
    assert not (fresh.folder / "results").exists()


@pytest.mark.parametrize(
    "target",
    [
        "results/figures/figure_99.pdf",
        "results/tables/table_9.md",
        "results/metrics/cl-basix.parquet",
        "results/runs/cl-basix/sparsity-0.1/seed-1/curve.parquet",
        "results/datasets/dense-0.1/seed-1/samples.parquet",
    ],
)
def test_unknown_target(fresh: Workspace, target: str) -> None:
    process = fresh.snakemake("--dry-run", target, configs=())
    assert process.returncode != 0
    output = shown(process)
    assert target in output or target.split("/")[2].removesuffix(".parquet") in output
    assert "Traceback" not in output
    assert "KeyError" not in output
    assert not (fresh.folder / "results").exists()


def test_diverging_run(fresh: Workspace) -> None:
    change = fresh.write_config("change.yaml", {"models": {"ncl-linear": {"learning_rate": 1e6}}})
    run = "ncl-linear/sparsity-0.3/seed-2"
    process = fresh.snakemake(f"results/smoke/runs/{run}/curve.parquet", configs=(SMOKE, change))
    assert process.returncode != 0
    log = (fresh.folder / f"results/smoke/logs/runs/{run}.log").read_text(encoding="utf-8")
    message = log.splitlines()[-1]
    for word in ("model ncl-linear, sparsity 0.3, seed 2", "not finite in epoch ", "learning_rate"):
        assert word in message
    assert "Traceback" not in log
    assert message in shown(process)  # the user need not look for the log
    folder = fresh.folder / "results/smoke/runs"
    assert [path for path in folder.rglob("*") if path.is_file()] == []
