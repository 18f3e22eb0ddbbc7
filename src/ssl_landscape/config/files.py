"""Reading YAML: plain data from a file that may hold anything."""

import re
from pathlib import Path
from typing import Any

import yaml

from ssl_landscape.config.types import brief, shown
from ssl_landscape.errors import UserError

# The parser in C, where PyYAML has it: every job on a cluster reads the config again.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 50  # the shipped config has 8; at some ten thousands the parser in C crashes
_MOST_NODES = 1_000_000  # with all aliases written out
_NO_FILE = ' in "<unicode string>",'  # what PyYAML calls a text


class _Loader(_SafeLoader):
    """YAML's safe loader, without integers that look like others to most people."""

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        text, value = str(node.value).lstrip("+-"), super().construct_yaml_int(node)
        if ":" in text or re.fullmatch("0[0-7_]+", text):
            raise yaml.constructor.ConstructorError(
                None,
                None,
                f"YAML reads {text} as {value}; write that, or quote it",
                node.start_mark,
            )
        return value


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping; nothing in the file is run.

    Raises:
        UserError: the file is missing, is not YAML, is no mapping, has a key twice, has no end
            (aliases of aliases), or is a template that Snakemake would run.
    """
    try:
        value = _load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, ValueError) as error:
        # Not all are YAMLError: a date of month 13, a number of 5000 digits, a tag's wrong value.
        what = " ".join(str(error).replace(_NO_FILE, " at").split()) or type(error).__name__
        raise UserError(f"{path}: not valid YAML: {what:.300}") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: holds no mapping of keys to values")
    if "__use_yte__" in value:
        raise UserError(
            f"{path}: __use_yte__: asks Snakemake to run this file as a template; a config is "
            "plain YAML here"
        )
    return value


def _load(text: str) -> Any:
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):  # one by one, unlike the nodes
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"more than {_DEEPEST} levels deep", problem_mark=event.start_mark
            )
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        if _nodes(node, {}) > _MOST_NODES:
            raise yaml.YAMLError(f"its aliases stand for more than {_MOST_NODES} values")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _nodes(node: yaml.Node, known: dict[int, int]) -> int:
    """Count the nodes below a node, those behind aliases each time; ``known`` holds results."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = -1  # until it is counted
        below = node.value
        if isinstance(node, yaml.MappingNode):
            _check_keys(node)
            below = [part for pair in node.value for part in pair]
        known[id(node)] = 1 + sum(_nodes(part, known) for part in below)
    if known[id(node)] < 0:
        raise yaml.MarkedYAMLError(problem="holds itself", problem_mark=node.start_mark)
    return known[id(node)]


def _check_keys(mapping: yaml.MappingNode) -> None:
    seen = set()
    for key, _ in mapping.value:
        text = key.value if isinstance(key, yaml.ScalarNode) else "of several values"
        kind = key.tag.rpartition(":")[2]
        problem = f"the key {shown(text)} is not text; quote it"
        if kind == "str":
            problem = f"the key {brief(text)} stands twice" if text in seen else None
            seen.add(text)
        if problem and kind != "merge":
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
