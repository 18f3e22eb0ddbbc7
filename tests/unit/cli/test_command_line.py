"""The command line for a person: an example in every help text, and completion in the shell."""

import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from ssl_landscape.cli.main import _parser, main

from ..helpers import REPOSITORY


def help_of(capsys: pytest.CaptureFixture, *names: str) -> str:
    with pytest.raises(SystemExit) as end:
        main([*names, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


COMMANDS = re.findall(r"^    ([a-z]+) ", _parser().format_help(), re.MULTILINE)


def test_the_commands() -> None:
    assert [
        *(
            "job",
            "train",
            "check",
            "schema",
            "settings",
            "status",
            "show",
            "compare",
            "page",
            "timings",
            "bench",
        ),
        *("audit", "publish", "release", "fetch", "trace", "crate", "why"),
    ] == COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_a_command_of_the_program(
    capsys: pytest.CaptureFixture, name: str
) -> None:
    examples = help_of(capsys, name).partition("\nexample:\n")[2].splitlines()
    assert examples
    for line in examples:
        program, *words = shlex.split(line)
        assert program == "ssl-landscape"
        assert _parser().parse_args(words).name_of_command == name


class TestWatch:
    """`ssl-landscape status --watch`, in a folder with nothing but the config."""

    @pytest.fixture(autouse=True)
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "config.yaml").symlink_to(REPOSITORY / "config.yaml")

    def test_it_shows_the_state_again_until_ctrl_c(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
    ) -> None:
        waited: list[float] = []

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            Path("results/datasets/sparse-0.1/seed-1").mkdir(parents=True, exist_ok=True)
            for name in ("samples.parquet", "dictionary.parquet", "record.json"):
                Path("results/datasets/sparse-0.1/seed-1", name).write_text("{}")
            if len(waited) == 2:
                raise KeyboardInterrupt

        monkeypatch.setattr("time.sleep", sleep)
        assert main(["status", "--watch"]) == 0
        shown = re.findall(r"^datasets +(\d+)", capsys.readouterr().out, re.MULTILINE)
        assert (shown, waited) == (["0", "1"], [10, 10])

    @pytest.mark.parametrize("seconds", ["0", "-1", "nan"])
    def test_it_takes_its_time(self, seconds: str, capsys: pytest.CaptureFixture) -> None:
        assert main(["status", f"--watch={seconds}"]) == 2
        assert capsys.readouterr().err.endswith(
            f"error: --watch {seconds}: must be at least 1 second\n"
        )


def test_what_is_not_json_is_refused(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as end:
        main(["job", "figure", "figure_02", "--spec", "{"])
    assert end.value.code == 2
    assert "--spec: not JSON: " in capsys.readouterr().err


TRACE = ("trace", "results/published/tables/table_3.md")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("show", "table_3"), "0.5 ? 0.1"),
        (TRACE, "? metrics ncl-warm-start"),
        ((*TRACE, "--json"), r"noise \u03c3 of"),
        (("show", "\u2264"), r"there is no '\u2264'"),
        (("check", "--config", "\udcff.yaml"), r"\udcff.yaml"),
    ],
)
def test_any_terminal(tmp_path, monkeypatch, encoding: str, words: tuple, shown: str) -> None:
    """What it cannot show is replaced; JSON stays JSON."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").symlink_to(REPOSITORY / "config.yaml")
    (tmp_path / "results/tables").mkdir(parents=True)
    (tmp_path / "results/published").symlink_to(REPOSITORY / "results/published")
    (tmp_path / "results/tables/table_3.md").write_text("0.5 \u2264 0.1", encoding="utf-8")
    streams = [io.TextIOWrapper(io.BytesIO(), encoding, write_through=True) for _ in range(2)]
    for name, stream in zip(("stdout", "stderr"), streams, strict=True):
        monkeypatch.setattr(sys, name, stream)
    main(list(words))
    assert shown in "".join(stream.buffer.getvalue().decode(encoding) for stream in streams)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ssl-landscape sta", {"status"}),
        ("ssl-landscape train --mo", {"--model"}),
        ("ssl-landscape job theory", {"theory_verdicts"}),
        ("ssl-landscape compare conf", {"config.yaml"}),
    ],
)
def test_completion(tmp_path, line: str, expected: set[str]) -> None:
    answers = tmp_path / "answers"  # as bash asks, through argcomplete
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    asked |= {"_ARGCOMPLETE_STDOUT_FILENAME": str(answers), "_ARGCOMPLETE_IFS": "\n"}
    command = [sys.executable, "-c", "from ssl_landscape.cli.main import main; main()"]
    subprocess.run(command, env=os.environ | asked, cwd=REPOSITORY, check=True, timeout=60)
    assert {word.strip() for word in answers.read_text().splitlines()} == expected
