"""The record of a job: what ran, on what, where, with what result (``run.json``)."""

import hashlib
import importlib.metadata
import os
import platform
import resource
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PACKAGES = ("ssl-landscape", "torch", "numpy", "pyarrow", "safetensors", "snakemake")


class Record:
    """Collects a job's record from its start to its end."""

    def __init__(self, step: str, spec: dict[str, Any], code: str) -> None:
        """Start the clock of a step with this resolved spec and code fingerprint."""
        self.start = datetime.now(UTC)
        self.content: dict[str, Any] = {"step": step, "spec": spec, "code": code}

    def finish(self, inputs: list[Path], outputs: list[Path], **facts: object) -> dict[str, Any]:
        """Give the whole record; ``facts`` are further entries of the step's own."""
        end = datetime.now(UTC)
        return {
            **self.content,
            **facts,
            "inputs": {str(path): _identity(path) for path in inputs},
            "outputs": {str(path): _identity(path) for path in outputs},
            "command": sys.argv,
            "start": self.start.isoformat(timespec="milliseconds"),
            "end": end.isoformat(timespec="milliseconds"),
            "seconds": round((end - self.start).total_seconds(), 3),
            "peak_memory_mb": round(_peak_memory_mb(), 1),
            **_machine(),
            "packages": _versions(),
            "git": _git(),
        }


def _identity(path: Path) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, KiB elsewhere


def _machine() -> dict[str, Any]:
    return {
        "host": socket.gethostname(),
        "cpu": _cpu_name(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "slurm_job": os.environ.get("SLURM_JOB_ID"),
    }


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def _git() -> dict[str, Any] | None:
    def ask(*arguments: str) -> str:
        command = ["git", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        # Results are what the code makes, so that only changes elsewhere make a tree dirty.
        changed = ask("status", "--porcelain", "--untracked-files=no", "--", ".", ":!results")
        return {"commit": ask("rev-parse", "HEAD"), "dirty": bool(changed)}
    except (OSError, subprocess.CalledProcessError):
        return None
