"""Snakemake's report, made without a network and read in a real browser (chromium)."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from required import unavailable
from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from ssl_landscape.config import load_config
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.report_plan import CATEGORIES, ReportPlan

from .browser import check_quiet, opened
from .conftest import SmokeRun
from .workspace import PROJECT, SMOKE, Workspace, shown

ITEMS = {"figures": 18, "tables": 3, "comparison": 4, "theory": 5}
LARGEST = 12  # MB; a mail has room for it


@pytest.fixture(scope="module")
def report(smoke: SmokeRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the report of the smoke run."""
    assert smoke.process.returncode == 0, smoke.process.stderr[-4000:]
    path = tmp_path_factory.mktemp("report") / "report.html"
    process = smoke.workspace.snakemake("all", "--report", str(path))
    assert process.returncode == 0, process.stderr[-4000:]
    return path


@pytest.fixture(scope="module")
def browser(report: Path) -> Iterator[webdriver.Chrome]:
    """Open the report in a headless chromium that reaches no network."""
    with opened(report) as chrome:
        yield chrome


@pytest.fixture
def plan() -> ReportPlan:
    """What should be in it."""
    return ReportPlan(Plan(load_config(PROJECT / "config.yaml", PROJECT / SMOKE)))


def wait(browser: webdriver.Chrome, condition: Callable[[], object]) -> object:
    return WebDriverWait(browser, 60).until(lambda _: condition())


def click(browser: webdriver.Chrome, text: str) -> None:
    """Click on the entry of the menu with this text."""
    xpath = f"//nav//a[normalize-space()={text!r}]"
    wait(browser, lambda: browser.find_elements(By.XPATH, xpath))[0].click()


def rows(browser: webdriver.Chrome) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, "nav tbody tr")


def open_category(browser: webdriver.Chrome, category: str) -> list[WebElement]:
    """Go to a category through the menu, as a reader does, and return its lines."""
    browser.execute_script("app.setView({navbarMode: 'menu'})")
    click(browser, CATEGORIES[category])
    return wait(browser, lambda: rows(browser))


def press(browser: webdriver.Chrome, category: str, number: int, button: int) -> None:
    """Click on a button in the line of an item, as soon as the list has come to rest."""

    def pressed() -> bool:
        try:
            rows(browser)[number - 1].find_elements(By.TAG_NAME, "a")[button].click()
        except (ElementClickInterceptedException, StaleElementReferenceException):
            return False  # the page has moved between looking and clicking
        return True

    open_category(browser, category)
    wait(browser, pressed)


def show(browser: webdriver.Chrome, category: str, number: int) -> None:
    """Click on the eye in the line of an item."""
    press(browser, category, number, button=0)


def test_it_opens_with_the_front_page(browser: webdriver.Chrome) -> None:
    text = browser.find_element(By.CSS_SELECTOR, "#app .prose").text
    assert text.startswith("Contrasting the landscape of contrastive and non-contrastive learning")
    for part in ("variant smoke", "Reproduced:", "Not reproduced:", "published cells", "Theory"):
        assert part in text
    heading = browser.find_element(By.CSS_SELECTOR, "#app .prose h1")
    assert heading.rect["y"] >= 0, "the top of the page cannot be seen"


@pytest.mark.parametrize("category", ITEMS)
def test_each_category_lists_its_items_in_order(
    browser: webdriver.Chrome, plan: ReportPlan, category: str
) -> None:
    shown = [line.text.split(maxsplit=1) for line in open_category(browser, category)]
    expected = [plan.labels(category, name)["Title"] for name in plan.titles[category]]
    assert len(shown) == ITEMS[category]
    assert [number for number, _ in shown] == [str(n) for n in range(1, len(shown) + 1)]
    assert [title for _, title in shown] == expected


@pytest.mark.parametrize(("category", "number"), [("figures", 2), ("comparison", 2), ("theory", 3)])
def test_a_picture_shows(browser: webdriver.Chrome, category: str, number: int) -> None:
    show(browser, category, number)
    picture = wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#app img[src^=data]"))
    loaded = "return arguments[0].complete && arguments[0].naturalWidth"
    assert wait(browser, lambda: browser.execute_script(loaded, picture[-1])) > 800
    box = picture[-1].rect
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= browser.execute_script("return window.innerHeight")


@pytest.mark.parametrize(
    ("category", "number", "text"),
    [
        ("tables", 2, "CL-basic"),
        ("comparison", 1, "The paper's claims, judged on these runs"),
        ("comparison", 3, "Our Tables 1 to 3 against the published ones"),
        ("theory", 1, "Theorem 3"),
    ],
)
def test_a_table_shows(browser: webdriver.Chrome, category: str, number: int, text: str) -> None:
    show(browser, category, number)
    frame = wait(browser, lambda: browser.find_elements(By.TAG_NAME, "iframe"))[0]
    browser.switch_to.frame(frame)
    try:
        body = wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "body table"))
        assert body[0].is_displayed()
        assert text in browser.find_element(By.TAG_NAME, "body").text
        assert len(browser.find_elements(By.CSS_SELECTOR, "table td")) > 20
    finally:
        browser.switch_to.default_content()


def test_a_caption_has_the_numbers_of_its_curves(
    browser: webdriver.Chrome, smoke: SmokeRun
) -> None:
    press(browser, "figures", 2, button=1)
    shown = wait(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "nav .prose"))[0].text
    written = (smoke.results / "figures/figure_02.rst").read_text(encoding="utf-8")
    numbers = [text for text in written.split() if text.startswith("0.") and len(text) == 5]
    assert len(numbers) == 16
    assert all(number in shown for number in numbers)
    assert "NT-Xent loss (temperature 0.05)" in shown


def test_every_item_has_its_own_caption(browser: webdriver.Chrome) -> None:
    captions = browser.execute_script("return Object.values(results).map(r => r.caption)")
    assert len(captions) == sum(ITEMS.values())
    assert len(set(captions)) == len(captions)
    assert all("<strong>" in caption for caption in captions)
    assert not any("system-message" in caption for caption in captions)


def test_nothing_is_wrong_or_fetched(browser: webdriver.Chrome) -> None:
    check_quiet(browser)


def test_it_is_small_enough_to_send(report: Path) -> None:
    assert report.stat().st_size < LARGEST * 1e6


def test_it_is_made_without_a_network(smoke: SmokeRun, report: Path, tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode:
        unavailable("the system lets nobody leave the network")
    path = tmp_path / "report.html"
    command = ["all", "--report", str(path)]
    process = smoke.workspace.snakemake(*command, before=("unshare", "-rn"))
    assert process.returncode == 0, process.stderr[-4000:]
    assert abs(path.stat().st_size - report.stat().st_size) < 1000


@pytest.mark.parametrize("options", [("--report", "report.html"), ("--report=report.zip",)])
def test_what_is_not_built_is_said_in_one_line(fresh: Workspace, options: tuple[str, ...]) -> None:
    process = fresh.run("snakemake", *options, "--configfile", SMOKE)
    assert process.returncode == 1
    said = shown(process)
    assert "30 of 30 files of the report are not built, first results/smoke/" in said
    assert "Missing metadata" not in said
    assert len(said.splitlines()) < 10
    assert not list(fresh.folder.glob("report.*"))
