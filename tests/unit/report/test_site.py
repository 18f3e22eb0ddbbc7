"""The static page: whole, small, of the published files alone, and without a network."""

import itertools
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.report.site import write_site
from ssl_landscape.report.site_parts import document, picture

from ..helpers import REPOSITORY

PUBLISHED = REPOSITORY / "results/published"
LARGEST = 10e6  # bytes


class Page(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, dict(attributes)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def plan() -> Plan:
    from ssl_landscape.config import load_config

    return Plan(load_config(REPOSITORY / "config.yaml"))


@pytest.fixture(scope="module")
def text(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(PUBLISHED, folder / "results/published")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert write_site(plan, Path("site")).startswith("site/index.html: ")
    assert [path.name for path in (folder / "site").iterdir()] == ["index.html"]
    return (folder / "site/index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_it_is_small(text: str) -> None:
    assert len(text.encode()) < LARGEST


def test_it_loads_nothing(text: str, page: Page) -> None:
    """No address in any attribute or style; and a policy that forbids to load any."""
    for tag, attributes in page.tags:
        for name, value in attributes.items():
            if name in ("src", "href", "srcset", "data", "action", "poster"):
                assert value.startswith(("data:", "#")), (tag, name, value[:60])
    assert tag_of(page, "meta", "http-equiv")["content"].startswith("default-src 'none'")
    scripts = re.sub(r"data:image/webp;base64,[^\"]*", "", text)
    assert "url(" not in scripts
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|@import", scripts)


def tag_of(page: Page, tag: str, key: str) -> dict:
    return next(attributes for attributes in page.all(tag) if key in attributes)


def test_links_lead_somewhere(page: Page) -> None:
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    targets = {attributes["href"].removeprefix("#") for attributes in page.all("a")}
    assert targets <= set(names)
    assert len(targets) > 50


def test_it_has_all_figures_cells_claims_and_files(page: Page, text: str, plan: Plan) -> None:
    names = {attributes.get("id") for _, attributes in page.tags}
    assert {f"figures/{name}" for name in plan.config.figures} <= names
    tried = [
        name for name in plan.config.ablations if (PUBLISHED / f"ablations/{name}.md").is_file()
    ]
    assert {f"ablations/{name}" for name in tried} <= names
    assert len(tried) > 5
    for name in ("comparison/cells.csv", "theory/verdicts.md", "tables/table_1.md"):
        assert f"of/{name}" in names
    cells = pd.read_csv(PUBLISHED / "comparison/cells.csv")
    assert text.count('class="strip"') == len(cells) == 90
    claims = pd.read_csv(PUBLISHED / "replication/claims.csv").drop_duplicates("number")
    confirmed = (claims["claim_decided"] == "confirmed").sum()
    assert f"<b>{confirmed} of {len(claims)}</b>" in text


def test_everybody_can_read_it(page: Page) -> None:
    assert page.all("html") == [{"lang": "en"}]
    images = page.all("img")
    assert len(images) >= 18 + 4 + 1
    assert all(len(image["alt"]) > 8 for image in images)
    assert all(head["scope"] == "col" for head in page.all("th"))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
    fields = len(page.all("select")) + len(page.all("input"))
    assert len(page.all("label")) == fields


def test_a_picture_keeps_its_pixels(tmp_path: Path) -> None:
    import base64
    import io

    from PIL import Image

    source = PUBLISHED / "figures/figure_01.png"
    content = re.search(r"base64,([^\"]+)", picture(source, "A & B"))[1]
    ours = Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB")
    assert ours.tobytes() == Image.open(source).convert("RGB").tobytes()


def test_markdown_becomes_part_of_the_page(tmp_path: Path) -> None:
    source = tmp_path / "ablations/noise.md"
    source.parent.mkdir()
    source.write_text(
        "# Noise <script>\n\n[a](../comparison/cells.md) [b](gone.md) [c](https://example.org)\n\n"
        "| x | y |\n| --- | --- |\n| **partly** | partly so |\n"
    )
    body = document(source, tmp_path, {"comparison/cells"})
    assert "<h3>Noise &lt;script&gt;</h3>" in body
    assert '<a href="#comparison/cells">a</a> b c' in body
    assert '<th scope="col">x</th>' in body
    assert '<td><span class="badge fair">partly</span></td>\n<td>partly so</td>' in body


def test_what_is_not_published_or_damaged(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="results/published: nothing is published here"):
        write_site(plan, Path("site"))
    shutil.copytree(PUBLISHED, "results/published")
    Path("results/published/published.json").write_text("{}")
    with pytest.raises(UserError, match=r"published\.json: "):
        write_site(plan, Path("site"))
    shutil.copy(PUBLISHED / "published.json", "results/published/published.json")
    Path("results/published/comparison/cells.csv").write_text("x\n1\n")
    with pytest.raises(UserError, match=r"cells.csv: has no column"):
        write_site(plan, Path("site"))
    assert not Path("site").exists()
