"""A real browser (chromium) that reaches no network."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from required import unavailable
from selenium import webdriver

ARGUMENTS = (
    *("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"),
    *("window-size=1500,950", "host-resolver-rules=MAP * ~NOTFOUND"),
)


@contextlib.contextmanager
def opened(page: Path) -> Iterator[webdriver.Chrome]:
    """Yield a browser that shows a page."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (program and driver):
        unavailable("apt-get install chromium chromium-driver (.ci/run does)")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in ARGUMENTS:
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=driver)
    chrome = webdriver.Chrome(options=options, service=service)
    chrome.get(page.as_uri())
    yield chrome
    chrome.quit()


def check_quiet(browser: webdriver.Chrome) -> None:
    """Check that nothing went wrong, and that nothing was fetched."""
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []
    names = browser.execute_script("return performance.getEntries().map(e => e.name)")
    assert [name for name in names if name.startswith("http")] == []
