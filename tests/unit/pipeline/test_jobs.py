"""The list of jobs: names, targets, order and files."""

import copy

import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.code_roots import JOBS
from ssl_landscape.pipeline.job_files import files_of
from ssl_landscape.pipeline.jobs import ALL, TARGETS, find_job, list_jobs, upstream
from ssl_landscape.pipeline.plan import Plan


@pytest.fixture(scope="module")
def jobs(_shipped):
    return list_jobs(Plan(copy.deepcopy(_shipped)))


def test_every_rule_but_the_manifest_has_jobs(jobs):
    assert {job.rule for job in jobs} == JOBS.keys() - {"manifest"}
    assert len({(job.rule, job.name) for job in jobs}) == len(jobs)


def test_each_job_comes_after_those_that_write_its_inputs(jobs):
    written = {"workflow/comparison/reasons.yaml"}
    for job in jobs:
        own = {f"results/{job.name}.md"} if job.rule == "page" else set()
        assert set(job.inputs) - own <= written, job
        written.update(job.outputs)


def test_no_file_is_written_twice(jobs):
    files = [file for job in jobs for file in job.files]
    assert len(set(files)) == len(files)


def test_what_several_targets_need_belongs_to_all(jobs):
    for_all = {file for job in jobs if job.target == ALL for file in job.inputs}
    assert not for_all & {file for job in jobs if job.target != ALL for file in job.files}


def test_the_replication_takes_the_runs_of_all_and_adds_seeds(jobs):
    added = [job for job in jobs if job.target == "replication"]
    seeds = {job.spec["seed"] for job in added if job.rule == "train"}
    assert seeds == set(range(4, 21))  # 4 and 5 of the models that have three
    (finals,) = [job for job in added if (job.rule, job.name) == ("replication_finals", "cl-basic")]
    assert len(finals.inputs) == 3 * 20
    own = {file for job in jobs if job.target == ALL for file in job.outputs}
    assert len(own.intersection(finals.inputs)) == 3 * 5


def test_upstream_of_a_figure(jobs):
    found = upstream(jobs, lambda job: job.name == "figure_02")
    assert {job.rule for job in found} == {"dataset", "train", "metrics", "figure"}
    assert found[-1].name == "figure_02"


def test_an_unknown_job_is_explained(shipped):
    message = "unknown job figure 'nothing'; choose from figure_01, "
    with pytest.raises(UserError, match=message):
        find_job(Plan(shipped), "figure", "nothing")


@pytest.mark.parametrize("name", TARGETS)
def test_files_of_a_manifest(name):
    suffix = "" if name == ALL else f"-{name}"
    files = files_of("manifest", name, {}, "results/{x}")  # a folder of any name
    folder = "results/{x}/provenance"
    assert files.outputs == (f"{folder}/manifest{suffix}.json", f"{folder}/jobs{suffix}.csv")
    assert files.record == f"{folder}/manifest{suffix}.record.json"
