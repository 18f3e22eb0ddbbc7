"""The small-scale run through SLURM, from nothing to figures and theory.

A part of it in every run of the tests; all of it on demand, some minutes:

    SSL_LANDSCAPE_SLURM_TARGETS=all pytest tests/workflow/slurm/test_small_scale.py
"""

import os
from pathlib import Path

from ..conftest import SmokeRun
from ..workspace import Workspace
from .cluster import Cluster
from .submission import Submission

# Eight runs of two models, and all theorems.
PART = "results/smoke/figures/figure_02.pdf results/smoke/figures/figure_08.pdf theory"
TARGETS = os.environ.get("SSL_LANDSCAPE_SLURM_TARGETS", PART).split()
# All artefacts, but not what names times and hosts: run.json, logs, timings.
PATTERNS = (
    "datasets/*/*/*.parquet",
    "runs/*/*/*/curve.parquet",
    "runs/*/*/*/weights.safetensors",
    "metrics/*",
    "figures/*",
    "tables/*",
    "theory/*",
    "comparison/*",
)


def artefacts(results: Path) -> dict[str, bytes]:
    """Read all artefacts of a run."""
    files = [file for pattern in PATTERNS for file in results.glob(pattern)]
    return {
        file.relative_to(results).as_posix(): file.read_bytes()
        for file in files
        if not file.name.endswith("record.json")
    }


def test_results_are_those_of_a_local_run(cluster: Cluster, smoke: SmokeRun, fresh: Workspace):
    assert smoke.process.returncode == 0, smoke.process.stderr[-4000:]
    groups = ("--groups", "train=train", "theorem=theory")
    groups += ("--group-components", "train=4", "theory=4")
    with Submission(fresh, *TARGETS, *groups) as submission:
        output = submission.finish()
    local = artefacts(smoke.results)
    through_slurm = artefacts(fresh.folder / "results" / "smoke")
    assert len(through_slurm) > 50
    assert through_slurm.keys() <= local.keys()
    assert "all" not in TARGETS or through_slurm.keys() == local.keys()
    assert [name for name, made in through_slurm.items() if made != local[name]] == []
    # Only trainings and theorems were submitted, four to a job where as many were ready at once.
    runs = sum(name.endswith("weights.safetensors") for name in through_slurm)
    assert runs >= 8
    assert 2 <= output.count("has been submitted with SLURM jobid") <= runs + 1
