"""The paper's theorems, computed: one module a statement, with its claim and its assumptions.

Each statement's module has ``measure`` (settings to plain quantities, and curves for the picture)
and ``judge`` (quantities to a verdict); ``pictures`` has its figure. Everything is in float64.
"""

STATEMENTS = ("theorem_1", "theorem_2", "theorem_3", "lemma_1")
