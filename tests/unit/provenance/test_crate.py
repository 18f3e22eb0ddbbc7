"""The crate conforms to its profile, and equal records give an equal crate."""

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from requests import Response
from rocrate_validator import models, services
from rocrate_validator.utils.http import HttpRequester

from ssl_landscape.errors import UserError
from ssl_landscape.provenance.crate import write_crate

from .conftest import RUNS, Build

CONFIGS = [Path("config.yaml")]


@pytest.fixture
def crate(built: Build) -> Path:
    for name in ("Snakefile", "config.yaml", "README.md", "LICENSE"):
        Path(name).write_text(name)
    assert write_crate(built.plan, CONFIGS, Path("crate"), "A. Person") == 8
    return Path("crate")


def test_it_conforms_to_the_profile(
    crate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checked without a network: the profiles come with the validator, the context with rocrate.

    That is the context of RO-Crate 1.3, in which four of Bioschemas' terms have moved since 1.1.
    """
    path = resources.files("rocrate") / "data" / "ro-crate.jsonld"
    context = json.loads(path.read_text(encoding="utf-8"))
    base = "https://bioschemas.org/"
    kinds = {name: f"{base}{name}" for name in ("ComputationalWorkflow", "FormalParameter")}
    ports = {name: f"{base}ComputationalWorkflow#{name}" for name in ("input", "output")}
    context["@context"] |= kinds | ports

    def get(_: HttpRequester, url: str, **__: Any) -> Response:
        response = Response()
        response.url, response.status_code = url, 200 if url.endswith("/context") else 404
        response.headers["Content-Type"] = "application/ld+json"
        response._content = json.dumps(context).encode()
        return response

    monkeypatch.setattr(HttpRequester, "get", get, raising=False)
    monkeypatch.setattr(HttpRequester, "head", get, raising=False)
    settings = services.ValidationSettings(
        rocrate_uri=crate,
        profile_identifier="workflow-run-crate",
        requirement_severity=models.Severity.REQUIRED,
        cache_path=tmp_path,
        offline=True,
    )
    result = services.validate(settings)
    assert result.passed(), [issue.message for issue in result.get_issues()]


def test_it_has_every_file_and_every_job(crate: Path) -> None:
    content = json.loads((crate / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    entities = {entity["@id"]: entity for entity in content["@graph"]}
    files = {i: e for i, e in entities.items() if "File" in e["@type"]}
    inside = {path.relative_to(crate).as_posix() for path in crate.rglob("*") if path.is_file()}
    assert inside == {*files, "ro-crate-metadata.json"}
    for name, entity in files.items():
        assert entity["sha256"] == hashlib.sha256((crate / name).read_bytes()).hexdigest()
    action = entities[f"#run-runs/{RUNS[0]}/run.json"]
    record = json.loads(Path(f"results/runs/{RUNS[0]}/run.json").read_text())
    assert [one["@id"] for one in action["object"]] == list(record["inputs"])
    assert (action["startTime"], action["endTime"]) == (record["start"], record["end"])
    assert action["agent"] == {"@id": "#agent"}
    assert len([e for e in entities.values() if e["@type"] == "CreateAction"]) == 8 + 1


def test_it_names_the_licences_of_code_and_results(crate: Path) -> None:
    content = json.loads((crate / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    entities = {entity["@id"]: entity for entity in content["@graph"]}
    named = [entities[one["@id"]]["name"] for one in entities["./"]["license"]]
    assert named == ["MIT", "CC-BY-4.0"]
    assert entities[entities["Snakefile"]["license"]["@id"]]["name"] == "MIT"
    assert {"@id": "LICENSE"} in entities["./"]["hasPart"]


def test_equal_records_give_an_equal_crate(crate: Path, built: Build) -> None:
    before = (crate / "ro-crate-metadata.json").read_bytes()
    write_crate(built.plan, CONFIGS, crate, "A. Person")
    assert (crate / "ro-crate-metadata.json").read_bytes() == before


def test_nothing_is_packed_when_altered(crate: Path, built: Build) -> None:
    Path("results/tables/table_2.md").write_text("x")
    with pytest.raises(UserError, match=r"table_2\.md: does not match its record"):
        write_crate(built.plan, CONFIGS, Path("other"), None)
    assert not Path("other").exists()
    with pytest.raises(UserError, match="lies outside of the repository"):
        write_crate(built.plan, [Path("/config.yaml")], Path("other"), None)


def test_without_records_there_is_none(build: Build) -> None:
    with pytest.raises(UserError, match="no records are here; run Snakemake first"):
        write_crate(build.plan, CONFIGS, Path("crate"), None)
