"""Snakemake's reasons, told in the config's and the records' words."""

import subprocess
from pathlib import Path

import pytest

from ssl_landscape.cli.main import main
from ssl_landscape.errors import UserError
from ssl_landscape.provenance.why import parse, text, why

from .conftest import Build, rewrite

CONFIGS = [Path("config.yaml")]
STATS = "Job stats:\njob        count\n-------  -------\n"
RUN = """
rule train:
    input: a, b
    output: results/runs/cl-basic/sparsity-0.1/seed-1/curve.parquet, other
    reason: {}
    resources: tmpdir=<TBD>

"""
FIGURE = """
localrule figure:
    output: results/figures/figure_02.pdf, other
    reason: Input files updated by another job: results/metrics/cl-basic.parquet

"""


def dry_run(reason: str) -> str:
    return (
        f"{STATS}figure         1\ntotal          2\ntrain          1\n{RUN.format(reason)}{FIGURE}"
    )


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch):
    """Answer in place of Snakemake; return the commands that it was given."""
    commands: list[list[str]] = []

    def answer(output: str, code: int = 0) -> list[list[str]]:
        def run(command: list[str], **_: object) -> subprocess.CompletedProcess:
            commands.append(command)
            return subprocess.CompletedProcess(command, code, output, "")

        monkeypatch.setattr(subprocess, "run", run)
        return commands

    return answer


def first(build: Build) -> dict:
    return why(build.plan, [], CONFIGS)["jobs"][0]


def test_a_changed_setting_is_named(built: Build, planned) -> None:
    planned(dry_run("Params have changed since last execution: before: a; now: b"))
    change = "results/runs/cl-basic/sparsity-0.1/seed-1/run.json"
    rewrite(change, lambda record: record["spec"].update(learning_rate=1))
    one = first(built)
    assert (one["rule"], one["name"]) == ("train", "cl-basic/sparsity-0.1/seed-1")
    assert one["reasons"] == ["setting learning_rate: 1 -> 0.025"]
    shown = text(why(built.plan, [], CONFIGS))
    assert shown == (
        "all: 2 job(s) would run\n\n"
        "train cl-basic: setting learning_rate: 1 -> 0.025\n\n"
        "and what is made from these:\n  figure figure_02\n"
    )


def test_changed_code_is_named(built: Build, planned) -> None:
    planned(dry_run("Params have changed since last execution"))

    def change(record: dict) -> None:
        record["code"] = "0" * 16
        name = next(name for name in record["modules"] if name.endswith("nt_xent"))
        record["modules"][name] = "0"

    rewrite("results/runs/cl-basic/sparsity-0.1/seed-1/run.json", change)
    (reason,) = first(built)["reasons"]
    assert reason.startswith("code ")
    assert reason.endswith("losses.nt_xent")


def test_a_missing_intermediate_is_named(built: Build, planned) -> None:
    planned(dry_run("Params have changed since last execution"))
    for name in ("samples", "dictionary"):
        Path(f"results/datasets/sparse-0.1/seed-1/{name}.parquet").unlink()
    assert first(built)["reasons"] == [
        "intermediate files are missing: results/datasets/sparse-0.1/seed-1/samples.parquet, "
        "results/datasets/sparse-0.1/seed-1/dictionary.parquet"
    ]


@pytest.mark.parametrize(
    ("reason", "ours"),
    [
        ("Missing output files: a.pdf", ["Missing output files: a.pdf"]),
        (
            "Updated input files: a; Forced execution",
            ["Updated input files: a", "Forced execution"],
        ),
        ("Params have changed since last execution", ["Params have changed since last execution"]),
        ("Input files updated by another job: a", []),
    ],
)
def test_other_reasons(built: Build, planned, reason: str, ours: list[str]) -> None:
    planned(dry_run(reason))
    assert first(built)["reasons"] == ours


def test_nothing_would_run(built: Build, planned) -> None:
    planned("Nothing to be done (all requested files are present and up to date).\n")
    assert text(why(built.plan, ["a.pdf"], CONFIGS)) == "a.pdf: nothing would run\n"


def test_jobs_that_are_shown_by_their_message(built: Build, planned) -> None:
    stats = f"{STATS}figure         1\nmanifest       1\ntotal          2\n"
    planned(f"{stats}{FIGURE}\nLists every artefact\n")
    assert [one["rule"] for one in why(built.plan, [], CONFIGS)["jobs"]] == ["figure", "manifest"]


@pytest.mark.parametrize("output", [FIGURE, f"{STATS}figure         2\n{FIGURE}"])
def test_a_format_that_is_not_known(output: str) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        parse(output)


def test_all_config_files_reach_snakemake(built: Build, planned) -> None:
    commands = planned("Nothing to be done\n")
    why(built.plan, ["a.pdf"], [*CONFIGS, Path("a.yaml"), Path("b.yaml")])
    assert commands[0][-4:] == ["a.pdf", "--configfile", "a.yaml", "b.yaml"]
    with pytest.raises(UserError, match="but Snakemake always begins with"):
        why(built.plan, [], [Path("other.yaml")])


def test_snakemake_s_error_is_one_line(built: Build, planned) -> None:
    planned("Assuming\nMissingRuleException:\nNo rule to produce x.\n", 1)
    with pytest.raises(UserError, match="cannot plan it: MissingRuleException: No rule to produce"):
        why(built.plan, ["x"], CONFIGS)


@pytest.mark.parametrize("command", [("why",), ("trace", "results/tables/table_2.md")])
def test_a_target_that_config_has_taken(command: tuple, capsys: pytest.CaptureFixture) -> None:
    assert main([*command, "--config", "config.yaml", "a.yaml", "figure_02"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--config: figure_02 is not a .yaml file; name files and targets before" in line
