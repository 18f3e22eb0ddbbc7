"""Snakemake in one checkout, with the code of another: it stops before any job."""

from pathlib import Path

import pytest

from .workspace import PROJECT, SMOKE, Workspace, shown


@pytest.mark.parametrize(
    "command",
    [["all"], ["--dry-run"], ["audit"], ["all", "--snakefile", str(PROJECT / "Snakefile")]],
    ids=["all", "dry run", "audit", "its Snakefile"],
)
def test_the_code_of_another_checkout_is_refused(
    fresh: Workspace, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    other = {**fresh.environment(), "PYTHONPATH": str(PROJECT / "src")}
    monkeypatch.setattr(Workspace, "environment", lambda self: other)
    process = fresh.snakemake(*command)
    assert process.returncode != 0
    text = shown(process)
    (line,) = (line for line in text.splitlines() if " would run, not that of " in line)
    assert line.endswith(f"{fresh.folder.resolve()}; type: unset PYTHONPATH")
    assert "Traceback" not in text
    assert not (fresh.folder / "results").exists()


def test_a_clone_passes_its_audit_from_the_first_figure_on(
    fresh: Workspace, tmp_path: Path
) -> None:
    fresh.git("clone", "--quiet", str(fresh.folder), str(tmp_path / "clone"))
    clone = Workspace(tmp_path / "clone")
    process = clone.snakemake("figure_02")
    assert process.returncode == 0, shown(process)
    process = clone.run("ssl-landscape", "audit", "--config", "config.yaml", SMOKE)
    assert process.returncode == 0, shown(process)
    assert "# Audit of results/smoke: passed" in process.stdout
    assert "| problem |" not in process.stdout
    assert "dirty" not in process.stdout
