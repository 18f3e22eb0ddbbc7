"""A SLURM for the tests: started when the first test wants it, stopped whatever happens.

With SSL_LANDSCAPE_TESTS=required, as .ci/run sets it, a machine on which none can be started is a
failure; otherwise the tests are skipped, with the reason.
"""

from collections.abc import Callable, Iterator

import pytest
from required import unavailable

from ..conftest import SmokeRun
from ..workspace import Workspace
from .cluster import Cluster, why_not
from .submission import run_files


@pytest.fixture(scope="package")
def start_cluster() -> Iterator[Callable[..., Cluster]]:
    """Return a function that starts a cluster, in place of the one that it started before."""
    running: list[Cluster] = []

    def start(**description: object) -> Cluster:
        reason = why_not(accounting=bool(description.get("accounting")))
        if reason:
            unavailable(reason)
        while running:
            running.pop().stop()
        cluster = Cluster(**description)
        running.append(cluster)
        cluster.start()
        return cluster

    yield start
    while running:
        running.pop().stop()


@pytest.fixture(scope="module")
def cluster(start_cluster: Callable[..., Cluster]) -> Cluster:
    """A SLURM without accounting, with more CPUs than the machine has."""
    return start_cluster()


@pytest.fixture
def rerun(
    cluster: Cluster, smoke: SmokeRun, finished: Workspace
) -> Iterator[Callable[..., Workspace]]:
    """Return a function that deletes runs of a finished workspace.

    At the end these runs have to be there again, byte for byte as a local run made them.
    """
    deleted: list[str] = []

    def delete(*runs: str) -> Workspace:
        for run in runs:
            for file in (finished.folder / "results" / "smoke" / "runs" / run).iterdir():
                file.unlink()
        deleted.extend(runs)
        return finished

    yield delete
    cluster.cancel_all(finished.folder)
    assert deleted
    assert run_files(finished, *deleted) == run_files(smoke.workspace, *deleted)
