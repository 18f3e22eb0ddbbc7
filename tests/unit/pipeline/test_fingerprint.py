"""Code fingerprints: blind to layout and comments, sensitive to whatever a run reaches."""

import ast
import importlib.util
import itertools
import shutil

import pytest

from ssl_landscape.pipeline.plan import Plan

from ..helpers import REPOSITORY

SOURCE = REPOSITORY / "src" / "ssl_landscape"
_numbers = itertools.count()


class Copy:
    """A copy of the package that a test may change; its fingerprints follow the change."""

    def __init__(self, folder, shipped, monkeypatch):
        self.root = folder / "ssl_landscape"
        shutil.copytree(SOURCE, self.root, ignore=shutil.ignore_patterns("__pycache__"))
        self.plan, self.monkeypatch = Plan(shipped), monkeypatch

    def fingerprint(self):
        """Load the copy's own fingerprint module anew: it caches what it has read."""
        path = self.root / "provenance" / "fingerprint.py"
        spec = importlib.util.spec_from_file_location(f"fingerprint_{next(_numbers)}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.fingerprint

    def codes(self):
        """Give the fingerprint of every model's runs, as the plan asks for them."""
        self.monkeypatch.setattr("ssl_landscape.pipeline.plan.fingerprint", self.fingerprint())
        return {model: self.plan.run_code(model) for model in self.plan.models}

    def others(self):
        """Give the fingerprints of the other stages."""
        find = self.fingerprint()
        self.monkeypatch.setattr("ssl_landscape.pipeline.plan.fingerprint", find)
        return {
            "dataset": self.plan.dataset_code("sparse-0.1", 1),
            "one-hot": self.plan.dataset_code("one-hot-0.1", 1),
            "metrics": find("ssl_landscape.pipeline.aggregate:aggregate"),
            "figure": find("ssl_landscape.pipeline.figures:draw_figure"),
            "table": find("ssl_landscape.pipeline.tables:render_table"),
        }

    def edit(self, file, old, new):
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

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
            if all(getattr(entry, key) == value for key, value in wanted.items())
        }

    def models_with_loss(self, *losses):
        return {name for name, entry in self.plan.models.items() if entry.loss.name in losses}


@pytest.fixture
def package(tmp_path, shipped, monkeypatch):
    return Copy(tmp_path, shipped, monkeypatch)


def differing(before, after):
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


def test_the_copy_has_the_same_fingerprints(package, shipped):
    plan = Plan(shipped)
    in_place = {model: plan.run_code(model) for model in plan.models}
    assert package.codes() == in_place
    assert len(set(in_place.values())) > 5


def docstring_of(node):
    if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            return first.value
    return None


def test_comments_docstrings_and_layout_do_not_matter(package):
    before = package.codes(), package.others()
    for path in package.root.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if docstring := docstring_of(node):
                docstring.value = "Another text."
        # Without every comment, in unparse's layout, under a comment of its own.
        path.write_text("# New.\n\n\n" + ast.unparse(tree) + "\n\n\n# The end.\n", "utf-8")
    assert (package.codes(), package.others()) == before


@pytest.mark.parametrize(
    "file",
    [
        "experiment/training.py",
        "experiment/losses/l2.py",
        "experiment/losses/nt_xent.py",
        "experiment/curve.py",
    ],
)
def test_a_line_more_of_comment_or_space_does_not_matter(package, file):
    before = package.codes()
    path = package.root / file
    text = path.read_text(encoding="utf-8")
    lines = text.replace('"""', '"""Another text of the module. ', 1).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("    return"))
    lines[at:at] = ["    # A remark.", "", ""]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert package.codes() == before


@pytest.mark.parametrize("loss", ["l2", "nt_xent", "negative_cosine", "inner_product"])
def test_a_loss_changes_the_models_that_use_it(package, loss):
    before = package.codes()
    package.change_function(f"experiment/losses/{loss}.py", loss)
    assert differing(before, package.codes()) == package.models_with_loss(loss)


@pytest.mark.parametrize(
    ("family", "key"),
    [
        ("activations", "activation"),
        ("updates", "update"),
        ("weight_normalisation", "weight_normalisation"),
    ],
)
def test_a_block_changes_the_models_that_use_it(package, family, key):
    names = {getattr(entry, key) for entry in package.plan.models.values()}
    assert len(names) >= 2
    for name in names:
        before = package.codes()
        package.change_function(f"experiment/{family}/{name}.py", name)
        assert differing(before, package.codes()) == package.models_with(**{key: name})


@pytest.mark.parametrize("scheme", ["dependent", "independent"])
def test_a_mask_changes_the_models_that_use_it(package, scheme):
    before = package.codes()
    package.change_function(f"experiment/masks/{scheme}.py", scheme)
    users = {name for name, m in package.plan.models.items() if m.masks.scheme == scheme}
    assert differing(before, package.codes()) == users


def test_a_helper_changes_those_that_use_it(package):
    losses = {
        path.stem
        for path in (package.root / "experiment/losses").glob("[a-z]*.py")
        if "_normalise" in path.read_text(encoding="utf-8")
    }
    before = package.codes(), package.others()
    package.change_function("experiment/losses/_normalise.py", "normalise_rows")
    assert differing(before[0], package.codes()) == package.models_with_loss(*losses)
    assert differing(before[1], package.others()) == set()


def test_a_constant_of_a_helper_counts(package):
    before = package.codes()
    package.edit("experiment/losses/_normalise.py", "_EPSILON = 1e-12", "_EPSILON = 1e-9")
    assert differing(before, package.codes()) >= package.models_with_loss("l2", "nt_xent")


@pytest.mark.parametrize(
    ("file", "function"),
    [
        ("experiment/training.py", "train"),
        ("experiment/curve.py", "end_epoch"),
        ("experiment/curve.py", "finish"),
        ("networks.py", "build_networks"),
        ("networks.py", "represent"),
        ("cosines.py", "max_cosines"),
        ("cosines.py", "summarise"),
        ("seeds.py", "derive_seed"),
        ("experiment/masks/_bits.py", "bernoulli"),
    ],
)
def test_what_all_runs_share_changes_all_runs(package, file, function):
    before = package.codes()
    package.change_function(file, function)
    assert differing(before, package.codes()) == set(before)


@pytest.mark.parametrize(
    ("file", "function", "stage"),
    [
        ("figures.py", "plot_curves", "figure"),
        ("figures.py", "_finish_panel", "figure"),
        ("tables.py", "_latex", "table"),
        ("metrics.py", "aggregate", "metrics"),
    ],
)
def test_a_later_stage_changes_itself_only(package, file, function, stage):
    before = package.codes(), package.others()
    package.change_function(file, function)
    assert package.codes() == before[0]
    assert differing(before[1], package.others()) == {stage}


def test_latents_change_their_datasets_only(package):
    before = package.codes(), package.others()
    package.change_function("experiment/latents/one_hot.py", "one_hot")
    assert package.codes() == before[0]
    assert differing(before[1], package.others()) == {"one-hot"}


@pytest.mark.parametrize(
    ("file", "function"), [("cli.py", "main"), ("config/checks.py", "_check_model")]
)
def test_command_line_and_checks_change_nothing(package, file, function):
    before = package.codes(), package.others()
    package.change_function(file, function)
    assert (package.codes(), package.others()) == before


def test_another_function_under_the_same_imported_name_counts(package):
    """The same name, imported from elsewhere outside the package, is another computation."""
    root = "blocks.losses.contrastive"
    before = package.fingerprint()(root)
    package.edit(
        "experiment/losses/contrastive.py",
        "import cross_entropy",
        "import multi_margin_loss as cross_entropy",
    )
    assert package.fingerprint()(root) != before


def test_a_statement_at_import_that_binds_no_name_counts(package):
    """Like torch.set_flush_denormal(True): it changes what every function after it computes."""
    before = package.codes()
    path = package.root / "experiment/training.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\ntorch.set_flush_denormal(True)\n", encoding="utf-8")
    assert differing(before, package.codes()) == set(before)


def test_a_wrong_root_is_an_error(package):
    with pytest.raises(KeyError):
        package.fingerprint()("ssl_landscape.experiment.training:nothing")
