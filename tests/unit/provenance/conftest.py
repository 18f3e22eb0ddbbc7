"""A few jobs of the shipped config, with stand-ins for their outputs, and their records."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from ssl_landscape.config import load_config
from ssl_landscape.io.files import write_parquet
from ssl_landscape.pipeline.jobs import Job, list_jobs
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.provenance import graph as graph_module
from ssl_landscape.provenance import record as record_module
from ssl_landscape.provenance.graph import Graph
from ssl_landscape.provenance.hashing import seal
from ssl_landscape.provenance.manifest import ENDINGS, manifest_job, write_manifest
from ssl_landscape.provenance.record import recording

from ..helpers import REPOSITORY

RUNS = [f"cl-basic/sparsity-0.1/seed-{seed}" for seed in (1, 2)]
CURVES = tuple(f"results/runs/{run}/curve.parquet" for run in RUNS)
NAMES = {
    *(("dataset", f"sparse-0.1/seed-{seed}") for seed in (1, 2)),
    *(("train", run) for run in RUNS),
    ("metrics", "cl-basic"),
    ("figure", "figure_02"),
    ("table", "table_2"),
    ("ablation", "latents"),
}
TABLE = (
    "model,label,pr_sparse,metric,runs,mean,std\n"
    "cl-basic,CL-basic,0.1,min_max_cosine,2,0.5,0.1\n"
    "cl-basic,CL-basic,0.1,max_max_cosine,2,0.9,0.1\n"
)


class Build:
    """Results of the jobs in the working directory, as their jobs and records would leave them."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.graph = plan, Graph(plan)

    def make(self, *names: str, changed: str = "") -> None:
        """Run the jobs with these names or rules, or all; ``changed`` changes their outputs."""
        for job in self.graph.jobs:
            if not names or job.name in names or job.rule in names:
                inputs, outputs = list(map(Path, job.inputs)), list(map(Path, job.outputs))
                with recording(
                    job.rule, job.spec, job.code, inputs, outputs, Path(job.record), Path("results")
                ) as facts:
                    for path in outputs:
                        path.parent.mkdir(parents=True, exist_ok=True)
                        self.write(path, changed)
                    if job.rule == "train":
                        facts |= {"device": "cpu", "threads": 1}
                        facts["final"] = {"min_max_cosine": 0.5, "max_max_cosine": 0.9}
        for target in ENDINGS if not names else ():
            self.list(target)

    def list(self, target: str) -> None:
        """Write a target's manifest."""
        job = manifest_job(self.graph, target)
        outputs = list(map(Path, job.outputs))
        with recording(
            "manifest", job.spec, None, [], outputs, Path(job.record), Path("results")
        ) as facts:
            facts |= write_manifest(job.spec, [], outputs)

    def write(self, path: Path, changed: str) -> None:
        if path.suffix == ".parquet":
            write_parquet(path, pa.table({"x": [str(path), changed]}), {"k": 1})
        elif path.name == "table_2.csv":
            path.write_text(TABLE)
        else:
            path.write_text(f"{path}{changed} 0.5\n")


@pytest.fixture(scope="session")
def plan() -> Plan:
    return Plan(load_config(REPOSITORY / "config.yaml"))


@pytest.fixture(scope="session")
def jobs(plan: Plan) -> list[Job]:
    found = []
    for job in list_jobs(plan):
        if (job.rule, job.name) in NAMES:
            known = {file for one in found for file in one.outputs}
            found.append(
                dataclasses.replace(job, inputs=tuple(f for f in job.inputs if f in known))
            )
    assert len(found) == len(NAMES)
    return found


@pytest.fixture
def build(plan: Plan, jobs: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """An empty folder in which the jobs can be run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(record_module, "git", lambda: {"commit": "c" * 40, "dirty": False})
    monkeypatch.setattr(graph_module, "list_jobs", lambda _: jobs)
    # Stand-ins say nothing that could be computed again.
    for module in ("audit", "publish"):
        monkeypatch.setattr(f"ssl_landscape.provenance.{module}.recompute", lambda *_: [])
    return Build(plan)


@pytest.fixture
def built(build: Build) -> Build:
    """All jobs have run."""
    build.make()
    return build


def rewrite(path: str, change: Callable[[dict], object]) -> None:
    """Change a record as its job would have written it: with its seal."""
    record = json.loads(Path(path).read_text(encoding="utf-8"))
    change(record)
    Path(path).write_text(json.dumps(seal(record)), encoding="utf-8")
