"""Pieces of reStructuredText, the language of captions in Snakemake's report."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ssl_landscape.files import write_text


def escape(text: object) -> str:
    """Keep plain text plain: no sign of it is markup."""
    return re.sub(r"([\\*`|_])", r"\\\1", str(text))


def bullets(lines: Iterable[str]) -> str:
    """Lay out a list, one item a line."""
    return "\n".join(f"- {line}" for line in lines)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a table of plain text."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (header, *rows):
        for position, cell in enumerate(row):
            lines.append(f"   {'* ' if position == 0 else '  '}- {escape(cell)}".rstrip())
    return "\n".join(lines)


def write_rst(target: Path, *blocks: str) -> None:
    """Write blocks of text with an empty line between them; empty blocks are left out."""
    write_text(target, "\n\n".join(block for block in blocks if block) + "\n")
