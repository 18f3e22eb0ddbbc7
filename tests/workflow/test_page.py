"""The static page of the published results, in a real browser (chromium) without a network."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from ssl_landscape.report.curves import COLUMNS

from .browser import check_quiet, opened
from .workspace import PROJECT, Workspace, shown


def write_some_curves(target: Path) -> None:
    """Write curves of the models of Figure 2: a line up, a line down, before training no loss."""
    lines = [",".join(["model", "sparsity", "epoch", *COLUMNS])]
    for model, last in (("cl-basic", 0.9), ("ncl-basic", 0.1)):
        for sparsity in ("0.1", "0.2", "0.3"):
            for epoch in (0, 100, 200):
                value = 0.5 + (last - 0.5) * epoch / 200
                numbers = ["" if c.startswith("loss") and not epoch else value for c in COLUMNS]
                lines.append(",".join(map(str, [model, sparsity, epoch, *numbers])))
    target.write_text("\n".join([*lines, ""]))


@pytest.fixture(scope="module")
def browser(project: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """Write the page in a copy of the project, and open it."""
    workspace = project.copy(tmp_path_factory.mktemp("page") / "project")
    published = workspace.folder / "results/published"
    shutil.copytree(PROJECT / "results/published", published)
    write_some_curves(published / "figures/curves.csv")
    process = workspace.run("ssl-landscape", "page", "site")
    assert process.returncode == 0, shown(process)
    with opened(workspace.folder / "site/index.html") as chrome:
        yield chrome


def texts(browser: webdriver.Chrome, selector: str) -> list[str]:
    return [e.text for e in browser.find_elements(By.CSS_SELECTOR, selector) if e.is_displayed()]


def test_it_opens_with_the_headline(browser: webdriver.Chrome) -> None:
    assert browser.find_element(By.TAG_NAME, "h1").text.endswith("learning, reproduced")
    assert len(texts(browser, ".facts li")) == 3
    assert len(texts(browser, "#claims-table tbody tr")) == 12


def test_all_pictures_are_loaded(browser: webdriver.Chrome) -> None:
    """Those further down too, as soon as they are scrolled to."""
    browser.execute_script("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    done = "return Promise.all([...document.images].map(i => i.decode())).then(() => 1)"
    assert browser.execute_script(done) == 1
    assert len(browser.find_elements(By.CSS_SELECTOR, "figure[id] > img")) == 18
    studies = "details[id^='beyond/'] figure > img"
    assert len(browser.find_elements(By.CSS_SELECTOR, studies)) == 5


def test_cells_are_sorted(browser: webdriver.Chrome) -> None:
    head = browser.find_elements(By.CSS_SELECTOR, "#cells-table th button")[7]
    for order in ("ascending", "descending"):
        browser.execute_script("arguments[0].click()", head)
        column = texts(browser, "#cells-table tbody td:nth-child(8)")
        values = [float(text) for text in column if text]
        assert values == sorted(values, reverse=order == "descending")
        assert head.find_element(By.XPATH, "..").get_attribute("aria-sort") == order
    assert len(values) > 40


def test_cells_are_filtered(browser: webdriver.Chrome) -> None:
    form = browser.find_element(By.CSS_SELECTOR, "form.filters")
    form.find_element(By.TAG_NAME, "input").send_keys("ncl-basic")
    Select(form.find_element(By.CSS_SELECTOR, "[data-column='2']")).select_by_visible_text("0.3")
    rows = texts(browser, "#cells-table tbody tr")
    assert rows
    assert all("NCL-basic" in row and "0.3" in row.split() for row in rows), rows
    assert form.find_element(By.TAG_NAME, "output").text == f"{len(rows)} of 90 shown"
    form.find_element(By.TAG_NAME, "input").clear()


def test_curves_tell_their_values(browser: webdriver.Chrome) -> None:
    """With the pointer, and with the keyboard."""
    details = browser.find_element(By.CSS_SELECTOR, "[data-figure='figure_02']")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", details)
    details.find_element(By.TAG_NAME, "summary").click()
    panels = details.find_elements(By.CSS_SELECTOR, ".panels svg")
    assert len(panels) == 3
    said = details.find_element(By.TAG_NAME, "output")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", panels[1])
    webdriver.ActionChains(browser).move_to_element(panels[1]).perform()
    assert said.text.startswith("Pr(sparse) = 0.2, epoch 100: NCL-basic 0.300 (runs from")
    panels[2].send_keys(Keys.ARROW_LEFT, Keys.ARROW_RIGHT)
    assert said.text.startswith("Pr(sparse) = 0.3, epoch 200: NCL-basic 0.100")
    assert "CL-basic 0.900" in said.text
    Select(details.find_element(By.TAG_NAME, "select")).select_by_visible_text("Loss")
    assert len(details.find_elements(By.CSS_SELECTOR, ".panels svg")) == 3


def test_a_link_opens_what_is_closed(browser: webdriver.Chrome) -> None:
    browser.execute_script("location.hash = '#ablations/noise'")
    assert browser.find_element(By.ID, "ablations/noise").get_attribute("open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1500])
def test_it_fits_any_window(browser: webdriver.Chrome, scheme: str, width: int) -> None:
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    look = "return getComputedStyle(document.body)"
    ink, paper = (
        sum(map(int, browser.execute_script(f"{look}.{name}").strip("rgb()").split(",")))
        for name in ("color", "backgroundColor")
    )
    assert abs(ink - paper) > 500
    assert (ink > paper) == (scheme == "dark")


def test_nothing_is_wrong_or_fetched(browser: webdriver.Chrome) -> None:
    check_quiet(browser)
