"""Code fingerprints of small packages: what enters them, what does not, on every Python."""

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ..helpers import REPOSITORY

SOURCE = REPOSITORY / "src" / "ssl_landscape"
FINGERPRINT = SOURCE / "pipeline" / "fingerprint.py"
_numbers = itertools.count()


class Package:
    """A package made for a test; each question reads its files anew."""

    def __init__(self, root):
        self.root = root
        (root / "pipeline").mkdir(parents=True)
        shutil.copy(FINGERPRINT, root / "pipeline")

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return self

    def load(self):
        path = self.root / "pipeline" / "fingerprint.py"
        spec = importlib.util.spec_from_file_location(f"fingerprint_{next(_numbers)}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def fingerprint(self, *roots):
        return self.load().fingerprint(*roots)


@pytest.fixture
def make(tmp_path):
    return lambda files: Package(tmp_path / str(next(_numbers)) / "package").write(files)


def of_source(make, source):
    return make({"one.py": source}).fingerprint("one")


# Each source has a fixed hash: on every Python, and for good.
SNIPPETS = {
    'x = f"{a}"': "da6e569854c41f6e",
    'x = f"a{{{b!r:>{width}}}}c" "d" f"{e}" ""': "640de464344a0a36",
    "x = f\"{d['key']:.3f} {1 + 1 = }\"": "5a3170bb3720195b",
    'x = f"""{a:{b}{c}x} {a!s}{a:}\\n\\u00e9"""': "0541817787d4dfc2",
    'x = f"no value" + f""': "981d75df9bcffa93",
    'x = "é" \'quotes "within"\' "\\U0001fae8\\x00"': "dd61bd9681ea7a72",
    "x = b'bytes\\x00\\xff' b'more'": "0d3ecef37140ca34",
    f"x = {10**30}, 0xFFFF_FFFF_FFFF_FFFF_FFFF, {2**200}, True, 1": "c7b491f2ef276bf8",
    "x = 0.1, 1e999, 5e-324, 1_000.0, 2.5j, -0.0": "612afd3fe0eadbf3",
    "x = None, ..., not x, ~x, -x, 2 ** -1 // 3 % 4 @ a": "1895be5ac9c649d4",
    "if (n := len(a)) > 10 and 1 < n <= 3 != 4: print(n, *a, **b)": "b702a12db77dee06",
    """
    match point:
        case {"x": 0, **rest} | [1, -2, *_] if rest: pass
        case Point(x=None, y=str() as name) | 1 + 2j | "a": f()
        case _: raise ValueError("x") from None
    """: "09da7478c4e7c819",
    """
    @decorator(1)
    @other.one
    class A(B, metaclass=C):
        x: int = 3
        y: "list[int]"
        async def f(self, /, a, *args, k=1, **kw) -> None:
            async with a as b, c: await d
            async for i in e: yield i
            return
    """: "23cdd2369aff0fb2",
    "f = lambda a, /, b=1, *c, d, e=2, **g: (a, b, *c)": "dde83987173548ea",
    "first, *rest = a[1:2, ..., ::3], b[*c], {**d, 'k': 1}, {1, *e}": "56b347a346ac73ab",
    "x = [a for a in b if c for d in e], {k: v for k in f}, {s for s in t}": "7d28d32d01170355",
    """
    try:
        with open(a) as b, c(): x += 1
    except* (A, B) as error: del x[0], y.z
    else: pass
    finally: assert x, "text"
    """: "8cf7d735b9bba3dd",
    """
    def f():
        global a
        def g():
            nonlocal b
            for i in range(3):
                if i: continue
                elif j: break
            else: yield from k
            while True: return x if y else z
    """: "89e3cb505e4afcde",
    """
    import os.path
    from numpy import linalg as la
    x = os.path.join(la.norm(y))
    """: "bc4581fa8d4b630e",
    "x = a if b else (c is not d, e not in f, g >> 1 | 2 & 3 ^ 4)": "9a34fa041ec2d211",
}


def snippet_package(make):
    return make({f"s{i:02}.py": source for i, source in enumerate(SNIPPETS)})


@pytest.mark.parametrize(("number", "expected"), list(enumerate(SNIPPETS.values())))
def test_a_source_has_its_fixed_fingerprint(make, number, expected):
    assert snippet_package(make).fingerprint(f"s{number:02}") == expected


def other_pythons():
    """Find a Python of each other supported version: on the PATH, or of pyenv."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [shutil.which(f"python3.{minor}") for minor in range(11, 15)]
    candidates += map(str, sorted(home.glob("versions/3.1[1-4]*/bin/python")))
    found = {}
    for python in filter(None, candidates):
        code = "import sys; print(*sys.version_info[:2], sep='.')"
        process = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True)
        if process.returncode == 0:
            found.setdefault(process.stdout.strip(), python)
    found.pop(".".join(map(str, sys.version_info[:2])), None)
    return found


OTHERS = other_pythons()
ASK = """
import importlib.util, json, sys
sys.path.insert(0, sys.argv[2])
spec = importlib.util.spec_from_file_location("fingerprint", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(json.dumps([module.fingerprint(*roots) for roots in json.load(sys.stdin)]))
"""


def ask(python, package, roots):
    path = package / "pipeline" / "fingerprint.py"
    command = [python, "-I", "-c", ASK, str(path), str(REPOSITORY / "src")]
    process = subprocess.run(command, input=json.dumps(roots), capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize("version", OTHERS or [pytest.param("", marks=pytest.mark.skip)])
def test_every_python_finds_the_same_fingerprints(make, version):
    package = snippet_package(make)
    roots = [[f"s{i:02}"] for i in range(len(SNIPPETS))]
    assert ask(OTHERS[version], package.root, roots) == list(SNIPPETS.values())


@pytest.mark.parametrize("version", OTHERS or [pytest.param("", marks=pytest.mark.skip)])
def test_every_python_finds_the_same_fingerprint_of_each_module(version):
    files = [path.relative_to(SOURCE).with_suffix("") for path in sorted(SOURCE.rglob("*.py"))]
    roots = [[".".join(file.parts)] for file in files if file.name != "__init__"]
    assert ask(OTHERS[version], SOURCE, roots) == ask(sys.executable, SOURCE, roots)


LOSS = '''
"""A module."""
import logging
from numpy import mean
from package.helpers import scale

log = logging.getLogger(__name__)
FACTOR = 2.0

def loss(x, power=2, *, text="a"):
    """Return a loss."""
    log.info("computing %s", text)
    return FACTOR * mean(scale(x) ** power)
'''
HELPERS = """
def scale(x):
    return inner(x) / 3

def inner(x):
    return x

def unused(x):
    return x
"""
ROOT = "losses.l2:loss"


def base(make, loss=LOSS, helpers=HELPERS):
    return make({"losses/l2.py": loss, "helpers.py": helpers})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A module."""', '# A comment.\n"""Another text."""\n\n'),
        ('    """Return a loss."""\n', ""),
        ("FACTOR * mean(scale(x) ** power)", "(FACTOR *\n        mean( scale(x)**power ))  # text"),
        ('"computing %s"', '"now computing %s"'),
        ('    log.info("computing %s", text)\n', ""),
        ('text="a"', "text='''a'''"),
        ("FACTOR = 2.0", "FACTOR = 2.00e0"),
        ("from numpy import mean\nfrom package.helpers import scale", 
         "from package.helpers import scale\nfrom numpy import mean"),
        ("def unused(x):\n    return x", "def unused(x):\n    return x + 1"),
        ("FACTOR = 2.0", "FACTOR = 2.0\nOTHER = 3.0"),
    ],
)  # fmt: skip
def test_what_does_not_matter(make, old, new):
    assert old in LOSS + HELPERS
    changed = base(make, LOSS.replace(old, new), HELPERS.replace(old, new))
    assert changed.fingerprint(ROOT) == base(make).fingerprint(ROOT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FACTOR = 2.0", "FACTOR = 2.5"),
        ("FACTOR = 2.0", "FACTOR = 2"),
        ("** power", "* power"),
        ("power=2", "power=3"),
        ("*, text", "text"),
        ('text="a"', 'text=b"a"'),
        ("def loss(", "@staticmethod\ndef loss("),
        ("from numpy import mean", "from numpy import median as mean"),
        ("/ 3", "// 3"),
        ("def inner(x):\n    return x", "def inner(x):\n    return -x"),
        ("FACTOR = 2.0", "FACTOR = 2.0\nlogging.captureWarnings(True)"),
        ("FACTOR = 2.0", "FACTOR = 2.0\nlogging.raiseExceptions = False"),
    ],
)
def test_what_matters(make, old, new):
    assert old in LOSS + HELPERS
    changed = base(make, LOSS.replace(old, new), HELPERS.replace(old, new))
    assert changed.fingerprint(ROOT) != base(make).fingerprint(ROOT)


def test_a_moved_and_renamed_module_changes_nothing(make):
    moved = make(
        {
            "deep/down/__init__.py": "",
            "deep/down/tools.py": HELPERS,
            "a_loss.py": LOSS.replace("package.helpers", "package.deep.down.tools"),
        }
    )
    assert moved.fingerprint("a_loss:loss") == base(make).fingerprint(ROOT)


def test_a_helper_moved_to_another_module_changes_nothing(make):
    inner = "def inner(x):\n    return x\n"
    assert inner in HELPERS
    helpers = "from package.more import inner\n" + HELPERS.replace(inner, "")
    moved = make({"losses/l2.py": LOSS, "helpers.py": helpers, "more.py": inner})
    assert moved.fingerprint(ROOT) == base(make).fingerprint(ROOT)


def test_the_order_of_modules_changes_nothing(make):
    user = "from package.{} import f\nfrom package.{} import g\n\ndef use():\n    return f(), g()\n"
    f, g = "def f(): return 1\n", "def g(): return 2\n"
    first = make({"use.py": user.format("a", "b"), "a.py": f, "b.py": g})
    second = make({"use.py": user.format("b", "a"), "b.py": f, "a.py": g})
    assert first.fingerprint("use:use") == second.fingerprint("use:use")


def test_exchanging_helpers_of_the_same_name_counts(make):
    user = """
    from package.{} import helper as first
    from package.{} import helper as second

    def use(x):
        return first(x) - second(x)
    """
    helpers = {"a.py": "def helper(x): return x\n", "b.py": "def helper(x): return 2 * x\n"}
    one = make({"use.py": user.format("a", "b"), **helpers})
    other = make({"use.py": user.format("b", "a"), **helpers})
    assert one.fingerprint("use:use") != other.fingerprint("use:use")
    assert one.load().modules("use:use") != other.load().modules("use:use")


@pytest.mark.parametrize(
    ("import_line", "call"),
    [
        ("from package.tools import f", "f"),
        ("from package.tools import f as g", "g"),
        ("from package import tools", "tools.f"),
        ("import package.tools as t", "t.f"),
        ("import package.tools", "package.tools.f"),
        ("from package.passing import f", "f"),
        ("from package import passing", "passing.f"),
        ("from package import tools", "getattr(tools, 'f')"),
    ],
)
@pytest.mark.parametrize("inside", [False, True], ids=["at the top", "in the function"])
def test_a_use_is_followed_however_it_is_imported(make, import_line, call, inside):
    top, within = ("", import_line) if inside else (import_line, "pass")
    use = f"{top}\ndef use():\n    {within}\n    return {call}(1)\n"
    found = {
        make(
            {
                "use.py": use,
                "tools.py": f"def f(x): return x + {n}\ndef other(): return 1\n",
                "passing.py": "from package.tools import f\n",
                "__init__.py": "",
            }
        ).fingerprint("use:use")
        for n in (1, 2)
    }
    assert len(found) == 2


def test_only_what_is_used_of_an_imported_module_counts(make):
    use = "from package import tools\ndef use():\n    return tools.f(1)\n"
    tools = "def f(x): return x\ndef other(): return {}\n"
    first, second = (make({"use.py": use, "tools.py": tools.format(n)}) for n in (1, 2))
    assert first.fingerprint("use:use") == second.fingerprint("use:use")


def test_a_renamed_module_whose_attribute_is_used_changes_nothing(make):
    use, tools = (
        "from package import {0}\ndef use():\n    return {0}.f(1)\n",
        "def f(x): return x\n",
    )
    first = make({"use.py": use.format("tools"), "tools.py": tools})
    second = make({"use.py": use.format("helpers"), "helpers.py": tools})
    assert first.fingerprint("use:use") == second.fingerprint("use:use")


def test_another_package_s_function_passed_on_by_a_module_counts(make):
    use = "from package.tools import f\ndef use():\n    return f(1)\n"
    files = [{"use.py": use, "tools.py": f"from math import {f} as f\n"} for f in ("sin", "cos")]
    first, second = (make(one).fingerprint("use:use") for one in files)
    assert first != second


def test_names_bound_in_a_condition_at_import_count(make):
    use = "from package.tools import f\ndef use():\n    return f(1)\n"
    tools = "import os\nif os.name:\n    def f(x): return {}\n"
    first, second = (make({"use.py": use, "tools.py": tools.format(n)}) for n in (1, 2))
    assert first.fingerprint("use:use") != second.fingerprint("use:use")


@pytest.mark.parametrize("line", ["from package.tools import *", "from .tools import f"])
def test_an_import_that_hides_its_origin_is_refused(make, line):
    package = make({"use.py": f"{line}\nx = 1\n", "tools.py": "f = 1\n"})
    with pytest.raises(ValueError, match="hides"):
        package.fingerprint("use:x")


def test_definitions_that_use_each_other(make):
    source = (
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - {})\n"
    )
    first, second = (make({"one.py": source.format(n)}) for n in (1, 2))
    assert first.fingerprint("one:even") != second.fingerprint("one:even")
    assert first.fingerprint("one:even") != first.fingerprint("one:odd")


class TestRoots:
    def test_a_module_as_root_is_all_of_its_definitions(self, make):
        package = make({"one.py": "a = 1\nb = 2\n"})
        assert package.fingerprint("one") == package.fingerprint("one:a", "one:b")

    @pytest.mark.parametrize("root", ["one:nothing", "nothing:a", "nothing", "!one:nothing"])
    def test_a_root_that_does_not_exist_is_an_error(self, make, root):
        with pytest.raises(KeyError, match="nothing"):
            make({"one.py": "a = 1\n"}).fingerprint(root)

    @pytest.mark.parametrize("root", ["one:nothing?", "nothing:a?", "nothing?", "!one:nothing?"])
    def test_an_optional_root_may_be_missing(self, make, root):
        package = make({"one.py": "a = 1\n"})
        assert package.fingerprint("one:a", root) == package.fingerprint("one:a")

    def test_an_optional_root_counts_once_it_exists(self, make):
        package = make({"one.py": "a = 1\nb = 2\n"})
        assert package.fingerprint("one:a", "one:b?") == package.fingerprint("one:a", "one:b")
        assert package.fingerprint("one:a", "one:b?") != package.fingerprint("one:a")

    def test_a_root_may_be_passed_on_by_a_package(self, make):
        package = make({"fast/__init__.py": "from package.fast.loop import train\n"})
        found = {
            package.write({"fast/loop.py": f"def train(): return {n}\n"}).fingerprint("fast:train")
            for n in (1, 2)
        }
        assert len(found) == 2

    def test_the_walk_stops_where_it_is_told(self, make):
        source = "def f(): return g()\ndef g(): return {}\n"
        first, second = (make({"one.py": source.format(n)}) for n in (1, 2))
        assert first.fingerprint("one:f") != second.fingerprint("one:f")
        roots = ("one:f", "!one:g")
        assert first.fingerprint(*roots) == second.fingerprint(*roots)
        assert first.fingerprint(*roots) != first.fingerprint("one:f")


def test_modules_tell_which_one_changed(make):
    before = base(make).load().modules(ROOT)
    after = base(make, helpers=HELPERS.replace("/ 3", "/ 4")).load().modules(ROOT)
    assert before.keys() == after.keys() == {"losses.l2", "helpers"}
    assert [name for name in before if before[name] != after[name]] == ["helpers"]
