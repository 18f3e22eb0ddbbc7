"""Train a recorded run again, by its recorded settings, and compare."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.pipeline.jobs import Job
from ssl_landscape.pipeline.plan import canonical
from ssl_landscape.provenance.checks import REMARK, Finding
from ssl_landscape.provenance.environment import libraries
from ssl_landscape.provenance.record import read_record

MACHINE = ("cpu", "device", "threads")  # where all are equal, and the libraries, so are the bytes
EPOCHS, TOLERANCE = 30, 1e-4  # to which runs on any two processors agree
MAIN = "import sys; from ssl_landscape.cli.main import main; sys.exit(main())"


def retrain(job: Job, facts: dict[str, Any], results: Path) -> Iterator[Finding]:
    """Train a run again beside the results; compare bytes, or values if the machine is another.

    Args:
        job: the run's job.
        facts: its record.
        results: the folder of the results, whose datasets are read.
    """
    import torch

    device = "cpu" if facts["device"] == "cpu" else "cuda"
    if device == "cuda" and not torch.cuda.is_available():
        reason = f"made on {facts['device']}, where masks are drawn; there is no GPU here"
        yield Finding("not retrained", job.record, reason, REMARK)
        return
    spec, threads = canonical(job.spec), str(facts["threads"])
    with TemporaryDirectory() as folder:
        again = Path(folder)
        (again / "datasets").symlink_to((results / "datasets").resolve())
        command = ["job", "train", job.name, "--results", folder, "--spec", spec]
        command += ["--device", device, "--threads", threads]
        process = subprocess.run(
            [sys.executable, "-c", MAIN, *command], capture_output=True, text=True
        )
        if process.returncode:
            reason = (process.stderr.strip().splitlines() or ["no message"])[-1]
            yield Finding("not retrained", job.record, reason)
            return
        new = read_record(again / Path(job.record).relative_to(results))
        hashes = [
            {Path(file).name: known["sha256"] for file, known in record["outputs"].items()}
            for record in (facts, new)
        ]
        if hashes[0] == hashes[1]:
            return
        curves = [Path(job.outputs[0]), again / Path(job.outputs[0]).relative_to(results)]
        yield _compare(job, facts, new, *map(_cosines, curves))


def _cosines(curve: Path) -> np.ndarray:
    """Return the three max-cosines, (3, epochs + 1)."""
    table = pq.ParquetFile(curve).read(list(METRICS))
    return np.array([table[name].to_numpy() for name in METRICS])


def _compare(
    job: Job, facts: dict[str, Any], new: dict[str, Any], old: np.ndarray, made: np.ndarray
) -> Finding:
    same = all(facts[key] == new[key] for key in MACHINE)
    same = same and libraries(facts["packages"]) == libraries(new["packages"])
    same = same and "at_once" not in facts  # else products were batched ones
    early = np.abs(made - old)[:, : EPOCHS + 1].max()
    last = np.abs(made - old)[:, -1].max()
    detail = f"max-cosines differ by {early:.1g} up to epoch {EPOCHS}, by {last:.1g} at the end"
    if same or not early <= TOLERANCE:
        return Finding("not reproduced", job.outputs[0], f"retrained, {detail}")
    return Finding("other processor", job.outputs[0], f"retrained here, {detail}", REMARK)
