"""Where a job runs: machine, versions of programs and libraries, commit."""

import importlib.metadata
import os
import platform
import resource
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

PACKAGES = (
    *("ssl-landscape", "torch", "numpy", "pandas", "pyarrow", "safetensors", "matplotlib"),
    *("seaborn", "snakemake"),
)


def peak_memory_mb() -> float:
    """Return this process's peak memory in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, KiB elsewhere


def machine() -> dict[str, Any]:
    """Return host, processor, platform, Python and the SLURM job, if it is one."""
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


def versions() -> dict[str, str]:
    """Return the versions of the libraries that results depend on."""
    installed = {}
    for package in PACKAGES:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            installed[package] = "not installed"
    return installed


def git() -> dict[str, Any] | None:
    """Return the commit, and whether tracked files differ from it; None outside of a repository."""

    def ask(*arguments: str) -> str:
        command = ["git", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        # Results are what the code makes, so that only changes elsewhere make a tree dirty.
        changed = ask("status", "--porcelain", "--untracked-files=no", "--", ".", ":!results")
        return {"commit": ask("rev-parse", "HEAD"), "dirty": bool(changed)}
    except (OSError, subprocess.CalledProcessError):
        return None
