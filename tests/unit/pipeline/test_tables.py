"""Tables: our mean and deviation, the paper's value in the right row, and three formats."""

import csv
import hashlib
import io
import itertools
import statistics

import numpy as np
import pandas as pd
import pytest

from ssl_landscape.experiment.max_cosine import METRICS
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.specs import SPECS
from ssl_landscape.pipeline.tables import build_table, render_table

from ..helpers import REPOSITORY

PUBLISHED = REPOSITORY / "src/ssl_landscape/pipeline/published_tables.csv"
SPEC = {
    "title": "Table 0: a trial.",
    "published": None,
    "laws": "Each z has what it has.",
    "rows": [
        {"model": "ncl", "label": "NCL", "columns": {"BN": "no"}},
        {"model": "cl", "label": "CL_linear", "columns": {"BN": "yes"}},
    ],
}


def values(seed, sparsities=("0.1", "0.2", "0.3"), runs=5):
    """Final metrics of a model: (sparsity, metric) -> the runs' values."""
    random = np.random.default_rng(seed)
    return {
        (sparsity, metric): random.uniform(0.2, 0.9, runs).tolist()
        for sparsity in sparsities
        for metric in METRICS
    }


def write(path, content):
    runs = len(next(iter(content.values())))
    rows = [
        {"sparsity": s, "seed": k + 1, "epoch": 9, "loss": 1.0}
        | {metric: content[s, metric][k] for metric in METRICS}
        for s in dict.fromkeys(sparsity for sparsity, _ in content)
        for k in range(runs)
    ]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def in_order(spec, finals):
    """The files of the rows' models."""
    return [finals[row["model"]] for row in spec["rows"]]


def rendered(spec, finals, folder):
    """Render a table from the files of its models; return format -> file."""
    paths = {kind: folder / f"table.{kind}" for kind in ("csv", "md", "tex")}
    render_table(spec, in_order(spec, finals), list(paths.values()))
    return paths


@pytest.fixture
def contents():
    return {"ncl": values(1), "cl": values(2)}


@pytest.fixture
def finals(contents, tmp_path):
    return {name: write(tmp_path / f"{name}.csv", content) for name, content in contents.items()}


def test_mean_and_sample_deviation_of_every_cell(contents, finals):
    table = build_table(SPEC, in_order(SPEC, finals))
    assert len(table) == 2 * 3 * 3
    for row in table.itertuples():
        cell = contents[row.model][row.pr_sparse, row.metric]
        assert row.mean == pytest.approx(statistics.mean(cell), abs=1e-6)
        assert row.std == pytest.approx(statistics.stdev(cell), abs=1e-6)
        assert row.runs == 5
    assert list(table["label"].unique()) == ["NCL", "CL_linear"]
    assert set(table["BN"]) == {"no", "yes"}


def test_the_highest_mean_of_a_column_at_each_sparsity_is_best(contents, finals):
    table = build_table(SPEC, in_order(SPEC, finals))
    best = {(r.pr_sparse, r.metric, r.model) for r in table.itertuples() if r.best}
    for sparsity, metric in itertools.product(("0.1", "0.2", "0.3"), METRICS):
        means = {
            name: statistics.mean(content[sparsity, metric]) for name, content in contents.items()
        }
        winner = max(means, key=means.get)
        assert (sparsity, metric, winner) in best
    assert len(best) == 9


def test_a_single_run_has_no_deviation(tmp_path):
    one = {name: write(tmp_path / name, values(1, ("0.1",), 1)) for name in ("ncl", "cl")}
    table = build_table(SPEC, in_order(SPEC, one))
    assert table["std"].isna().all()
    paths = rendered(SPEC, one, tmp_path)
    assert "nan" not in paths["md"].read_text().lower()
    assert "±" not in paths["md"].read_text().split("Mean ±")[0]


def test_sparsities_are_in_ascending_order(tmp_path):
    content = values(1, ("0.3", "0.05", "0.2"))
    spec = SPEC | {"rows": SPEC["rows"][:1]}
    table = build_table(spec, [write(tmp_path / "x.csv", content)])
    assert list(table["pr_sparse"].unique()) == ["0.05", "0.2", "0.3"]


def published_cells():
    with PUBLISHED.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            sigma = row["warm_start_sigma"] and float(row["warm_start_sigma"])
            key = int(row["table"]), row["model"], sigma, row["pr_sparse"], row["metric"]
            yield key, (float(row["mean"]), float(row["std"]))


def test_all_published_cells_are_matched_exactly_once(shipped, tmp_path):
    plan, found = Plan(shipped), []
    for name in plan.config.tables:
        spec, models = SPECS["table"](plan, name), plan.table_models(name)
        finals = [write(tmp_path / f"{m}.csv", values(k)) for k, m in enumerate(models)]
        table = build_table(spec, finals)
        assert table["published_mean"].notna().all()
        for row in table.to_dict("records"):
            sigma = row.get("σ", "")
            key = spec["published"], row["label"], sigma, row["pr_sparse"], row["metric"]
            found.append((key, (row["published_mean"], row["published_std"])))
            assert row["difference"] == pytest.approx(row["mean"] - row["published_mean"], abs=2e-6)
    wanted = list(published_cells())
    assert len(wanted) == len(dict(wanted)) == 90
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_the_sigma_of_a_row_is_the_sigma_of_its_model(shipped):
    plan = Plan(shipped)
    for row in SPECS["table"](plan, "table_3")["rows"]:
        sigma = plan.run_spec(row["model"], "0.1", 1)["warm_start"]["sigma"]
        assert row["columns"]["σ"] == pytest.approx(sigma, rel=0.02)


def test_batch_norm_and_activation_of_a_row_are_its_model_s(shipped):
    plan = Plan(shipped)
    for row in SPECS["table"](plan, "table_2")["rows"]:
        spec = plan.run_spec(row["model"], "0.1", 1)
        assert row["columns"]["BN"] == ("no" if spec["batch_norm"] == "none" else "yes")
        symmetric = spec["activation"].startswith("symmetric_relu")
        assert row["columns"]["SymReLU"] == ("yes" if symmetric else "no")


def test_a_published_std_that_no_runs_can_have_is_called_a_misprint(shipped, tmp_path):
    marked = []
    for number in (1, 2, 3):
        spec = SPECS["table"](Plan(shipped), f"table_{number}")
        finals = {
            row["model"]: write(tmp_path / f"{row['model']}.csv", values(3)) for row in spec["rows"]
        }
        page = rendered(spec, finals, tmp_path)["md"].read_text(encoding="utf-8")
        marked += [line for line in page.splitlines() if "†" in line]
    cell, note = marked
    assert cell.startswith("| NCL-linear | no | no | 0.2 |")
    assert cell.endswith("[0.08 ± 0.3†] |")
    assert "† no 5 numbers from 0 to 1 have this mean and std: taken for a misprint." in note


def test_published_values_are_untouched():
    # The digest of the paper's 90 numbers as they were transcribed; results must never edit them.
    digest = hashlib.sha256(PUBLISHED.read_bytes()).hexdigest()
    assert digest == "d0fc143983c74a44988bcf9438f9ed407e0af9fd0b3c44e655a9e59863d23b38"


class TestFormats:
    @pytest.fixture
    def written(self, finals, tmp_path):
        spec = SPEC | {"published": 2}
        spec["rows"] = [
            {"model": "ncl", "label": "NCL-basic", "columns": {"BN": "yes", "σ_1": "50%"}},
            {"model": "cl", "label": "CL-basic", "columns": {"BN": "yes", "σ_1": "x"}},
        ]
        paths = rendered(spec, finals, tmp_path)
        return build_table(spec, in_order(spec, finals)), {
            k: p.read_text("utf-8") for k, p in paths.items()
        }

    def test_csv_has_every_value(self, written):
        table, texts = written
        found = pd.read_csv(io.StringIO(texts["csv"]), dtype={"pr_sparse": str})
        pd.testing.assert_frame_equal(found, table, check_dtype=False)

    def cells(self, table, bold, plus_minus):
        for row in table.itertuples():
            ours = f"{row.mean:.3f} {plus_minus} {row.std:.3f}"
            ours = bold.format(ours) if row.best else ours
            yield f"{ours} [{row.published_mean:g} {plus_minus} {row.published_std:g}]"

    def test_markdown(self, written):
        table, texts = written
        lines = [line for line in texts["md"].splitlines() if line.startswith("|")]
        assert lines[0] == (
            "| Model | BN | σ_1 | Pr(sparse) | Maximum max-cosine | Median max-cosine | "
            "Minimum max-cosine |"
        )
        assert set(lines[1]) <= set("|- ")
        assert len({line.count("|") for line in lines}) == 1
        cells = iter(self.cells(table, "**{}**", "±"))
        for line, (model, sparsity) in zip(
            lines[2:],
            itertools.product(("NCL-basic", "CL-basic"), ("0.1", "0.2", "0.3")),
            strict=True,
        ):
            parts = [part.strip() for part in line.strip("|").split("|")]
            assert [parts[0], parts[3]] == [model, sparsity]
            assert parts[4:] == list(itertools.islice(cells, 3))
        assert texts["md"].startswith(SPEC["title"])
        assert "sample standard deviation (n - 1)" in texts["md"]

    def test_latex_is_a_booktabs_table(self, written):
        table, texts = written
        text = texts["tex"]
        rules = [text.index(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")]
        assert rules == sorted(rules)
        assert r"\hline" not in text
        assert text.count(r"\begin{") == text.count(r"\end{") == 2
        assert text.count("{") == text.count("}")
        body = text[rules[1] : rules[2]].splitlines()[1:-1]
        assert len(body) == 6
        columns = text.split(r"\begin{tabular}{")[1].split("}")[0]
        for line in body:
            assert line.endswith(r" \\")
            assert line.count("&") == len(columns) - 1 == 6
        for cell in self.cells(table, r"\textbf{{{}}}", r"$\pm$"):
            assert cell in text
        assert r"$\sigma$\_1" in text
        assert r"50\%" in text
        assert "±" not in text
        assert "σ" not in text

    def test_same_bytes_when_rendered_again(self, finals, tmp_path):
        first, second = (rendered(SPEC, finals, tmp_path / name) for name in ("one", "two"))
        for kind in first:
            assert first[kind].read_bytes() == second[kind].read_bytes()


@pytest.mark.parametrize(("label", "escaped"), [("A & B", r"A \& B"), ("#1", r"\#1")])
def test_latex_specials_in_a_label_are_escaped(finals, tmp_path, label, escaped):
    spec = SPEC | {"rows": [{"model": "ncl", "label": label, "columns": {}}]}
    paths = rendered(spec, finals, tmp_path)
    assert escaped in paths["tex"].read_text("utf-8")


def test_rows_may_have_different_columns(finals, tmp_path):
    rows = [
        {"model": "ncl", "label": "NCL", "columns": {"BN": "no"}},
        {"model": "cl", "label": "CL", "columns": {"BN": "no", "SymReLU": "only here"}},
    ]
    paths = rendered(SPEC | {"rows": rows}, finals, tmp_path)
    assert "only here" in paths["md"].read_text("utf-8")
