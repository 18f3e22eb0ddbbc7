"""README and docs: links and pictures exist; the landing page is short and names all commands."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .helpers import REPOSITORY

README = REPOSITORY / "README.md"
PAGES = [README, *sorted((REPOSITORY / "docs").glob("*.md"))]
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub names them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.M)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page: Path) -> Iterator[str]:
    """Yield the relative links and pictures of a page that lead nowhere."""
    for link in re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_exist(page: Path) -> None:
    assert list(broken(page)) == []


def test_readme_links_every_page() -> None:
    text = README.read_text(encoding="utf-8")
    assert [page.name for page in PAGES[1:] if f"](docs/{page.name})" not in text] == []


def test_readme_is_a_landing_page() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 200


def test_readme_names_every_command() -> None:
    from ssl_landscape.cli.main import _parser

    text = README.read_text(encoding="utf-8")
    commands = re.findall(r"^    ([a-z]+) ", _parser().format_help(), re.MULTILINE)
    assert len(commands) > 10
    assert [name for name in commands if f"`ssl-landscape {name}" not in text] == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A title\n[a](gone.md) [b](page.md#a-title) [c](#none) `[d](gone.md)`\n")
    assert list(broken(page)) == ["gone.md", "#none"]


def test_what_the_page_signs_is_verified(tmp_path: Path) -> None:
    """Its commands, with a key of our own."""
    text = (REPOSITORY / "docs/auditing.md").read_text(encoding="utf-8")
    sign, verify = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)

    def run(script: str) -> int:
        command = ["bash", "-euo", "pipefail", "-c", script]
        environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        return subprocess.run(command, cwd=tmp_path, env=environment).returncode

    shutil.copytree(REPOSITORY / "results/published", tmp_path / "results/published")
    author = "git config user.name A && git config user.email author@example.org"
    assert run(f"git init -q && {author} && git add results && git commit -qm Results") == 0
    assert run("mkdir .ssh && ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519") == 0
    assert run("echo author@example.org $(cat .ssh/id_ed25519.pub) > signers") == 0
    assert run(sign) == 0
    assert run(verify) == 0
    with (tmp_path / "results/published/published.json").open("a") as stream:
        stream.write(" ")
    assert run(verify) == 1
    assert run("git tag -d results-1 && ssh-keygen -q -t ed25519 -N '' -f .ssh/other") == 0
    assert run(sign.replace("id_ed25519", "other")) == 0
    assert run(verify.splitlines()[0]) == 1
