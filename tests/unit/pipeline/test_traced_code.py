"""The code fingerprint of every job covers all functions of the package that run in it."""

import json
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ssl_landscape.config import load_config
from ssl_landscape.experiment.registry import block_names, block_options
from ssl_landscape.pipeline.code_roots import JOBS
from ssl_landscape.pipeline.jobs import find_job, list_jobs, upstream
from ssl_landscape.pipeline.plan import Plan, canonical

from ..helpers import REPOSITORY

# What runs in jobs, outside of their fingerprints, and why it shapes no result.
OUTSIDE = {
    "cli.*": "reads the command line; what it hands to a job is in the job's record",
    "pipeline.checkout:*": "refuses to run another checkout's code",
    "pipeline.job_files:*": "names a job's files, as Snakemake's rules and the record do",
    "pipeline.layout:*": "names a job's files",
    "pipeline.code_roots:*": "computes the fingerprint",
    "pipeline.fingerprint:*": "computes the fingerprint",
    "pipeline.train_job:_reporter": "reports progress",
    "io.write_errors:*": "words errors, removes what a killed job left",
    "io.files:write_json": "writes the record, where the job itself does not use it",
    "io.files:write_text": "writes the record, where the job itself does not use it",
    "provenance.record:*": "writes the record",
    "provenance.environment:*": "describes the machine, for the record",
    "provenance.hashing:*": "hashes inputs and outputs, for the record",
    "provenance.failed_attempts:*": "notes failed attempts",
}
TINY = {"epochs": 2, "seeds": 1, "batch_size": 8, "neurons": 12}
DATA = {"n": 24, "p": 12, "d": 10}
THEORY = {
    "theorem_1": {"points": 10, "starts": 3, "steps": 5, "anchors": 20, "grid": 5},
    "theorem_2": {"steps": 3},
    "lemma_1": {"starts": 2, "iterations": 20},
}


def tiny_plan():
    """Return the shipped plan, with data and runs as small as they can be."""
    config = load_config(REPOSITORY / "config.yaml", REPOSITORY / "workflow/variants/smoke.yaml")
    for dataset in config["datasets"].values():
        dataset |= DATA
    for statement, sizes in THEORY.items():
        config["theory"][statement] |= sizes
    config["override"] |= TINY
    config["replication"] = {"seeds": 1}
    judge = {"models": ["cl-basic", "ncl-basic"], "sparsities": [0.3]}
    config["beyond"] = {"judge": config["beyond"]["judge"] | judge}
    return Plan(config)


def of_every_rule(plan):
    """Return a job of every rule, all datasets and theorems, and all that they rest on."""
    jobs, named = list_jobs(plan), {}
    for job in jobs:
        named.setdefault(job.rule, []).append(job)
    some = [own if rule in ("dataset", "theorem") else own[:1] for rule, own in named.items()]
    on_all = ("ablation_summary", "claims_by_reading")
    records = {job.record for own in some for job in own if job.rule not in on_all}
    chosen = upstream(jobs, lambda job: job.record in records)
    made = [(job.rule, job.name, job.spec) for job in chosen]
    # These two would rest on everything.
    spec, (ablation,) = find_job(plan, "ablation_summary", "").spec, named["ablation"][:1]
    questions = [entry for entry in spec["questions"] if entry["ablation"] == ablation.name]
    made.append(("ablation_summary", "", spec | {"questions": questions}))
    spec = find_job(plan, "claims_by_reading", "").spec
    ablations = [entry for entry in spec["ablations"] if entry["ablation"] == ablation.name]
    names = [name for one in ablations[0]["readings"] for name in one["models"].values()]
    sizes = {name: spec["sizes"][name] for name in names}
    made.append(("claims_by_reading", "", spec | {"ablations": ablations, "sizes": sizes}))
    return [*made, ("manifest", "all", {"records": {job.record: "" for job in chosen[:3]}})]


def of_every_block(plan):
    """Return specs of runs that together have every block, and every value of most settings."""
    specs = [job.spec for job in list_jobs(plan) if job.rule == "train"]
    for name in sorted(set(block_names("losses")) - {spec["loss"]["name"] for spec in specs}):
        options = {"temperature": 0.1} if "temperature" in block_options("losses", name) else {}
        shared = {"update": {"name": "shared"}, "partial_batch": "drop"}
        specs.append(specs[0] | shared | {"loss": {"name": name} | options})
    for name in sorted(set(block_names("updates")) - {spec["update"]["name"] for spec in specs}):
        options = {"decay": 0.9} if "decay" in block_options("updates", name) else {}
        specs.append(specs[0] | {"update": {"name": name} | options})
    specs = [spec | {k: specs[0][k] for k in ("dataset", "sparsity", "seed")} for spec in specs]
    found, chosen = set(), []
    for spec in specs:
        values = {f"{key} {value}" for key, value in spec.items() if key != "model"}
        if not values <= found:
            found |= values
            chosen.append(spec)
    return chosen


def command(plan, rule, name, spec):
    options = ["--device=cpu", "--checkpoint-every=0"] if rule == "train" else []
    results = f"--results={plan.results.as_posix()}"
    return ["job", rule, name, results, f"--spec={canonical(spec)}", *options]


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    """Rule -> what ran in its jobs, and what of that is outside of their fingerprints."""
    folder, plan = tmp_path_factory.mktemp("traced"), tiny_plan()
    (folder / "workflow").symlink_to(REPOSITORY / "workflow")
    jobs = [
        (rule, spec, command(plan, rule, name, spec)) for rule, name, spec in of_every_rule(plan)
    ]
    for number, spec in enumerate(of_every_block(plan)):
        jobs.append(
            ("train", spec, command(plan, "train", f"blocks/sparsity-{number}/seed-1", spec))
        )
        jobs.append(("train", spec, []))
    process = subprocess.run(
        [sys.executable, Path(__file__).with_name("trace_jobs.py")],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert process.returncode == 0, process.stderr
    found = {}
    for (rule, *_), (ran, outside) in zip(jobs, json.loads(process.stdout), strict=True):
        known = found.setdefault(rule, (set(), set()))
        known[0].update(ran)
        known[1].update(outside)
    return found


@pytest.mark.parametrize("rule", JOBS)
def test_all_that_runs_is_in_the_fingerprint(traced, rule):
    ran, outside = traced[rule]
    assert JOBS[rule] in ran
    assert {name for name in outside if not any(fnmatch(name, one) for one in OUTSIDE)} == set()


@pytest.mark.parametrize("exception", OUTSIDE)
def test_every_exception_is_needed(traced, exception):
    assert any(fnmatch(name, exception) for _, outside in traced.values() for name in outside)


@pytest.mark.parametrize(
    "family", ["latents", "losses", "masks", "activations", "updates", "weight_normalisation"]
)
def test_every_block_has_run(traced, family):
    ran = traced["dataset" if family == "latents" else "train"][0]
    blocks = {f"experiment.{family}.{name}:{name}" for name in block_names(family)}
    assert blocks <= ran
