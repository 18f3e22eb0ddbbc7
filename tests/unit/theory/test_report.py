"""The files of a statement."""

import json

from ssl_landscape.theory.report import write_statement

SETTINGS = {"dimensions": [2, 3], "steps_c": [0.5], "starts": 2, "iterations": 60, "variation": 1}


def write(folder, spec):
    outputs = [folder / f"lemma_1.{kind}" for kind in ("pdf", "png", "svg", "json")]
    write_statement(spec, [], outputs)
    return [path.read_bytes() for path in outputs]


def test_equal_specs_give_equal_bytes_whatever_the_order_of_their_keys(tmp_path):
    spec = {"statement": "lemma_1", "seed": 1, "settings": SETTINGS}
    files = write(tmp_path, spec)
    backwards = {"settings": dict(reversed(SETTINGS.items())), "seed": 1, "statement": "lemma_1"}
    assert write(tmp_path, backwards) == files
    content = json.loads(files[-1])
    assert content["settings"] == SETTINGS
    assert content["verdict"]["title"] == "Lemma 1"
