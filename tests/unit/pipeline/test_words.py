"""What the latents have at a Pr(sparse), against data that are drawn."""

import numpy as np
import pytest

from ssl_landscape.experiment.registry import find_block
from ssl_landscape.pipeline.plan import Plan
from ssl_landscape.pipeline.words import law_of_latents, laws_in_words

NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


@pytest.mark.parametrize(("model", "d"), [("ncl-basic", 10), ("ncl-row-normalised-square", 20)])
@pytest.mark.parametrize("sparsity", ["0.05", "0.1", "0.2", "0.3", "0.5", "0.9"])
def test_the_counts_are_those_of_every_latent(shipped, model, d, sparsity):
    words = law_of_latents(Plan(shipped), model, sparsity)
    negative, positive = (NUMBERS.get(part.split()[0]) for part in words.split(" and "))
    z = find_block("latents", "exact_counts")(50, d, float(sparsity), np.random.default_rng(0))
    for sign, count, part in ((-1, negative, 0), (1, positive, 1)):
        count = count or int(words.split(" and ")[part].split()[0])
        assert ((z == sign).sum(axis=1) == count).all()


def test_equal_laws_are_said_once(shipped):
    plan = Plan(shipped)
    words = laws_in_words(plan, ["ncl-basic", "cl-basic"])
    assert words == (
        "Each z has at Pr(sparse) 0.1 and 0.2 one \N{MINUS SIGN}1 and one +1; at 0.3 two "
        "\N{MINUS SIGN}1 and one +1."
    )
    assert laws_in_words(plan, ["cl-one-hot"]) == "Each z has at Pr(sparse) 0.1 one +1."
