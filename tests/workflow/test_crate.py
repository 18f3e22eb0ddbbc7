"""The crate of a whole run has every file that it names, and tells of every job."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import SmokeRun
from .workspace import SMOKE, Workspace, shown

CRATE = "results/smoke/provenance/crate"
PROFILE = "https://w3id.org/ro/wfrun/workflow/0.5"


@pytest.fixture(scope="module")
def crate(smoke: SmokeRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = smoke.workspace.copy(tmp_path_factory.mktemp("crate") / "project")
    process = workspace.snakemake("crate")
    assert process.returncode == 0, shown(process)
    return workspace.folder / CRATE


@pytest.fixture(scope="module")
def entities(crate: Path) -> dict[str, dict[str, Any]]:
    content = json.loads((crate / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    return {entity["@id"]: entity for entity in content["@graph"]}


def refs(value: Any) -> list[str]:
    return [one["@id"] for one in (value if isinstance(value, list) else [value])]


def test_it_names_its_profile_and_workflow(entities: dict) -> None:
    root = entities["./"]
    assert PROFILE in refs(root["conformsTo"])
    workflow = entities[root["mainEntity"]["@id"]]
    assert workflow["@id"] == "Snakefile"
    assert "ComputationalWorkflow" in workflow["@type"]
    assert refs(entities["#run"]["object"]) == ["config.yaml", SMOKE]


def test_every_job_is_an_action(entities: dict, smoke: SmokeRun) -> None:
    records = [path for path in smoke.results.rglob("*.json") if path.name == "run.json"]
    actions = {i: e for i, e in entities.items() if e["@type"] == "CreateAction"}
    trained = [e for e in actions.values() if e["instrument"]["@id"] == "#tool-train"]
    assert len(trained) == len(records) == 84
    action = actions["#run-runs/cl-basic/sparsity-0.1/seed-1/run.json"]
    record = json.loads((smoke.results / "runs/cl-basic/sparsity-0.1/seed-1/run.json").read_text())
    assert refs(action["object"]) == list(record["inputs"])
    assert set(refs(action["result"])) > set(record["outputs"])
    assert (action["startTime"], action["endTime"]) == (record["start"], record["end"])


def test_every_file_is_there_with_its_size_and_hash(crate: Path, entities: dict) -> None:
    files = {i: e for i, e in entities.items() if "File" in e["@type"]}
    inside = {path.relative_to(crate).as_posix() for path in crate.rglob("*") if path.is_file()}
    assert inside == {*files, "ro-crate-metadata.json"}
    assert len(files) > 500
    for name, entity in files.items():
        content = (crate / name).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest(), name
        assert entity["contentSize"] == str(len(content)), name


def test_nothing_is_packed_without_records_or_when_altered(
    finished: Workspace, fresh: Workspace
) -> None:
    command = ("ssl-landscape", "crate", "--config", "config.yaml", SMOKE)
    process = fresh.run(*command)
    assert process.returncode == 2
    assert "no records are here" in process.stderr
    table = finished.folder / "results/smoke/tables/table_1.md"
    table.write_text("x", encoding="utf-8")
    process = finished.run(*command)
    assert process.returncode == 2
    assert "table_1.md: does not match its record" in process.stderr
    assert not (finished.folder / CRATE).exists()
