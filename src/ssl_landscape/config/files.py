"""Reading YAML: plain data, whose keys are texts and appear once."""

import re
from pathlib import Path
from typing import Any

import yaml

from ssl_landscape.config.types import brief, shown
from ssl_landscape.errors import UserError

# The parser in C, where PyYAML has it: every job on a cluster reads the config again.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc, valid-type]
    """YAML's safe loader, without duplicate keys and integers that most people read otherwise."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Check the keys of a mapping before those of a merge (``<<``) are put among them."""
        keys = set()
        for key, _ in () if getattr(node, "checked", False) else node.value:
            text = key.value if isinstance(key, yaml.ScalarNode) else "of several values"
            kind = key.tag.rpartition(":")[2]
            if kind not in ("str", "merge"):
                _refuse(f"the key {shown(text)} is not text; quote it", key)
            if kind == "str" and text in keys:
                _refuse(f"the key {brief(text)} appears twice", key)
            keys.add(text)
        node.checked = True
        super().flatten_mapping(node)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Refuse 010, which is 8 in YAML, and 1:30, which is 90."""
        text, value = node.value.lstrip("+-"), super().construct_yaml_int(node)
        if ":" in text or re.fullmatch("0[0-7_]+", text):
            _refuse(f"YAML reads {text} as {value}; write that, or quote it", node)
        return value


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping; nothing in the file is run.

    Raises:
        UserError: the file is missing, is not YAML, is not a mapping, repeats a key, or is a
            template that Snakemake would run.
    """
    try:
        value = _Loader(path.read_text(encoding="utf-8")).get_single_data()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, ValueError) as error:
        # Not all are YAMLError: a date of month 13, a number of 5000 digits, a tag's wrong value.
        what = " ".join(str(error).replace(' in "<unicode string>",', " at").split())
        raise UserError(f"{path}: not valid YAML: {what or type(error).__name__:.300}") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: is not a mapping of keys to values")
    if "__use_yte__" in value:
        raise UserError(
            f"{path}: __use_yte__: asks Snakemake to run this file as a template; a config is "
            "plain YAML here"
        )
    return value


def _refuse(problem: str, place: yaml.Node) -> None:
    raise yaml.MarkedYAMLError(problem=problem, problem_mark=place.start_mark)
