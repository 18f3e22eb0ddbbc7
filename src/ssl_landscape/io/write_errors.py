"""Explain why a file cannot be written, and remove what killed writers left."""

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError

from ssl_landscape.errors import UserError

TEMPORARY = re.compile(r"\.(?P<stem>.+)\.[0-9a-f]{32}(?P<suffix>(\.[^.]+)?)")  # files.replacing's
REMEDIES = {
    errno.ENOSPC: "free space on the disk",
    errno.EDQUOT: "free some of your quota",
    errno.EFBIG: "raise the limit on file size (ulimit -f)",
    errno.EROFS: "make the file system writable or work in a copy elsewhere",
    errno.EACCES: "get permission to write there",
    errno.EPERM: "get permission to write there",
    errno.EIO: "check the disk",
}


@contextlib.contextmanager
def explaining_writes(outputs: list[Path]) -> Iterator[None]:
    """Turn the operating system's errors in the block into one message with a remedy.

    Raises:
        UserError: a file cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise _explained(error, outputs) from None
    except SafetensorError as error:
        found = re.search(r"os error (\d+)", str(error))  # passed on as text
        raise _explained(OSError(int(found[1]) if found else 0, str(error)), outputs) from None


def _explained(error: OSError, outputs: list[Path]) -> UserError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    remedy = REMEDIES.get(error.errno or 0, "fix the cause")
    if error.filename:
        file = Path(os.fsdecode(error.filename))
        temporary = TEMPORARY.fullmatch(file.name)
        file = file.with_name(temporary["stem"] + temporary["suffix"]) if temporary else file
        where = f"{file}: {reason}"
    else:
        files = ", ".join(path.name for path in outputs)
        where = f"{outputs[0].parent}: {reason}, while writing {files}"
    return UserError(f"{where}; {remedy} and rerun the command; it will resume")


def remove_temporaries(targets: list[Path]) -> None:
    """Remove the temporary files that a killed earlier copy of this job left beside ``targets``.

    An earlier copy that is still running, its Snakemake killed, then fails; the later one prevails.
    """
    # A long run's checkpoint is not an output of its rule.
    names = {"checkpoint.safetensors", *(target.name for target in targets)}
    for folder in {target.parent for target in targets}:
        for path in folder.glob(".*"):
            found = TEMPORARY.fullmatch(path.name)
            if found and found["stem"] + found["suffix"] in names:
                path.unlink(missing_ok=True)
