"""What a release needs beside the code: licence, citation, changelog, lock, container, CI."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from .helpers import REPOSITORY

AUTHORS = ["Ashwini Pokle", "Jinjin Tian", "Yuchen Li", "Andrej Risteski"]
INSTALL = "-c envs/constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu"
# What torch's build for CUDA, and other platforms, bring beside the pinned packages.
ONLY_IN_THE_LOCK = r"(nvidia|cuda)-.+|triton|colorama|pyreadline3|setuptools"


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def schema_errors(schema: str, path: Path) -> str:
    """Return what check-jsonschema says of a file that does not fit a schema that it brings."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(path)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return process.stdout if process.returncode else ""


PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
CITATION = yaml.safe_load(read("CITATION.cff"))
WORKFLOW = yaml.safe_load(read(".github/workflows/ci.yml"))


def normalised(name: str) -> str:
    """Return a package's name as the index compares it."""
    return re.sub("[._]", "-", name.lower())


def locked() -> dict[str, tuple[str, list[str]]]:
    """Return name -> version and hashes of each package in the lock."""
    found = {}
    for entry in re.split(r"\n(?=\S)", read("envs/requirements.lock")):
        if match := re.match(r"([\w.-]+)==([\w.+-]+)", entry):
            found[normalised(match[1])] = match[2], re.findall(r"sha256:([0-9a-f]{64})\b", entry)
    return found


LOCKED = locked()


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("vendor.citation-file-format", "CITATION.cff"),
        ("vendor.github-workflows", ".github/workflows/ci.yml"),
    ],
)
def test_a_file_fits_its_schema(tmp_path: Path, schema: str, name: str) -> None:
    assert schema_errors(schema, REPOSITORY / name) == ""
    other = tmp_path / Path(name).name
    other.write_text(read(name) + "nonsense: 1\n", encoding="utf-8")
    assert "nonsense" in schema_errors(schema, other)


def test_version_and_licence_are_the_same_everywhere() -> None:
    assert re.search(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)[1] == PROJECT["version"]
    assert CITATION["version"] == PROJECT["version"]
    assert read("LICENSE").startswith(f"{PROJECT['license']} License\n")
    assert PROJECT["license-files"] == ["LICENSE"]
    assert CITATION["license"] == [PROJECT["license"], "CC-BY-4.0"]
    assert all(licence in read("README.md") for licence in CITATION["license"])


def test_readme_and_citation_name_the_paper_and_the_released_code() -> None:
    paper, released = CITATION["references"]
    people = [f"{person['given-names']} {person['family-names']}" for person in paper["authors"]]
    assert people == AUTHORS
    cited = " ".join(read("README.md").partition("## How to cite")[2].replace("*", "").split())
    assert f"{', '.join(AUTHORS[:3])} and {AUTHORS[3]}. {paper['title']}. AISTATS" in cited
    assert f"]({paper['url']})" in cited
    assert f"]({released['repository-code']})" in read("docs/readings.md")


class TestLock:
    """envs/requirements.lock, made by uv from pyproject.toml and envs/constraints.txt."""

    def test_it_agrees_with_the_constraints(self) -> None:
        lines = read("envs/constraints.txt").splitlines()
        pins = [line.split("==") for line in lines if not line.startswith("#")]
        pinned = {normalised(name): version for name, version in pins}
        assert len(pinned) == len(pins)
        extra = {name for name in LOCKED if re.fullmatch(ONLY_IN_THE_LOCK, name)}
        assert {name: LOCKED[name][0] for name in LOCKED.keys() - extra} == {
            name: pinned.get(name) for name in LOCKED.keys() - extra
        }

    def test_it_has_every_direct_dependency_but_those_of_the_tests(self) -> None:
        extras = PROJECT["optional-dependencies"]
        names = [*PROJECT["dependencies"]]
        names += [name for extra, of in extras.items() if extra != "test" for name in of]
        direct = {normalised(re.split(r"[<>=]", name)[0]) for name in names}
        assert direct <= LOCKED.keys()

    def test_every_package_has_hashes_and_none_an_address(self) -> None:
        assert all(hashes for _, hashes in LOCKED.values())
        assert "://" not in read("envs/requirements.lock")


class TestContainer:
    """envs/Dockerfile, which nobody has built."""

    def test_the_linter_finds_nothing(self, tmp_path: Path) -> None:
        def lint(file: Path) -> subprocess.CompletedProcess:
            # Not the machine's own settings of the linter.
            command = [shutil.which("hadolint"), "--no-color", "--config", "/dev/null", str(file)]
            return subprocess.run(command, capture_output=True, text=True, timeout=60)

        process = lint(REPOSITORY / "envs/Dockerfile")
        assert (process.returncode, process.stdout) == (0, ""), process.stderr
        bad = tmp_path / "Dockerfile"
        bad.write_text("FROM python\n")
        assert "DL3006" in lint(bad).stdout

    def test_what_it_copies_is_there_and_it_installs_as_the_page_says(self) -> None:
        text = read("envs/Dockerfile").replace("\\\n", "")
        for names in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
            assert all((REPOSITORY / name).exists() for name in names.split())
        line = re.search(r"pip install (.+)$", text, re.MULTILINE)[1]
        line = line.replace("--constraint", "-c").replace("--editable", "-e")
        assert line.split() == ["--no-cache-dir", *INSTALL.split(), "-e", "."]
        conda = yaml.safe_load(read("envs/ssl-landscape.yaml"))["dependencies"]
        (python,) = re.findall(r"^FROM python:([\d.]+)-", text, re.MULTILINE)
        assert f"python ={python}" in conda


def test_ci_installs_as_the_page_says_and_runs_what_exists() -> None:
    from ssl_landscape.cli.main import _parser

    assert f"`pip install {INSTALL} -e .`" in read("docs/installing.md")
    assert WORKFLOW["env"]["INSTALL"] == f"pip install {INSTALL}"
    assert WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"][0] == "3.11"
    runs = [
        step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step
    ]
    assert len(runs) >= 8
    for name in re.findall(r"\S+/\S+\.yaml", " ".join(runs)):
        assert (REPOSITORY / name).is_file()
    for line in runs:
        if line.startswith("ssl-landscape "):
            _parser().parse_args(line.split()[1:])
