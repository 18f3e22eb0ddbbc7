"""Which change of the package makes which jobs stale."""

import ast
import importlib
import shutil

import pytest

from ssl_landscape.experiment.registry import block_names
from ssl_landscape.pipeline import code_roots
from ssl_landscape.pipeline.code_roots import JOBS, code_of, entry, roots
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.theory import STATEMENTS

from .test_fingerprint import SOURCE, Package


class Copy(Package):
    """A copy of the whole package that a test may change; its fingerprints follow the change."""

    def __init__(self, folder, shipped, monkeypatch):
        self.root = folder / "ssl_landscape"
        shutil.copytree(SOURCE, self.root, ignore=shutil.ignore_patterns("__pycache__"))
        self.plan, self.monkeypatch = Plan(shipped), monkeypatch

    def codes(self):
        """Return the fingerprint of every model's runs."""
        self.monkeypatch.setattr(code_roots, "fingerprint", self.load().fingerprint)
        first = {model: self.plan.runs_of(model)[0] for model in self.plan.models}
        return {m: code_of("train", self.plan.run_spec(*run)) for m, run in first.items()}

    def others(self):
        """Return the fingerprints of the other rules."""
        self.monkeypatch.setattr(code_roots, "fingerprint", self.load().fingerprint)
        found = {rule: code_of(rule) for rule in JOBS.keys() - {"dataset", "train", "theorem"}}
        for dataset in ("sparse-0.1", "one-hot-0.1"):
            found[dataset] = code_of("dataset", self.plan.dataset_spec(dataset, 1))
        return found | {name: code_of("theorem", {"statement": name}) for name in STATEMENTS}

    def change_function(self, file, name):
        """Put a statement with an effect at the end of what a function does first."""
        path = self.root / file
        tree = ast.parse(path.read_text(encoding="utf-8"))
        (function,) = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name == name
        ]
        function.body.insert(1, ast.parse("changed_here = 1").body[0])
        path.write_text(ast.unparse(tree), encoding="utf-8")

    def models_with(self, **wanted):
        return {
            name
            for name, entry in self.plan.models.items()
            if all(_chosen(entry, key) == value for key, value in wanted.items())
        }

    def models_with_loss(self, *losses):
        return {name for name, entry in self.plan.models.items() if entry.loss.name in losses}


def _chosen(entry, key):
    """Return the name of the block that a model has."""
    block = getattr(entry, key)
    return getattr(block, "name", block)


@pytest.fixture
def package(tmp_path, shipped, monkeypatch):
    return Copy(tmp_path, shipped, monkeypatch)


def differing(before, after):
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("rule", JOBS)
def test_every_rule_has_its_function(rule):
    module, _, name = entry(rule).partition(":")
    assert callable(getattr(importlib.import_module(f"ssl_landscape.{module}"), name))


def test_the_copy_has_the_same_fingerprints(package):
    in_place = {m: code_of("train", package.plan.run_spec(*package.plan.runs_of(m)[0])) for m in
                package.plan.models}  # fmt: skip
    assert package.codes() == in_place
    assert len(set(in_place.values())) > 5


def test_the_runs_fingerprint_reaches_their_data_and_nothing_that_is_not_theirs(package):
    """What reads, checks, trains and writes; no plan, command line, record, picture or report."""
    spec = package.plan.run_spec(*package.plan.runs_of("ncl-basic")[0])
    reached = set(package.load().modules(*roots("train", spec)))
    wanted = {"experiment.training", "experiment.networks", "experiment.data", "io.files"}
    assert wanted | {"pipeline.train_job", "experiment.losses.l2"} <= reached
    beside = {f"pipeline.{name}" for name in ("train_job", "cuda_graph", "numeric_environment")}
    floors = {module.split(".")[0] for module in reached - beside}
    assert floors == {"errors", "io", "experiment"}


def docstring_of(node):
    if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            return first.value
    return None


def test_comments_docstrings_and_layout_do_not_matter(package):
    before = package.codes(), package.others()
    for path in package.root.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if docstring := docstring_of(node):
                docstring.value = "Another text."
        # Without every comment, in unparse's layout, under a comment of its own.
        path.write_text("# New.\n\n\n" + ast.unparse(tree) + "\n\n\n# The end.\n", "utf-8")
    assert (package.codes(), package.others()) == before


@pytest.mark.parametrize("loss", ["l2", "nt_xent", "negative_cosine", "inner_product"])
def test_a_loss_changes_the_models_that_use_it(package, loss):
    before = package.codes()
    package.change_function(f"experiment/losses/{loss}.py", loss)
    assert differing(before, package.codes()) == package.models_with_loss(loss)


def test_a_fast_loss_changes_the_models_that_use_it(package):
    before = package.codes()
    package.write({"experiment/fast/losses.py": "class l2:\n    factor = 1\n"})
    assert differing(before, package.codes()) >= package.models_with_loss("l2")
    before = package.codes()
    package.write({"experiment/fast/losses.py": "class l2:\n    factor = 2\n"})
    assert differing(before, package.codes()) == package.models_with_loss("l2")


@pytest.mark.parametrize(
    ("family", "key"),
    [
        ("activations", "activation"),
        ("updates", "update"),
        ("weight_normalisation", "weight_normalisation"),
    ],
)
def test_a_block_changes_the_models_that_use_it(package, family, key):
    names = {_chosen(entry, key) for entry in package.plan.models.values()}
    assert len(names) >= 2
    for name in names:
        before = package.codes()
        package.change_function(f"experiment/{family}/{name}.py", name)
        assert differing(before, package.codes()) == package.models_with(**{key: name})


@pytest.mark.parametrize("scheme", block_names("masks"))
def test_a_mask_changes_the_models_that_use_it(package, scheme):
    before = package.codes()
    package.change_function(f"experiment/masks/{scheme}.py", scheme)
    users = {name for name, m in package.plan.models.items() if m.masks.scheme == scheme}
    assert differing(before, package.codes()) == users


@pytest.mark.parametrize(
    ("file", "function"),
    [
        ("experiment/training.py", "train"),
        ("experiment/curve.py", "finish"),
        ("experiment/networks.py", "build_networks"),
        ("experiment/max_cosine.py", "max_cosines"),
        ("experiment/max_cosine.py", "summarise"),
        ("experiment/seeds.py", "derive_seed"),
        # On the way of the data, before and after training.
        ("experiment/data.py", "read_dataset"),
        ("io/files.py", "write_parquet"),
        ("pipeline/train_job.py", "train_run"),
        ("pipeline/train_job.py", "write_results"),
        ("pipeline/train_job.py", "choose_device"),
        ("pipeline/numeric_environment.py", "fix_environment"),
    ],
)
def test_what_all_runs_share_changes_all_runs(package, file, function):
    before = package.codes()
    package.change_function(file, function)
    assert differing(before, package.codes()) == set(before)


@pytest.mark.parametrize(
    ("file", "function", "rules"),
    [
        ("pipeline/figures.py", "_finish_panel", {"figure"}),
        ("pipeline/tables.py", "_latex", {"table"}),
        ("pipeline/aggregate.py", "aggregate", {"metrics"}),
        ("experiment/latents/one_hot.py", "one_hot", {"one-hot-0.1"}),
        ("theory/theorem_2.py", "measure", {"theorem_2"}),
        ("theory/verdicts/theorem_2.py", "judge", {"theorem_2"}),
        ("theory/pictures/theorem_2.py", "draw", {"theorem_2"}),
    ],
)
def test_another_stage_changes_itself_only(package, file, function, rules):
    before = package.codes(), package.others()
    package.change_function(file, function)
    assert package.codes() == before[0]
    assert differing(before[1], package.others()) == rules


@pytest.mark.parametrize(
    ("file", "function"),
    [
        ("cli/main.py", "main"),
        ("config/checks.py", "_check_references"),
        ("pipeline/code_roots.py", "code_of"),
        ("pipeline/train_job.py", "_reporter"),
        ("provenance/record.py", "recording"),
    ],
)
def test_commands_checks_records_and_progress_change_nothing(package, file, function):
    before = package.codes(), package.others()
    package.change_function(file, function)
    assert (package.codes(), package.others()) == before


def test_the_environment_of_jobs_changes_all_jobs(package):
    before = package.others()
    package.change_function("pipeline/numeric_environment.py", "fix_environment")
    assert differing(before, package.others()) == set(before)


def test_a_statement_at_import_that_binds_no_name_counts(package):
    """Like torch.set_flush_denormal(True): it changes what every function after it computes."""
    before = package.codes()
    path = package.root / "experiment/training.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\ntorch.set_flush_denormal(True)\n", encoding="utf-8")
    assert differing(before, package.codes()) == set(before)


class TestPublishedNumbers:
    def test_count_where_they_are_read(self):
        assert "-" in code_of("table")
        assert "-" not in code_of("figure")

    def test_ends_of_lines_do_not_matter(self, tmp_path, monkeypatch):
        """Git may rewrite them."""
        content = (SOURCE / "pipeline" / "published_tables.csv").read_bytes()
        monkeypatch.setattr(code_roots.resources, "files", lambda package: tmp_path)
        found = []
        for text in (content, content.replace(b"\n", b"\r\n"), content.replace(b"0.9", b"0.8")):
            (tmp_path / "published_tables.csv").write_bytes(text)
            code_roots._hash_of_published.cache_clear()
            found.append(code_of("table"))
        code_roots._hash_of_published.cache_clear()
        assert found[0] == found[1] != found[2]
