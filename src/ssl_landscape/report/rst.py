"""Pieces of reStructuredText, the language of captions in Snakemake's report."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ssl_landscape.io.files import write_text


def escape(text: object) -> str:
    """Keep plain text plain: no sign of it is markup."""
    return re.sub(r"([\\*`|_]|(?<=:):)", r"\\\1", str(text))


# What starts a list, a directive, a comment, a field or a line that only divides.
_STARTS_BLOCK = re.compile(
    r"(\.\.|[-+•‣⁃]|\(?(\w+|#)[.)]|:[^:]*:|>>>)(\s|$)|(__|::)|([^\w\s])\5{3,}"
)


def line(text: str) -> str:
    """Keep a line of a list or cell a line of text: it starts nothing else, say a directive."""
    return rf"\ {text}" if _STARTS_BLOCK.match(text) else text


def bullets(lines: Iterable[str]) -> str:
    """Lay out a list, one item a line."""
    return "\n".join(f"- {line(text)}" for text in lines)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a table of plain text."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (header, *rows):
        for position, cell in enumerate(row):
            lines.append(f"   {'* ' if position == 0 else '  '}- {line(escape(cell))}".rstrip())
    return "\n".join(lines)


def write_rst(target: Path, *blocks: str) -> None:
    """Write blocks of text with an empty line between them; empty blocks are left out."""
    write_text(target, "\n\n".join(block for block in blocks if block) + "\n")
