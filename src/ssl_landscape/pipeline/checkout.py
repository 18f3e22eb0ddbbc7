"""Which checkout of the project the imported code belongs to."""

import os
import shlex
from pathlib import Path

from ssl_landscape.errors import UserError

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[1]  # of the checkout, where the package lies in its src/
CONFIGS = "SSL_LANDSCAPE_CONFIGS"  # environment variable: the config files in use, for the records


def require_own_code(root: Path) -> None:
    """Refuse to work in a checkout with the code of another one, or of an installed copy.

    Raises:
        UserError: the package is not imported from this checkout's ``src/``.
    """
    own = root.resolve() / "src" / PACKAGE.name
    if own.is_dir() and own.samefile(PACKAGE):
        return
    root = root.resolve()
    place = "." if root == Path.cwd() else shlex.quote(str(root))
    stray = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if not own.is_dir():
        remedy = f"snakemake --snakefile {shlex.quote(str(ROOT / 'Snakefile'))}"
    elif any(entry and Path(entry).resolve() == PACKAGE.parent for entry in stray):
        remedy = "unset PYTHONPATH"
    else:
        remedy = f"pip install -e {place}"
    raise UserError(f"the code in {PACKAGE} would run, not that of {root}; type: {remedy}")


def require_own_code_around(folder: Path) -> None:
    """Do so for the checkout that a folder lies in, if it lies in one.

    Raises:
        UserError: as above.
    """
    for root in (folder, *folder.parents):
        if (root / "src" / PACKAGE.name / "__init__.py").is_file():
            require_own_code(root)
            return
