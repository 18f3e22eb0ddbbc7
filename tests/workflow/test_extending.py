"""docs/extending.md does what it says: its files and commands are taken from the page itself."""

import json
import re
import shlex

import pyarrow.parquet as pq
import pytest

from .test_smoke_run import check_image
from .workspace import PROJECT, SMOKE, Job, Workspace, datasets, metrics, runs, shown

PAGE = (PROJECT / "docs/extending.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^File `([^`]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [line for block in SHELL for line in block.splitlines()]
LOSS, STUDY = "src/ssl_landscape/experiment/losses/smooth_l1.py", "my_study.yaml"
MODEL = "ncl-smooth-l1"


def at_small_scale(command: str) -> list[str]:
    """Lay the small scale between config.yaml and the study, where results have their folder."""
    words = shlex.split(command.replace("results/", "results/smoke/"))
    place = words.index(STUDY)
    return [*words[:place], SMOKE, *words[place:]]


@pytest.fixture
def extended(finished: Workspace) -> Workspace:
    """A finished smoke run with the page's files."""
    for name, text in FILES.items():
        assert not (finished.folder / name).exists(), "the example adds files, it changes none"
        (finished.folder / name).write_text(text, encoding="utf-8")
    return finished


def test_the_page_has_one_small_file_and_config_entries() -> None:
    assert set(FILES) == {LOSS, STUDY}
    assert len(FILES[LOSS].splitlines()) < 25
    assert [command.split()[0] for command in COMMANDS] == [
        "ssl-landscape",
        "snakemake",
        "snakemake",
        "ssl-landscape",
    ]


def test_only_what_is_new_is_made(extended: Workspace) -> None:
    new: set[Job] = (
        datasets("sparse-0.4")
        | runs(MODEL, sparsities=("0.1", "0.4"))
        | metrics(MODEL)
        | {("figure", "smooth_l1"), ("finals", ""), ("captions", ""), ("front_page", "")}
    )
    assert extended.plan(configs=(SMOKE, STUDY)) == new
    assert extended.plan() == set(), "what was there is still up to date without the study"


def test_its_commands_run(extended: Workspace) -> None:
    said = []
    for command in COMMANDS:
        program, *arguments = at_small_scale(command)
        process = extended.run(program, *arguments)
        assert process.returncode == 0, f"{command}\n{shown(process)}"
        said.append(shown(process))
    assert re.search(r"^valid: 12 datasets, 88 training runs, 19 figures", said[0])
    assert "smooth_l1.pdf" in said[1]
    results = extended.folder / "results/smoke"
    for suffix in ("pdf", "png", "svg"):
        check_image(results / f"figures/smooth_l1.{suffix}")
    drawn = (results / "figures/smooth_l1.svg").read_text(encoding="utf-8")
    assert "NCL, smooth L1: median of" in drawn
    assert "Pr(sparse) = 0.4" in drawn
    assert f"{MODEL}/0.4, mean ± std" in said[3]

    # The records tell that its files are not committed.
    record = json.loads((results / f"runs/{MODEL}/sparsity-0.4/seed-1/run.json").read_text("utf-8"))
    assert record["git"]["dirty"]
    assert record["git"]["changed"] == sorted([LOSS, STUDY])

    # Its loss is the one that was trained.
    curve, squared = (
        pq.read_table(results / f"runs/{run}/seed-1/curve.parquet").to_pandas()["loss"]
        for run in (f"{MODEL}/sparsity-0.4", "ncl-basic/sparsity-0.3")
    )
    assert 0 < curve.iloc[-1] < curve.iloc[1] != squared.iloc[1]
