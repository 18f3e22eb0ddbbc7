"""A job that trains all seeds of a (model, sparsity), where a failure loses one run only."""

import logging
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.code_roots import code_of
from ssl_landscape.pipeline.job_files import files_of
from ssl_landscape.pipeline.layout import run_name
from ssl_landscape.provenance.environment import versions
from ssl_landscape.provenance.hashing import identity
from ssl_landscape.provenance.record import read_record

log = logging.getLogger(__name__)
FOLDER = Path("logs") / "finished"


def train_in_a_row(
    spec: dict[str, Any],
    seeds: Iterable[int],
    results: Path,
    run: Callable[..., None],
    device: str,
) -> None:
    """Train each seed, on a GPU all at once, and go on to the next one if it fails.

    Snakemake deletes all files of a job that failed. A finished run is therefore copied, and the
    next attempt takes the copy if it is what this run would be.

    Args:
        spec: the resolved spec of one of the runs.
        seeds: of all of them.
        results: the folder of the results.
        run: called as ``run("train", name, spec, work=...)``; trains a run and writes its files.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        UserError: some runs failed; the first one's reason.
    """
    runs = [_Run(spec | {"seed": seed}, results) for seed in seeds]
    for finished in (own for own in runs if own.is_finished):
        log.info("%s: finished in an earlier attempt", finished.name)
        finished.take_copy()
    missing = [own for own in runs if not own.is_finished]
    errors = []
    for own, work in zip(missing, _at_once(missing, device), strict=True):
        try:
            run("train", own.name, own.spec, work=work)
        except UserError as error:
            log.error("%s", error)
            errors.append(error)
        else:
            own.keep_copy()
    if errors:
        others = len(runs) - len(errors)
        raise UserError(f"{errors[0]} ({len(errors)} failed; {others} kept for the next attempt)")
    for own in runs:
        shutil.rmtree(own.copy)


class _Run:
    """One of the runs, its files, and the copy of them."""

    def __init__(self, spec: dict[str, Any], results: Path) -> None:
        self.spec, self.name = spec, run_name(spec["model"], spec["sparsity"], spec["seed"])
        made = files_of("train", self.name, spec, results.as_posix())
        self.inputs = [Path(file) for file in made.inputs]
        self.files = [Path(file) for file in (*made.outputs, made.record)]
        self.copy = results / FOLDER / self.name
        self.is_finished = _is_current(self.copy, spec)

    def take_copy(self) -> None:
        _copy([self.copy / file.name for file in self.files], self.files[0].parent)

    def keep_copy(self) -> None:
        _copy(self.files, self.copy)


def _at_once(runs: list[_Run], device: str) -> list[Callable[..., dict[str, Any]] | None]:
    """Return what writes each run's files; None for all that have to be trained one by one."""
    from ssl_landscape.pipeline.train_at_once import train_at_once

    one_by_one: list[Callable[..., dict[str, Any]] | None] = [None] * len(runs)
    try:
        trained = train_at_once([r.spec for r in runs], [r.inputs for r in runs], device)
    except (UserError, OSError, RuntimeError) as error:  # of one of them, or too large together
        log.warning("not at once, one by one: %s", error)
        return one_by_one
    return [*trained] or one_by_one


def _copy(files: list[Path], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, folder / file.name)


def _is_current(copy: Path, spec: dict[str, Any]) -> bool:
    """Return whether the copy is whole, and of a run with these settings, data, code, versions."""
    try:
        record = read_record(copy / "run.json")
        outputs = {copy / Path(file).name: known for file, known in record["outputs"].items()}
        inputs = {Path(file): known for file, known in record["inputs"].items()}
        whole = all(identity(file) == known for file, known in {**inputs, **outputs}.items())
    except (UserError, OSError):
        return False
    made_of = record["spec"], record["code"], record["packages"]
    return whole and made_of == (spec, code_of("train", spec), versions())
