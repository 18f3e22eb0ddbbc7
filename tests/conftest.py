"""The order of the tests, so that two processes end at about the same time: the longest first."""

import pytest

GROUPS = ("tests/workflow/slurm/", "tests/workflow/", "")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests; those of one group run in one process, one after the other."""
    for item in items:
        if item.nodeid.startswith(GROUPS[0]):  # one machine has one SLURM
            item.add_marker(pytest.mark.xdist_group("slurm"))
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> tuple[int, bool]:
    place = next(i for i, start in enumerate(GROUPS) if item.nodeid.startswith(start))
    # What needs no smoke run goes first: another process makes it.
    return place, "smoke" in item.fixturenames
