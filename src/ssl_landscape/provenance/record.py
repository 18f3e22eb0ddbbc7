"""The record of a job: what ran, on what, where, with what result; beside its outputs.

The record of ``figure_02.pdf`` is ``figure_02.record.json``; a dataset's is ``record.json`` in its
folder, a training run's ``run.json``. No job reads one: its time and commit make nothing stale.
"""

import contextlib
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ssl_landscape.errors import UserError
from ssl_landscape.experiment.seeds import derive_seed
from ssl_landscape.io.files import write_json
from ssl_landscape.io.write_errors import explaining_writes, remove_temporaries
from ssl_landscape.pipeline.code_roots import code_of, modules_of
from ssl_landscape.provenance.environment import (
    arithmetic,
    git,
    installed,
    machine,
    peak_memory_mb,
    versions,
)
from ssl_landscape.provenance.failed_attempts import Attempt
from ssl_landscape.provenance.hashing import identity, is_identity, read_sealed, seal

FORMAT = 3
TYPES: dict[str, type | tuple[type, ...]] = {  # of what every record has
    **dict.fromkeys(("rule", "code", "start", "end", "host", "cpu", "platform", "python"), str),
    **dict.fromkeys(("spec", "seeds", "modules", "inputs", "outputs", "packages"), dict),
    **dict.fromkeys(("command", "earlier_attempts"), list),
    **dict.fromkeys(("seconds", "peak_memory_mb"), (int, float)),
    "attempt": int,
    "git": (dict, type(None)),
}
log = logging.getLogger(__name__)


@contextlib.contextmanager
def recording(
    rule: str,
    spec: dict[str, Any],
    code: str | None,
    inputs: list[Path],
    outputs: list[Path],
    record: Path,
    results: Path,
) -> Iterator[dict[str, Any]]:
    """Record the job that the block is.

    Args:
        rule: the rule whose job this is.
        spec: its resolved spec.
        code: the fingerprint that it was planned with, if it was planned.
        inputs: files that the block reads.
        outputs: files that it writes.
        record: where the record goes, after everything else; nothing is written if the block fails.
        results: the folder of the results, where failed attempts are noted.

    Yields:
        A dictionary for further facts of the job's own.
    """
    with explaining_writes([*outputs, record]):
        start = datetime.now(UTC)
        attempt = Attempt(record, results)
        remove_temporaries([*outputs, record, attempt.path])
        if all(path.exists() for path in inputs):  # else it does not begin
            attempt.begin()
        facts: dict[str, Any] = {}
        try:
            yield facts
        except BaseException as error:
            with contextlib.suppress(OSError):  # a full disk has no room for the note, either
                attempt.fail(error)
            raise
        end, ran = datetime.now(UTC), code_of(rule, spec)
        if code not in (None, ran):
            log.warning("the code was changed after this job was planned: %s, now %s", code, ran)
        content = {
            "format": FORMAT,
            "rule": rule,
            "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
            "spec": spec,
            "seeds": seeds_of(rule, spec),
            "code": ran,
            "modules": modules_of(rule, spec),
            **facts,
            "inputs": {path.as_posix(): identity(path) for path in inputs},
            "outputs": {path.as_posix(): identity(path) for path in outputs},
            "start": start.isoformat(timespec="milliseconds"),
            "end": end.isoformat(timespec="milliseconds"),
            "seconds": round((end - start).total_seconds(), 3),
            "peak_memory_mb": round(peak_memory_mb(), 1),
            "attempt": len(attempt.earlier) + 1,
            "earlier_attempts": attempt.earlier,
            **machine(),
            **arithmetic(),
            "packages": versions(),
            "installed": installed(results / "provenance"),
            "git": git(),
        }
        write_json(record, seal(content))
        attempt.succeed()


def read_record(path: Path) -> dict[str, Any]:
    """Read a record.

    Raises:
        UserError: it cannot be read, is of another version of the program, was altered, or holds
            what no job writes.
    """
    record = read_sealed(path, FORMAT)
    wrong = [key for key, kind in TYPES.items() if not isinstance(record.get(key, ...), kind)]
    if not wrong:
        known = {**record["inputs"], **record["outputs"]}
        wrong = [file for file, value in known.items() if not is_identity(value)]
        wrong += [name for name, value in record["packages"].items() if not isinstance(value, str)]
        tree = {"commit": "", "dirty": False} if record["git"] is None else record["git"]
        sound = isinstance(tree.get("commit"), str) and isinstance(tree.get("dirty"), bool)
        wrong += [] if sound else ["git"]
    if wrong:
        raise UserError(f"{path}: no job writes such a value of {wrong[0]!r}; delete it and rerun")
    return record


def seeds_of(rule: str, spec: dict[str, Any]) -> dict[str, int]:
    """Return the seeds of a job's random streams, by purpose."""
    if rule == "dataset":
        return {"data": derive_seed(spec["dataset"], spec["sparsity"], spec["seed"], "data")}
    if rule == "train":
        run = spec["model"], spec["sparsity"], spec["seed"]
        return {purpose: derive_seed(*run, purpose) for purpose in ("weights", "masks", "order")}
    return {"theory": spec["seed"]} if rule == "theorem" else {}
