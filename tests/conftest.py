"""How processes share the tests: file by file, the longest first."""

import pytest

ORDER = ("tests/workflow/slurm/", "tests/workflow/", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests: those on SLURM, those of the workflow, then the others."""
    items.sort(key=lambda item: next(i for i, p in enumerate(ORDER) if item.nodeid.startswith(p)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each process whole files, and all tests on SLURM to one: a machine has one SLURM."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return ORDER[0] if nodeid.startswith(ORDER[0]) else nodeid.split("::")[0]

    return ByFile(config, log)
