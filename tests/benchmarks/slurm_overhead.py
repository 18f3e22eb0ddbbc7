"""Wall time of 40 ten-second training runs through a 2-CPU SLURM, against the ideal.

    python -m tests.benchmarks.slurm_overhead  # 20 minutes; as root, on an idle machine
    python -m tests.benchmarks.slurm_overhead --jobs 4 --seconds 4  # does it work?

Each way makes the same runs by the pipeline's own rules. How many epochs take ten seconds is
measured first, with two runs side by side, as the whole process that SLURM would run if there were
no Snakemake (its start included). The ideal is all runs' seconds, measured so, on two CPUs: 200 s.
"""

import argparse
import csv
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ssl_landscape.io.files import replacing
from tests.workflow.slurm.cluster import Cluster, wait_for, why_not
from tests.workflow.slurm.submission import PROFILE
from tests.workflow.workspace import PROJECT, Workspace

CPUS = 2
MODEL, SPARSITIES = "ncl-basic", ("0.1", "0.3")
OUTPUT = PROJECT / "results" / "benchmarks" / "slurm_overhead.csv"
COLUMNS = ("way", "jobs", "seconds_a_job", "cpus", "wall", "ideal", "ratio")


def main() -> None:
    """Measure each way; print a table and write it as CSV."""
    options = read_options()
    if reason := why_not():
        raise SystemExit(reason)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and SLURM is stopped on the way
    rows = []
    with tempfile.TemporaryDirectory(prefix="slurm-overhead-") as folder:
        project = Workspace.of_project(Path(folder) / "project")
        seconds = calibrate(project, options.jobs, options.seconds)
        ideal = options.jobs * seconds / CPUS
        print(f"{options.jobs} runs of {seconds:.1f} s; ideal {ideal:.0f} s", flush=True)
        for way in options.ways:
            workspace = project.copy(Path(folder) / way)
            with Cluster(cpus=CPUS).running() as cluster:
                start = time.monotonic()
                WAYS[way](cluster, workspace)
                wall = time.monotonic() - start
            made = list((workspace.folder / "results/bench/runs").rglob("run.json"))
            assert len(made) == options.jobs, f"{way}: {len(made)} runs"
            print(f"{way:14} {wall:6.1f} s   {wall / ideal:.2f} x the ideal", flush=True)
            figures = [f"{value:.2f}" for value in (wall, ideal, wall / ideal)]
            rows.append((way, options.jobs, f"{seconds:.2f}", CPUS, *figures))
            write(options.output, rows)


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=40, help="training runs, even (default: 40)")
    parser.add_argument("--seconds", type=float, default=10.0, help="of a run (default: 10)")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--output", type=Path, default=OUTPUT, help="CSV to write")
    options = parser.parse_args()
    if options.jobs < 2 or options.jobs % 2:
        parser.error(f"--jobs: {options.jobs} is not an even number above 0")
    return options


def write(path: Path, rows: list[tuple]) -> None:
    """Write what was measured so far."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])


def calibrate(project: Workspace, jobs: int, wanted: float) -> float:
    """Make the datasets, set the epochs of a run of so many seconds; return its real seconds."""
    times = {epochs: _time_pair(project, jobs, epochs) for epochs in (200, 2200)}
    an_epoch = (times[2200] - times[200]) / 2000
    epochs = max(1, round(200 + (wanted - times[200]) / an_epoch))
    return _time_pair(project, jobs, epochs)


def configure(project: Workspace, jobs: int, epochs: int) -> None:
    """Write the variant, and make its datasets."""
    content = {
        "variant": "bench",
        "defaults": {"sparsities": [float(sparsity) for sparsity in SPARSITIES]},
        "override": {"epochs": epochs, "seeds": jobs // len(SPARSITIES)},
    }
    project.write_config("bench.yaml", content)
    done = project.run("snakemake", "--cores", "2", *datasets(jobs), "--configfile", "bench.yaml")
    assert done.returncode == 0, done.stderr


def _time_pair(project: Workspace, jobs: int, epochs: int) -> float:
    configure(project, jobs, epochs)
    command = [project.program("ssl-landscape"), "train", "--model", MODEL, "--seed", "1"]
    command += ["--config", "config.yaml", "bench.yaml", "--sparsity"]
    start = time.monotonic()
    pair = [
        subprocess.Popen(
            [*command, sparsity],
            cwd=project.folder,
            env=project.environment(),
            stderr=subprocess.DEVNULL,
        )
        for sparsity in SPARSITIES
    ]
    assert all(process.wait() == 0 for process in pair)
    seconds = time.monotonic() - start
    shutil.rmtree(project.folder / "results/bench/runs")
    return seconds


def datasets(jobs: int) -> list[str]:
    """Name the datasets of all runs."""
    return [
        f"results/bench/datasets/sparse-{sparsity}/seed-{seed}/samples.parquet"
        for sparsity in SPARSITIES
        for seed in range(1, jobs // 2 + 1)
    ]


def targets(workspace: Workspace) -> list[str]:
    """Name the curves of all runs."""
    seeds = len(list((workspace.folder / "results/bench/datasets/sparse-0.1").iterdir()))
    return [
        f"results/bench/runs/{MODEL}/sparsity-{sparsity}/seed-{seed}/curve.parquet"
        for sparsity in SPARSITIES
        for seed in range(1, seeds + 1)
    ]


def submitted(*options: str) -> Callable[[Cluster, Workspace], None]:
    """Return the way of the profile, with these options."""

    def run(cluster: Cluster, workspace: Workspace) -> None:
        command = ("--workflow-profile", PROFILE, *targets(workspace), *options)
        done = workspace.run("snakemake", *command, "--configfile", "bench.yaml")
        assert done.returncode == 0, done.stderr

    return run


def one_job(cluster: Cluster, workspace: Workspace) -> None:
    """Go the way of the script that runs everything in one SLURM job."""
    own = workspace.environment()
    own["PATH"] = f"{workspace.program('snakemake').parent}:{own['PATH']}"
    script = ["workflow/one_slurm_job.sh", *targets(workspace), "--configfile", "bench.yaml"]
    subprocess.run(
        ["sbatch", f"--cpus-per-task={CPUS}", *script], cwd=workspace.folder, env=own, check=True
    )
    wait_for(lambda: not cluster.query("squeue", "-h"), "the job", seconds=3600)


def local(cluster: Cluster, workspace: Workspace) -> None:
    """Leave SLURM out of it."""
    command = ("--cores", str(CPUS), *targets(workspace), "--configfile", "bench.yaml")
    assert workspace.run("snakemake", *command).returncode == 0


WAYS = {
    "local": local,
    "one-job": one_job,
    "plain": submitted(),
    "groups-of-10": submitted("--groups", "train=train", "--group-components", "train=10"),
}

if __name__ == "__main__":
    main()
