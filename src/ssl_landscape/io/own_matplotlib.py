"""Matplotlib as it is shipped: loaded without the settings of the user, session or folder."""

import contextlib
import importlib.util
import os
from pathlib import Path


def load_matplotlib() -> None:
    """Load Matplotlib, the first time, so that it draws into files and reads its own settings.

    Some of what it reads then holds for good, such as how many colours a map has. A matplotlibrc in
    the working folder comes before all others, so that it is loaded from where its own one lies.
    """
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.pop("FREETYPE_PROPERTIES", None)  # would change how letters are drawn
    found = importlib.util.find_spec("matplotlib")
    if found and found.origin:
        with contextlib.chdir(Path(found.origin).parent / "mpl-data"):
            importlib.import_module("matplotlib")
