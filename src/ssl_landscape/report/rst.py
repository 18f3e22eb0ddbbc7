"""Pieces of reStructuredText, the language of captions in Snakemake's report."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ssl_landscape.io.files import write_text


def escape(text: object) -> str:
    """Return plain text with its markup characters escaped."""
    return re.sub(r"([\\*`|_]|(?<=:):)", r"\\\1", str(text))


# Starts a list, directive, comment, field or transition.
_STARTS_BLOCK = re.compile(
    r"(\.\.|[-+•‣⁃]|\(?(\w+|#)[.)]|:[^:]*:|>>>)(\s|$)|(__|::)|([^\w\s])\5{3,}"
)


def line(text: str) -> str:
    """Return the text of a cell or list item, kept from starting a block, say a directive."""
    return rf"\ {text}" if _STARTS_BLOCK.match(text) else text


def bullets(lines: Iterable[str]) -> str:
    """Return a list, one item per line."""
    return "\n".join(f"- {line(text)}" for text in lines)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table of plain text."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (header, *rows):
        for position, cell in enumerate(row):
            lines.append(f"   {'* ' if position == 0 else '  '}- {line(escape(cell))}".rstrip())
    return "\n".join(lines)


def write_rst(target: Path, *blocks: str) -> None:
    """Write blocks of text, separated by empty lines; leave out empty blocks."""
    write_text(target, "\n\n".join(block for block in blocks if block) + "\n")
