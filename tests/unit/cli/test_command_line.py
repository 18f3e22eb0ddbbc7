"""The command line for a person: an example in every help text, and completion in the shell."""

import os
import re
import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest
from ssl_landscape.cli.examples import EXAMPLES

from ssl_landscape.cli.main import _parser, main

from ..helpers import REPOSITORY


def help_of(capsys, *names):
    with pytest.raises(SystemExit) as end:
        main([*names, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


def steps_in(text):
    """Read the names of the steps, or of a step's parts, from a help text."""
    listed = re.search(r"^  (?:STEP|PART)\n(.*?)\n\n", text, re.DOTALL | re.MULTILINE)
    return re.findall(r"^    (\S+)", listed[1], re.MULTILINE) if listed else []


def test_every_step_and_part_has_an_example(capsys):
    steps = steps_in(help_of(capsys))
    assert {"train", "figure", "status", "show", "compare"} <= set(steps)
    for step in steps:
        text = help_of(capsys, step)
        parts = steps_in(text)
        for name in [f"{step} {part}" for part in parts] or [step]:
            shown = help_of(capsys, *name.split())
            assert f"example:\n  ssl-landscape {name}" in shown, f"EXAMPLES has no {name!r}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_commands_of_the_program(name):
    for line in EXAMPLES[name].splitlines():
        program, *words = shlex.split(line)
        if program == "ssl-landscape":
            assert _parser().parse_args(words).name == name.split()[0]
        else:
            assert "ssl-landscape status" in line


def test_a_missing_option_names_the_next_step(capsys):
    assert main(["train", "--config", str(REPOSITORY / "config.yaml")]) == 2
    said = capsys.readouterr().err
    assert "--model, --sparsity, --seed" in said
    assert "see ssl-landscape train --help" in said


def complete(tmp_path, line):
    """Ask for completions as bash does, through argcomplete."""
    answers = tmp_path / "answers"
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    asked |= {"_ARGCOMPLETE_STDOUT_FILENAME": str(answers), "_ARGCOMPLETE_IFS": "\n"}
    program = Path(sysconfig.get_path("scripts")) / "ssl-landscape"
    subprocess.run([program], env=os.environ | asked, cwd=REPOSITORY, check=True, timeout=60)
    return [word.strip() for word in answers.read_text().splitlines()]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ssl-landscape sta", {"status"}),
        ("ssl-landscape train --mo", {"--model"}),
        ("ssl-landscape train --model simplified", {"simplified-simclr", "simplified-simsiam"}),
        ("ssl-landscape figure --figure figure_1", {f"figure_1{n}" for n in range(9)}),
        ("ssl-landscape show table", {"table_1", "table_2", "table_3"}),
        ("ssl-landscape report page --page theory", {"theory/verdicts"}),
        ("ssl-landscape compare conf", {"config.yaml"}),
    ],
)
def test_completion(tmp_path, line, expected):
    assert set(complete(tmp_path, line)) == expected
