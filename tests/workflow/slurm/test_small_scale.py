"""The small-scale run through SLURM, all of it."""

from pathlib import Path

from ..conftest import SmokeRun
from ..workspace import Workspace
from .cluster import Cluster
from .submission import Submission

# All artefacts, but not what names times and hosts: run.json, logs, timings.
PATTERNS = (
    "datasets/*/*/*.parquet",
    "runs/*/*/*/curve.parquet",
    "runs/*/*/*/weights.safetensors",
    "metrics/*",
    "figures/*",
    "tables/*",
    "theory/*",
    "fidelity/*",
)


def artefacts(results: Path) -> dict[str, bytes]:
    """Read all artefacts of a run."""
    files = [file for pattern in PATTERNS for file in results.glob(pattern)]
    return {file.relative_to(results).as_posix(): file.read_bytes() for file in files}


def test_results_are_those_of_a_local_run(cluster: Cluster, smoke: SmokeRun, fresh: Workspace):
    groups = ("--groups", "train=train", "theorem=theory")
    groups += ("--group-components", "train=23", "theory=4")
    with Submission(fresh, "all", *groups) as submission:
        output = submission.finish(900)
    local = artefacts(smoke.results)
    assert len(local) > 300
    through_slurm = artefacts(fresh.folder / "results" / "smoke")
    assert through_slurm.keys() == local.keys()
    assert [name for name in local if through_slurm[name] != local[name]] == []
    # Only trainings and theorems were submitted, the former by 23 at most.
    runs = len([name for name in local if name.endswith("weights.safetensors")])
    assert output.count("has been submitted with SLURM jobid") <= runs / 23 + 4
