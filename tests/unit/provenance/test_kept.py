"""Which published targets stay beside a build, on made-up jobs."""

from types import SimpleNamespace

import pytest

from ssl_landscape.provenance import kept
from ssl_landscape.provenance.kept import objections_to_keeping

DATA = "results/datasets/a/samples.parquet"
JOBS = [
    SimpleNamespace(target="first", record="data.json", inputs=(), outputs=(DATA,)),
    SimpleNamespace(target="second", record="page.json", inputs=(DATA,), outputs=("page.md",)),
]


@pytest.fixture
def graph(monkeypatch):
    """Two targets; the second one takes data of the first."""
    for job in JOBS:
        job.spec_hash, job.code = "spec", "code"
    monkeypatch.setattr(kept, "manifest_job", lambda *_: SimpleNamespace(outputs=()))
    return SimpleNamespace(
        jobs=JOBS,
        of=lambda target: [job for job in JOBS if job.target == target],
        is_published=lambda file: False,
    )


def found(here=None):
    """What lies here: nothing, or the data with this hash."""
    published = SimpleNamespace(
        facts=lambda job: {"spec": "spec", "code": "code"},
        known=lambda file: {"sha256": "as published"} if file == DATA else None,
        files={},
    )
    return SimpleNamespace(published=published, hash=lambda file: here)


def test_data_of_a_kept_target_are_as_published(graph):
    for target in ("first", "second"):
        assert not [*objections_to_keeping(graph, found(), target, ["first", "second"])]


@pytest.mark.parametrize(("here", "objects"), [("as published", False), ("other", True)])
def test_data_that_are_built_here_have_to_be_the_same(graph, here, objects):
    (*reasons,) = objections_to_keeping(graph, found(here), "second", ["second"])
    assert bool(reasons) == objects
    assert all(f"was published with another {DATA}" in reason for reason in reasons)
