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
    spec: dict[str, Any], seeds: Iterable[int], results: Path, run: Callable[..., None]
) -> None:
    """Train each seed, and go on to the next one if it fails.

    Snakemake deletes all files of a job that failed. A finished run is therefore copied, and the
    next attempt takes the copy if it is what this run would be.

    Args:
        spec: the resolved spec of one of the runs.
        seeds: of all of them.
        results: the folder of the results.
        run: called as ``run("train", name, spec)``; trains a run and writes its files.

    Raises:
        UserError: some runs failed; the first one's reason.
    """
    copies, errors = [], []
    for seed in seeds:
        own = spec | {"seed": seed}
        name = run_name(spec["model"], spec["sparsity"], seed)
        made = files_of("train", name, own, results.as_posix())
        files = [Path(file) for file in (*made.outputs, made.record)]
        copies.append(results / FOLDER / name)
        if _is_current(copies[-1], own):
            log.info("%s: finished in an earlier attempt", name)
            _copy([copies[-1] / file.name for file in files], files[0].parent)
            continue
        try:
            run("train", name, own)
        except UserError as error:
            log.error("%s", error)
            errors.append(error)
        else:
            _copy(files, copies[-1])
    if errors:
        others = len(copies) - len(errors)
        raise UserError(f"{errors[0]} ({len(errors)} failed; {others} kept for the next attempt)")
    for copy in copies:
        shutil.rmtree(copy)


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
