"""Two Snakemakes at once: refused on the same results, side by side on those of two variants."""

import subprocess
import time
from pathlib import Path

from .workspace import Workspace, shown

FIGURE = "figures/figure_02.pdf"


def config(workspace: Workspace, variant: str) -> str:
    content = {
        "variant": variant,
        "defaults": {"sparsities": [0.1]},
        "override": {"epochs": 1500, "seeds": 2},
    }
    return workspace.write_config(f"{variant}.yaml", content)


def start(workspace: Workspace, variant: str) -> subprocess.Popen:
    """Start Snakemake and wait until it has begun with its jobs."""
    target = f"results/{variant}/{FIGURE}"
    command = [workspace.program("snakemake"), "--cores", "1", target]
    process = subprocess.Popen(
        [*command, "--configfile", config(workspace, variant)],
        cwd=workspace.folder,
        env=workspace.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while process.poll() is None and not list(results(workspace, variant).glob("logs/*/*/*")):
        time.sleep(0.05)
    return process


def results(workspace: Workspace, variant: str) -> Path:
    return workspace.folder / "results" / variant


def test_two_at_once(fresh: Workspace) -> None:
    one, two = (start(fresh, variant) for variant in ("one", "two"))
    try:
        # The same command as the first, while it and another variant run.
        again = fresh.snakemake(f"results/one/{FIGURE}", configs=("one.yaml",))
        assert one.poll() is None, "ended too early to tell anything"
        assert again.returncode != 0
        said = shown(again)
        building = "another Snakemake process is already building results/one/"
        assert f"{building} (process {one.pid} on" in said
        assert f"wait until it has finished, or stop it: kill -INT {one.pid}" in said
        assert "Directory cannot be locked" in said
        assert "rule " not in said  # no job was started
        assert "Traceback" not in said
    finally:
        outputs = [process.communicate()[0] for process in (one, two)]
    assert [one.returncode, two.returncode] == [0, 0], outputs
    # Each as if it had been alone: equal but for the variant's name, which is in no curve.
    for file in ("figures/figure_02.png", "metrics/cl-basic.parquet", "metrics/ncl-basic.parquet"):
        first, second = ((results(fresh, v) / file).read_bytes() for v in ("one", "two"))
        assert first == second
    assert not list((fresh.folder / ".snakemake" / "locks").glob("*"))
    assert not list((fresh.folder / ".snakemake" / "running").iterdir())
