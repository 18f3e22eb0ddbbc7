"""A config cannot run commands or write elsewhere: names are refused, texts are only texts.

Names from a config become parts of paths and of shell commands, texts become parts of pages. Each
attack below would make a file called ``canary`` if any of it were run.
"""

import copy
import json
import pickle
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from docutils.core import publish_parts

from ssl_landscape.config import load_config, read_yaml
from ssl_landscape.errors import UserError
from ssl_landscape.io.files import read_parquet
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.tables import render_table
from ssl_landscape.report.pages import to_html
from ssl_landscape.report.rst import bullets, escape, table

from .workspace import PROJECT, SMOKE, Workspace, shown

RULES = sorted([PROJECT / "Snakefile", *(PROJECT / "workflow" / "rules").glob("*.smk")])

ATTACKS = {
    "traversal": "../canary",
    "traversal inside": "a/../../canary",
    "absolute": "/canary",
    "home": "~/canary",
    "folder": "a/b",
    "backslash": "..\\canary",
    "dots": "..",
    "dot": ".",
    "hidden": ".canary",
    "space": "a b",
    "single quote": "a'; touch canary; '",
    "double quote": 'a"; touch canary; "',
    "semicolon": "a;touch canary",
    "pipe": "a|touch canary",
    "ampersand": "a&touch canary",
    "redirection": "a>canary",
    "dollar": "$(touch canary)",
    "variable": "$HOME",
    "backticks": "`touch canary`",
    "line break": "a\ntouch canary\n",
    "last line break": "a\n",
    "carriage return": "a\rtouch canary",
    "nul": "a\0b",
    "option": "-rf",
    "long option": "--config=canary",
    "wildcard": "{model}",
    "format": "{params.spec}",
    "format of code": "{0.__class__.__mro__}",
    "path variable": "<results>",
    "jinja": "{{ cycler.__init__.__globals__.os.system('touch canary') }}",
    "glob": "*",
    "comment": "a#b",
    "percent": "a%2e%2e",
    "upper case": "CL-Basic",
    "look-alike letter": "cl-bаsic",  # its second a is Cyrillic
    "look-alike slash": "a∕b",
    "wide letters": "ａ",
    "digit of another script": "١",
    "right to left": "a\u202eb",
    "zero width": "a\u200bb",
    "combining": "cafe\u0301",
    "empty": "",
    "long": "a" * 300,
}
PLACES = {
    "variant": lambda config, name: config.update(variant=name),
    "model": lambda config, name: add(config, "models", name, {"label": "x", "colour": "blue"}),
    "dataset": lambda config, name: add(config, "datasets", name, config["datasets"]["sparse"]),
    "figure": lambda config, name: add(config, "figures", name, config["figures"]["figure_02"]),
    "table": lambda config, name: add(config, "tables", name, config["tables"]["table_2"]),
    "ablation": lambda config, name: add(config, "ablations", name, config["ablations"]["noise"]),
    "reading": lambda config, name: add(
        config["ablations"]["noise"], "readings", name, {"label": "x", "dataset": "sparse"}
    ),
    "value of a grid": lambda config, name: config["ablations"]["temperature"]["grid"].update(
        {"masks.scheme": ["dependent", name]}
    ),
    "key of a grid": lambda config, name: config["ablations"]["temperature"]["grid"].update(
        {name: [1.0]}
    ),
    "key of a reading": lambda config, name: config["ablations"]["noise"]["readings"][
        "text"
    ].update({name: "sparse"}),
    "claim": lambda config, name: add(
        config, "claims", name, config["claims"]["ncl-linear-collapses"] | {"number": 99}
    ),
    "sparsity": lambda config, name: config["defaults"].update(sparsities=[name]),
    "seed": lambda config, name: config["defaults"].update(seeds=[name]),
    "device": lambda config, name: config.update(device=name),
    "dataset of a model": lambda config, name: config["models"]["cl-basic"].update(dataset=name),
    "model of a figure": lambda config, name: config["figures"]["figure_02"].update(models=[name]),
    "loss": lambda config, name: config["defaults"].update(loss={"name": name}),
    "option of a loss": lambda config, name: config["models"]["cl-basic"]["loss"].update({name: 1}),
    "activation": lambda config, name: config["defaults"].update(activation=name),
    "update": lambda config, name: config["defaults"]["update"].update(name=name),
    "masks": lambda config, name: config["defaults"]["masks"].update(scheme=name),
    "latents": lambda config, name: config["datasets"]["sparse"].update(latents=name),
    "noise": lambda config, name: config["datasets"]["sparse"].update(noise=name),
    "judge": lambda config, name: config["claims"]["ncl-linear-collapses"]["parts"][0].update(
        judge=name
    ),
    "path variable": lambda config, name: config.update(pathvars={"results": name}),
    "unknown key": lambda config, name: config.update({name: 1}),
}
DIGITS = {"digit of another script"}  # Python reads it as 1, and so it is written: see below


def add(config, section, name, entry):
    config[section][name] = entry


@pytest.fixture(scope="module")
def shipped():
    return load_config(PROJECT / "config.yaml")


@pytest.mark.parametrize("place", PLACES)
def test_names_are_refused(place, shipped, tmp_path, monkeypatch):
    """43 attacks in each of 26 places: all are refused in one line, and nothing is run."""
    monkeypatch.chdir(tmp_path)
    taken = []
    for attack, name in ATTACKS.items():
        config = copy.deepcopy(shipped)
        PLACES[place](config, name)
        try:
            plan = Plan(config)
        except UserError as error:
            message = str(error)
            assert message.isprintable(), f"{attack}: {message!r}"
            assert message.startswith("config: ")
            assert len(message) < 1500
        else:
            taken.append(attack)
            assert {s for _, s, _ in plan.runs} <= {"0.1", "0.2", "0.3", "1"}
    assert set(taken) <= (DIGITS if place == "sparsity" else set())
    assert list(tmp_path.iterdir()) == []


def test_a_name_of_each_kind_is_taken(shipped):
    """The control: it is the name that is refused, not the entry."""
    for place, name in (
        [(p, "a.b_c-1") for p in ("variant", "model", "dataset", "figure", "table", "reading")]
        + [("sparsity", "0.5"), ("seed", 7), ("device", "cpu"), ("latents", "independent")]
        + [("dataset of a model", "sparse-noisy"), ("noise", 0.1), ("loss", "l2")]
    ):
        config = copy.deepcopy(shipped)
        PLACES[place](config, name)
        if place in ("model", "figure", "table", "sparsity"):
            config["models"].pop("ncl-one-hot", None) if place == "sparsity" else None
        if place == "sparsity":
            for section in ("figures", "tables", "ablations", "claims", "beyond"):
                config[section] = {}
            config["models"] = {"m": {"label": "m", "colour": "blue"}}
        Plan(config)


# Names that the Snakefile itself sees: the message there is the same, and no job is planned.
REAL = {
    "model": {"models": {"$(touch canary)": {"label": "x", "colour": "blue"}}},
    "figure": {"figures": {"a;touch canary": {"title": "t", "models": ["cl-basic"]}}},
    "variant": {"variant": "../../canary"},
    "path variable": {"pathvars": {"results": "canary"}},
}


@pytest.mark.parametrize("name", REAL)
def test_snakemake_refuses_names(fresh: Workspace, name: str) -> None:
    bad = fresh.write_config("bad.yaml", REAL[name])
    process = fresh.snakemake("--dry-run", "all", configs=(SMOKE, bad))
    output = shown(process)
    assert process.returncode == 1
    assert "Traceback" not in output
    assert output.count("config: ") == 1
    assert not list(fresh.folder.parent.rglob("canary*"))
    assert not (fresh.folder / "results").exists()


TEXT = (
    "5 % of $x$ & $(touch canary) `touch canary`; 'a' \"b\" {params.spec} {0} {{ 1 + 1 }} "
    "<results> <script>touch(canary)</script> *a* **b** |c| d_ [e](javascript:f) \\g ~h ^i #j é ½"
)


def test_texts_reach_commands_and_pictures_as_they_are(fresh: Workspace) -> None:
    """Titles and labels may hold anything: through a real job's command, into its files."""
    change = {
        "models": {"cl-basic": {"label": TEXT}},
        "figures": {"figure_02": {"title": TEXT}},
        "override": {"seeds": 1, "sparsities": [0.1], "epochs": 1},
    }
    config = fresh.write_config("texts.yaml", change)
    target = "results/smoke/figures/figure_02.png"
    process = fresh.snakemake(target, configs=(SMOKE, config))
    assert process.returncode == 0, shown(process)
    assert not list(fresh.folder.rglob("canary"))
    svg = (fresh.folder / target).with_suffix(".svg").read_text(encoding="utf-8")
    assert svg.startswith("<?xml")
    record = json.loads((fresh.folder / target).with_suffix(".record.json").read_text("utf-8"))
    assert record["spec"]["title"] == TEXT
    assert record["spec"]["models"][1]["label"] == TEXT


class TestTexts:
    """Texts in captions (reStructuredText), pages (HTML) and tables (Markdown, LaTeX)."""

    BLOCKS = (
        ".. include:: /etc/hostname",
        ".. raw:: html",
        ".. image:: a.png",
        ".. code:: python",
        ":include: x",
        "- item",
        "* item",
        "1. item",
        "#. item",
        "(a) item",
        ".. comment",
        "__ anonymous",
        "::",
        "==========",
        "**********",
        ">>> 1 + 1",
        "|sub|",
        "`a <b>`_",
        "``code``",
        "*emphasis*",
        "a_",
        "<script>alert(1)</script>",
        "[1]_",
        "\\",
    )

    @staticmethod
    def rendered(rst):
        settings = {"halt_level": 2, "report_level": 2}  # a warning is an error
        return publish_parts(rst, writer="html", settings_overrides=settings)["body"]

    @pytest.mark.parametrize("text", BLOCKS)
    def test_a_cell_and_an_item_are_text(self, text):
        for rst in (table(["Model"], [[text]]), bullets([escape(text)])):
            html = self.rendered(rst)
            plain = re.sub(r"<[^>]*>", "", html)
            assert not set(plain) & set("<>")
            for entity, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
                plain = plain.replace(entity, sign)
            assert text in plain, html
            assert not re.search(r"<(script|img|a |pre|ol|em|strong|hr|code|tt)", html), html

    @pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"])
    def test_html_in_a_page_is_text(self, text):
        page = to_html(f"{text}\n\n| a |\n| --- |\n| {text} |\n", text)
        assert text not in page
        assert page.count("&lt;") >= 3

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
    def test_links_that_run_code_are_no_links(self, link):
        assert "href" not in to_html(f"[a]({link})", "t")

    def test_latex_in_a_table_is_text(self, tmp_path):
        import pandas as pd

        text = r"\input{/etc/passwd} \write18{touch canary} $ & % # _ { } ~ ^"
        columns = ["max_max_cosine", "median_max_cosine", "min_max_cosine"]
        final = tmp_path / "final.csv"
        frame = pd.DataFrame({"sparsity": ["0.1"], "seed": [1]} | {c: [0.5] for c in columns})
        frame.to_csv(final, index=False)
        spec = {
            "title": text,
            "published": None,
            "laws": text,
            "rows": [{"model": "m", "label": text, "columns": {text: text}}],
        }
        outputs = {kind: tmp_path / f"t.{kind}" for kind in ("csv", "md", "tex")}
        render_table(spec, [final], list(outputs.values()))
        latex = outputs["tex"].read_text(encoding="utf-8")
        assert r"\input" not in latex
        assert r"\write18" not in latex
        assert latex.count(r"\textbackslash{}input\{") == 5


class TestNothingIsRunOnLoading:
    """Files are data; that no module reads pickles or runs texts is ruff's (S, TID251)."""

    def test_what_comes_from_the_config_is_quoted(self):
        """In every shell command: a path, a spec or a name has ``:q``, and the rest is ours."""
        text = "".join(path.read_text(encoding="utf-8") for path in RULES)
        ours = {"params.rule", "params.code", "resources.device", "threads"}
        commands = re.findall(r"^    shell:\n((?:        .*\n)+)", text, re.MULTILINE)
        commands += re.findall(r"^JOB = \(\n((?:    .*\n)+)\)", text, re.MULTILINE)
        names = [name for command in commands for name in re.findall(r"\{([^{}]+)\}", command)]
        assert {"params.name:q", "params.spec:q", "log:q"} <= set(names)
        assert {name for name in names if not name.endswith(":q")} <= ours

    def test_yaml_tags_are_not_run(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        tags = {
            "apply": "!!python/object/apply:os.system [touch canary]",
            "new": "!!python/object/new:os.system [touch canary]",
            "apply in a list": "[!!python/object/apply:subprocess.check_call [[touch, canary]]]",
            "as a key": "{? !!python/object/apply:os.system [touch canary] : 1}",
            "name": "!!python/name:os.system",
            "module": "!!python/module:antigravity",
        }
        for text in tags.values():
            (tmp_path / "bad.yaml").write_text(f"variant: {text}\n", encoding="utf-8")
            with pytest.raises(UserError, match="not valid YAML"):
                read_yaml(tmp_path / "bad.yaml")
        assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]
        # The control: PyYAML's unsafe loader does run them.
        yaml.unsafe_load(f"variant: {tags['apply']}")
        assert (tmp_path / "canary").exists()

    def test_a_template_is_not_run(self, fresh: Workspace):
        """Snakemake's templates run Python; the config that it reads by itself is no template."""
        attack = "\n__use_yte__: true\nx: ?__import__('os').system('touch canary')\n"
        config = fresh.folder / "config.yaml"
        config.write_text(config.read_text(encoding="utf-8") + attack, encoding="utf-8")
        process = fresh.snakemake("--dry-run", "all", configs=())
        assert process.returncode == 1
        assert "config.yaml: __use_yte__: asks Snakemake to run this file" in shown(process)
        assert "Traceback" not in shown(process)
        assert not (fresh.folder / "canary").exists()

    def test_pickles_in_a_parquet_file_stay_bytes(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

        class Attack:
            def __reduce__(self):
                return Path.touch, (Path("canary"),)

        bomb = pickle.dumps(Attack())
        metadata = {b"spec": bomb, b"pandas": bomb, b"ARROW:extension:metadata": bomb}
        field = pa.field("x", pa.binary(), metadata=metadata)
        whole = pa.table([pa.array([bomb])], schema=pa.schema([field], metadata=metadata))
        pq.write_table(whole, tmp_path / "bad.parquet")
        read = read_parquet(tmp_path / "bad.parquet", ["x"])
        assert read["x"][0].as_py() == bomb
        assert not (tmp_path / "canary").exists()
        pickle.loads(bomb)  # the control
        assert (tmp_path / "canary").exists()

    def test_weights_are_safetensors(self, tmp_path, monkeypatch):
        from safetensors import SafetensorError, safe_open

        monkeypatch.chdir(tmp_path)
        (tmp_path / "weights.safetensors").write_bytes(pickle.dumps({"a": 1}))
        with pytest.raises(SafetensorError):
            safe_open(tmp_path / "weights.safetensors", "np")
