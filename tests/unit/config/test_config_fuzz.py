"""Thousands of broken configs: each is planned, or refused in one line before any job starts.

Most cases are a YAML file laid over ``config.yaml`` and read by what the Snakefile calls; some are
read by ``ssl-landscape check`` too. A case's name says what is in the file.
"""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from snakemake.common.configfile import load_configfile
from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from ssl_landscape.cli.main import main
from ssl_landscape.comparison.cells import compare_cells
from ssl_landscape.comparison.reasons import read_reasons
from ssl_landscape.config import load_config, read_yaml
from ssl_landscape.config.loading import merge
from ssl_landscape.errors import UserError
from ssl_landscape.pipeline.plan import Plan, canonical
from ssl_landscape.pipeline.report_plan import ReportPlan
from ssl_landscape.pipeline.snakefile_helpers import load_plan
from ssl_landscape.theory import STATEMENTS

from ..helpers import REPOSITORY, outcome, spec_of

CONFIG = REPOSITORY / "config.yaml"

# What people write, and what breaks readers: as it stands in the file.
VALUES = {
    "nothing": "",
    "null": "null",
    "text": "some words",
    "empty text": '""',
    "exponent without a point": "1e-3",
    "exponent with a point": "1.0e-3",
    "no": "no",
    "on": "on",
    "quoted no": '"no"',
    "quoted number": '"5"',
    "zero": "0",
    "minus one": "-1",
    "minus zero": "-0.0",
    "half": "0.5",
    "one and a half": "1.5",
    "five": "5",
    "thousands": "1_000",
    "hexadecimal": "0x10",
    "octal": "010",
    "sixtieths": "1:30",
    "date": "2020-01-01",
    "huge": "1" + "0" * 30,
    "too huge for text": "0x" + "f" * 5000,
    "above float": "1.0e+400",
    "below float": "1.0e-400",
    "nan": ".nan",
    "inf": ".inf",
    "minus inf": "-.inf",
    "list": "[1, 2]",
    "empty list": "[]",
    "list of nothing": "[null]",
    "list in lists": "[[[[1]]]]",
    "thousands of seeds": str(list(range(5000))),
    "mapping": "{a: 1}",
    "empty mapping": "{}",
    "unicode": "é🎲½",
    "long text": "x" * 5000,
    "line break": '"a\\nb"',
    "control characters": '"\\e[31m\\r\\0"',
    "binary": "!!binary aGVsbG8=",
    "set": "!!set {a, b}",
    "omap": "!!omap [a: 1]",
    "anchor": "&here 5",
    "braces": "'{0} {params.spec} {'",
    "path": "../../etc/passwd",
    "command": "$(touch canary); `touch canary`",
}
_ENTRIES = """
device variant pathvars override override.epochs unknown defaults defaults.dataset
defaults.sparsities defaults.seeds defaults.neurons defaults.layers defaults.batch_norm
defaults.activation defaults.initial_bias defaults.second_layer_weights
defaults.head_weights defaults.projector
defaults.predictor defaults.loss defaults.loss.name defaults.loss.normalise defaults.update
defaults.update.name
defaults.masks defaults.masks.scheme defaults.masks.keep defaults.warm_start
defaults.weight_normalisation defaults.epochs defaults.batch_size defaults.partial_batch
defaults.learning_rate defaults.momentum defaults.weight_decay models models.ncl-basic
models.ncl-basic.label models.ncl-basic.colour models.cl-basic.loss.temperature
models.ncl-warm-start.warm_start.c models.ncl-warm-start.warm_start.columns datasets
datasets.sparse datasets.sparse.p datasets.sparse.d datasets.sparse.n datasets.sparse.latents
datasets.sparse.noise figures figures.figure_02 figures.figure_02.title figures.figure_02.models
figures.figure_02.metrics tables tables.table_2 tables.table_2.title tables.table_2.published
tables.table_2.rows ablations ablations.latents ablations.latents.question
ablations.latents.models ablations.latents.sparsities ablations.latents.seeds
ablations.latents.epochs ablations.latents.readings ablations.latents.grid
ablations.latents.expected ablations.latents.readings.independent
ablations.latents.readings.independent.label ablations.latents.readings.independent.dataset
ablations.temperature.grid.loss.temperature theory theory.seed theory.theorem_1
theory.theorem_1.dimensions theory.theorem_1.keep theory.theorem_1.points
theory.theorem_2.shapes theory.theorem_3.maps.bias claims claims.ncl-linear-collapses.number
claims.ncl-linear-collapses.statement claims.ncl-linear-collapses.artefacts
claims.ncl-linear-collapses.parts
"""
ENTRIES = _ENTRIES.split()


def nested(entry, text):
    """Write ``entry`` (dotted keys) with a value in YAML's flow style."""
    *parents, last = entry.split(".")
    if "grid" in parents:  # its keys have dots themselves
        cut = parents.index("grid") + 1
        parents, last = parents[:cut], ".".join([*parents[cut:], last])
    lines = [f"{'  ' * i}{key}:\n" for i, key in enumerate(parents)]
    return "".join(lines) + f"{'  ' * len(parents)}{last}: {text}\n"


def make_everything(plan):
    """Work out what the Snakefile asks of a plan before the first job."""
    for run in plan.runs:
        canonical(plan.run_spec(*run))
    for dataset in plan.datasets:
        canonical(plan.dataset_spec(*dataset))
    for kind in ("figure", "table", "ablation"):
        for name in getattr(plan.config, f"{kind}s"):
            canonical(spec_of(plan, kind, name))
    for statement in STATEMENTS:
        canonical(spec_of(plan, "theorem", statement))
    canonical(spec_of(plan, "cells") | spec_of(plan, "claims"))
    assert ReportPlan(plan).titles


def is_one_line(message):
    """Return whether a message is one that a person reads, without what Python or pydantic say."""
    odd = ("Traceback", "pydantic", "Error(", "<unicode string>", "[key]", "object at 0x")
    return (
        message.isprintable()
        and 20 < len(message) < 1500
        and not any(word in message for word in odd)
    )


@pytest.fixture(scope="module")
def base():
    return load_config(CONFIG)


def wrongs(entry, names, base, file):
    """Lay each value over the entry; return what went wrong, and how many were refused."""
    wrong, refused = [], 0
    for what in names:
        text = VALUES[what]
        file.write_text(nested(entry, text), encoding="utf-8")
        laid_over, unread = outcome(lambda: merge(base, read_yaml(file)), UserError)
        # Snakemake's reader has other opinions than ours on what is not read here: see below.
        config = laid_over if laid_over else base
        plan, message = outcome(lambda c=config: load_plan(c, [str(file)]), WorkflowError)
        refused += plan is None
        if plan:
            snakemake_s = copy.deepcopy(base)
            update_config(snakemake_s, load_configfile(file))
            if laid_over != snakemake_s and text != "{}":
                wrong.append(f"{entry}={what}: Snakemake reads {load_configfile(file)}")
            make_everything(plan)
        elif not is_one_line(message):
            wrong.append(f"{entry}={what}: {message:.300}")
        elif not (str(file) in message if unread else entry.rpartition(".")[2] in message):
            wrong.append(f"{entry}={what} is not named: {message:.300}")
    return wrong, refused


@pytest.mark.slow
@pytest.mark.parametrize("entry", ENTRIES)
def test_values_out_of_place(entry, base, tmp_path):
    """46 values for each of 84 entries."""
    wrong, refused = wrongs(entry, VALUES, base, tmp_path / "change.yaml")
    assert wrong == []
    assert refused >= len(VALUES) / 2


@pytest.mark.parametrize("position", range(len(ENTRIES)), ids=ENTRIES)
def test_some_values_out_of_place(position, base, tmp_path):
    """Every 12th of the same values, others for each entry: 322 plans."""
    names = list(VALUES)[position % 12 :: 12]
    wrong, _ = wrongs(ENTRIES[position], names, base, tmp_path / "change.yaml")
    assert wrong == []


def by_command(capsys, *files):
    """Run ``ssl-landscape check``; return its message, or None where the config is valid."""
    code = main(["check", "--config", *map(str, files)])
    said = capsys.readouterr()
    if code == 0:
        assert said.out.startswith("valid: ")
        assert said.err == ""
        return None
    assert code == 2
    assert said.out == ""
    assert said.err.startswith("ssl-landscape check: error: ")
    assert said.err.endswith("\n")
    return said.err.removeprefix("ssl-landscape check: error: ").removesuffix("\n")


PAIRS = [*((e, w) for e in ("defaults.epochs", "figures.figure_02.title") for w in VALUES)]


@pytest.mark.parametrize(("entry", "what"), PAIRS, ids=[f"{e}={w}" for e, w in PAIRS])
def test_the_command_says_what_the_snakefile_says(entry, what, base, tmp_path, capsys):
    file = tmp_path / "change.yaml"
    file.write_text(nested(entry, VALUES[what]), encoding="utf-8")
    config, unread = outcome(lambda: merge(base, read_yaml(file)), UserError)
    message = unread or outcome(lambda: load_plan(config, [str(file)]), WorkflowError)[1]
    assert by_command(capsys, CONFIG, file) == message


HINTS = [
    ("defaults.learning_rate", "1e-3", "YAML takes it as text: write 0.001"),
    ("defaults.epochs", '"5"', "YAML takes it as text: write 5"),
    ("models.cl-basic.loss.temperature", "5e-2", "YAML takes it as text: write 0.05"),
    ("datasets.sparse.noise", "1e-1", "YAML takes it as text: write 0.1"),
    ("tables.table_1.title", "no", "YAML takes yes, no, on and off as true and false"),
    ("defaults.projector", "off", "YAML takes yes, no, on and off as true and false"),
    ("defaults.layers", "yes", "YAML takes yes, no, on and off as true and false"),
]


@pytest.mark.parametrize(("entry", "text", "hint"), HINTS)
def test_the_message_says_what_yaml_made_of_it(entry, text, hint, tmp_path, capsys):
    file = tmp_path / "change.yaml"
    file.write_text(nested(entry, text), encoding="utf-8")
    assert hint in by_command(capsys, CONFIG, file)


# Whole files: what they hold, and what the message says; None: they are read.
FILES = {
    "empty": (b"", "is not a mapping"),
    "blank": (b" \n\n", "is not a mapping"),
    "comment only": (b"# epochs: 3\n", "is not a mapping"),
    "null": (b"null\n", "is not a mapping"),
    "text": (b"epochs\n", "is not a mapping"),
    "number": (b"5\n", "is not a mapping"),
    "list": (b"- epochs: 3\n", "is not a mapping"),
    "tab": (b"override:\n\tepochs: 3\n", "line 2"),
    "open bracket": (b"override: {epochs: 3\n", "line 2"),
    "open quote": (b'variant: "smoke\n', "not valid YAML"),
    "bad indentation": (b"override:\n  epochs: 3\n seeds: 2\n", "line 3"),
    "two values": (b"override: epochs: 3\n", "line 1"),
    "no space after the colon": (b"override:{epochs: 3}\n", "unknown key 'override:{epochs'"),
    "duplicate": (b"variant: a\nvariant: a\n", "the key 'variant' appears twice at line 2"),
    "duplicate below": (b"override:\n  epochs: 1\n  epochs: 2\n", "'epochs' appears twice"),
    "duplicate in json": (b'{"variant": "a", "variant": "b"}', "'variant' appears twice"),
    "duplicate through quotes": (b"variant: a\n'variant': b\n", "'variant' appears twice"),
    "number as key": (b"1: a\n", "the key 1 is not text"),
    "boolean as key": (b"no: a\n", "the key no is not text"),
    "null as key": (b"~: a\n", "the key ~ is not text"),
    "list as key": (b"? [a]\n: b\n", "is not text; quote it"),
    "date as key": (b"2020-01-01: b\n", "is not text"),
    "empty key": (b'"": b\n', "unknown key"),
    "key with line break": (b'"a\\nb": 1\n', "unknown key 'a\\nb'"),
    "long key": (b"x" * 2000 + b": 1\n", "not valid YAML"),
    "long quoted key": (b'? "' + b"x" * 2000 + b'"\n: 1\n', "unknown key"),
    "unicode key": ("Überschrift: 1\n".encode(), "unknown key 'Überschrift'"),
    "latin-1": ("variant: café\n".encode("latin-1"), "not valid YAML"),
    "utf-16": ("variant: smoke\n".encode("utf-16"), "not valid YAML"),
    "byte order mark": (b"\xef\xbb\xbfvariant: smoke\n", None),
    "carriage returns": (b"variant: smoke\r\noverride:\r\n  epochs: 3\r\n", None),
    "nul": (b"variant: a\x00b\n", "not valid YAML"),
    "escape": (b"variant: \x1b[31m\n", "not valid YAML"),
    "binary": (bytes(range(256)), "not valid YAML"),
    "two documents": (b"variant: a\n---\nvariant: b\n", "not valid YAML"),
    "version": (b"%YAML 1.2\n---\nvariant: smoke\n", None),
    "json": (b'{"variant": "smoke", "override": {"epochs": 3}}', None),
    "unknown alias": (b"variant: *smoke\n", "undefined alias"),
    "anchors": (b"override: {epochs: &e 5, batch_size: *e}\n", None),
    "merge key": (b"override: {<<: {epochs: 3}, seeds: 2}\n", None),
    "merge key, replaced": (b"override: &a {<<: &b {epochs: 3}, epochs: 4}\n", None),
    "merge from below": (b"models: {a: &a {epochs: 3}}\nx: {<<: *a}\n", "unknown key 'x'"),
    "merge of a number": (b"override: {<<: 5}\n", "expected a mapping or list of mappings"),
    "number of 5000 digits": (b"override: {epochs: " + b"9" * 5000 + b"}\n", "not valid YAML"),
    "month 13": (b"variant: 2020-13-01\n", "not valid YAML: month must be in 1..12"),
    "binary text": (b"variant: !!binary '*'\n", "valid string, but it is b''"),
    "wrong int": (b"override: {epochs: !!int many}\n", "not valid YAML"),
    "empty int": (b"override: {epochs: !!int ''}\n", "not valid YAML"),
    "wrong bool": (b"override: {batch_norm: !!bool maybe}\n", "not valid YAML"),
    "wrong float": (b"override: {momentum: !!float fast}\n", "not valid YAML"),
    "wrong timestamp": (b"variant: !!timestamp soon\n", "not valid YAML"),
    "wrong map": (b"override: !!map [1]\n", "not valid YAML"),
    "wrong pairs": (b"override: !!pairs [1]\n", "not valid YAML"),
    "unknown tag": (b"variant: !smoke x\n", "not valid YAML"),
    "python name": (b"variant: !!python/name:os.system\n", "not valid YAML"),
    "python call": (b"x: !!python/object/apply:os.system [touch canary]\n", "not valid YAML"),
    "python object": (b"x: !!python/object/new:os.system [touch canary]\n", "not valid YAML"),
    "python module": (b"x: !!python/module:os\n", "not valid YAML"),
    "template": (b"__use_yte__: true\nvariant: smoke\n", "run this file as a template"),
    "template's definitions": (b"__definitions__: [import os]\n", "unknown key"),
    "jinja": (b"variant: {{ name }}\n", "not valid YAML"),
    "environment": (b"variant: $HOME\n", "variant: '$HOME' becomes a file name"),
    "dotted key": (b"override.epochs: 3\n", "unknown key 'override.epochs'"),
    "snakemake's own": (b"configfile: x\n", "unknown key 'configfile'"),
}


@pytest.mark.parametrize("name", FILES)
def test_an_odd_file(name, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content, words = FILES[name]
    file = tmp_path / "odd.yaml"
    file.write_bytes(content)
    message = by_command(capsys, CONFIG, file)
    assert [path.name for path in tmp_path.iterdir()] == ["odd.yaml"]
    if words is None:
        assert message is None
    else:
        assert words in message
        assert is_one_line(message), message
        assert str(file) in message or message.startswith("config: ")


@pytest.mark.parametrize("what", ["a folder", "missing", "not allowed", "its name in latin-1"])
def test_no_file(what, tmp_path, capsys, monkeypatch):
    file = tmp_path / "odd.yaml"
    if what == "a folder":
        file.mkdir()
    if what == "not allowed":
        file = tmp_path / ("x" * 300)
    if what == "its name in latin-1":
        file = tmp_path / "caf\udce9.yaml"
    assert "cannot be read" in by_command(capsys, CONFIG, file)


REASONS = {
    "reasons": "reasons: {}",
    "cells": "reasons: [{{cells: {}, reason: r}}]",
    "claims": "reasons: [{{claims: {}, reason: r}}]",
    "reason": "reasons: [{{claims: [8], reason: {}}}]",
    "evidence": "reasons: [{{claims: [8], reason: r, evidence: {}}}]",
    "table": "reasons: [{{cells: [{{table: {}}}], reason: r}}]",
    "other": "reasons: [{{claims: [8], reason: r, other: {}}}]",
}


class TestReasons:
    """``workflow/comparison/reasons.yaml``, the other YAML file that people write."""

    GOOD = "- {cells: [{table: 2}], claims: [8], reason: r, evidence: [results/tables/table_2.md]}"

    def read(self, file):
        return outcome(lambda: read_reasons(file, compare_cells([], {}), [1, 2]), UserError)

    def test_the_control_is_read(self, tmp_path):
        file = tmp_path / "reasons.yaml"
        file.write_text(f"reasons:\n{self.GOOD}\n", encoding="utf-8")
        assert len(self.read(file)[0]) == 1

    @pytest.mark.parametrize("entry", REASONS)
    def test_values_out_of_place(self, entry, tmp_path):
        """46 values for each of 7 entries."""
        file, wrong, refused = tmp_path / "reasons.yaml", [], 0
        for what, text in VALUES.items():
            # Braces and commas of a flow would end a bare text.
            flow = repr(text) if what in ("command", "text", "path") else text
            file.write_text(REASONS[entry].format(flow) + "\n", encoding="utf-8")
            _, message = self.read(file)
            refused += message is not None
            if message and not (is_one_line(message) and str(file) in message):
                wrong.append(f"{entry}={what}: {message:.300}")
        assert wrong == []
        assert refused >= len(VALUES) / 3

    @pytest.mark.parametrize("name", [n for n, (_, words) in FILES.items() if words])
    def test_an_odd_file(self, name, tmp_path):
        file = tmp_path / "reasons.yaml"
        file.write_bytes(FILES[name][0])
        _, message = self.read(file)
        assert is_one_line(message), message
        assert str(file) in message


def places(value, path=()):
    """Yield the path to every entry of nested mappings and lists."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, below in inner:
        yield (*path, key)
        if isinstance(below, dict | list):
            yield from places(below, (*path, key))


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["ncl-basic", "sparse", "figure_02", "loss", 0.1, 10**400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def test_random_changes(base):
    """400 configs with one to three entries replaced, removed or moved."""
    everywhere = list(places(base))
    ends = {"planned": 0, "refused": 0}

    @settings(
        max_examples=400,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data):
        config = copy.deepcopy(base)
        for _ in range(data.draw(st.integers(1, 3))):
            *parents, last = data.draw(st.sampled_from(everywhere))
            place = config
            for key in parents:
                inside = isinstance(place, dict) and key in place
                inside |= isinstance(place, list) and isinstance(key, int) and key < len(place)
                place = place[key] if inside else {}
            if isinstance(place, list) and not (isinstance(last, int) and last < len(place)):
                continue
            action = data.draw(st.sampled_from(["replace", "remove", "move", "rename"]))
            if not isinstance(place, dict | list):
                continue
            if action == "replace":
                place[last] = data.draw(ANYTHING)
            elif action == "move":
                other = data.draw(st.sampled_from(everywhere))
                value = base
                for key in other:
                    value = value[key]
                place[last] = copy.deepcopy(value)
            elif isinstance(place, dict):
                value = place.pop(last, None)
                if action == "rename":
                    place[data.draw(st.text(max_size=8))] = value
        plan, message = outcome(lambda: Plan(config), UserError)
        if plan:
            make_everything(plan)
        else:
            assert is_one_line(message), message
            assert message.startswith("config: ")
        ends["planned" if plan else "refused"] += 1

    check()
    assert min(ends.values()) > 20, ends
