"""Where a job runs: machine, versions of programs and libraries, commit."""

import hashlib
import importlib.metadata
import os
import platform
import resource
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from ssl_landscape.io.files import write_text
from ssl_landscape.pipeline.checkout import CONFIGS, ROOT

OWN = "ssl-landscape"
PACKAGES = (
    *(OWN, "torch", "numpy", "pandas", "pyarrow", "safetensors", "matplotlib"),
    *("seaborn", "snakemake"),
)
CODE = ("src", "Snakefile", "workflow/rules", "workflow/report", "workflow/comparison")
MOST_NAMES = 20  # of changed files, in a record


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


def libraries(packages: dict[str, str]) -> dict[str, str]:
    """Return a record's versions without our own: which code ran, its fingerprint tells."""
    return {name: version for name, version in packages.items() if name != OWN}


def installed(folder: Path) -> str:
    """List all installed packages in ``folder/installed-<hash>.txt``, once; return the hash."""
    places = (Path(entry or ".") for entry in sys.path)
    # By the names of their folders: to read the metadata of all takes a quarter of a second.
    names = {path.stem for place in places for path in place.glob("*.dist-info")}
    text = "".join(f"{name}\n" for name in sorted(names))
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    if not (file := folder / f"installed-{name}.txt").exists():
        write_text(file, text)
    return name


def arithmetic() -> dict[str, Any]:
    """Return what torch computes with, if the job has loaded it: the CPU's instructions, the GPU.

    Returns:
        ``cpu_capability``; if a GPU was used, the versions ``driver``, ``cuda`` and ``cudnn``.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return {}
    facts = {"cpu_capability": torch.backends.cpu.get_cpu_capability()}
    if torch.cuda.is_initialized():
        cudnn = str(torch.backends.cudnn.version())
        facts |= {"driver": _driver(), "cuda": torch.version.cuda, "cudnn": cudnn}
    return facts


def _driver() -> str:
    """Return the version of the NVIDIA driver: the first number in the kernel module's line."""
    try:
        line = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8")
    except OSError:
        return "unknown"
    numbers = (word for word in line.split() if word[0].isdigit() and "." in word)
    return next(numbers, "unknown")


def git() -> dict[str, Any] | None:
    """Return the commit of the checkout whose code runs, and what differs from it.

    Returns:
        ``commit``; ``changed``, the first files that are not as committed; ``dirty``, whether there
        are any. None if the code does not lie in a git repository of its own.
    """
    try:
        top, commit = _ask_git("rev-parse", "--show-toplevel", "HEAD").split("\n")[:2]
        if not Path(top).samefile(ROOT):  # an unpacked archive, below some other repository
            return None
        # Results are what the code makes, so that only changes elsewhere make a tree dirty.
        changed = _ask_git("diff", "--name-only", "-z", "HEAD", "--", ".", ":!results").split("\0")
        changed += _untracked()
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    names = sorted({name for name in changed if name})
    return {"commit": commit, "dirty": bool(names), "changed": names[:MOST_NAMES]}


def _untracked() -> list[str]:
    """Return files that take part in a job and that git does not have, ignored or not."""
    given = [Path(name) for name in os.environ.get(CONFIGS, "").split(os.pathsep) if name]
    outside = [str(path) for path in given if not path.is_relative_to(ROOT)]
    inside = [path.relative_to(ROOT).as_posix() for path in given if path.is_relative_to(ROOT)]
    listed = _ask_git("--literal-pathspecs", "ls-files", "--others", "-z", "--", *CODE, *inside)

    def is_by_product(name: str) -> bool:
        parts = Path(name).parts
        endings = ("__pycache__", ".egg-info", "~")
        return name not in inside and any(p[0] == "." or p.endswith(endings) for p in parts)

    return outside + [name for name in listed.split("\0") if name and not is_by_product(name)]


def without_git() -> dict[str, str]:
    """Return the environment without GIT_DIR and the like: git would ask another repository."""
    return {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}


def _ask_git(*arguments: str) -> str:
    command = ["git", "--no-optional-locks", *arguments]
    process = subprocess.run(command, cwd=ROOT, env=without_git(), capture_output=True, check=True)
    return process.stdout.decode(errors="backslashreplace")
