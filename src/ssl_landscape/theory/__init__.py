"""The paper's theorems, computed in float64: one module for each statement.

Its ``measure`` turns settings into plain quantities, and curves for the picture; ``judge`` in
``verdicts`` turns quantities into a verdict; ``draw`` in ``pictures`` makes the figure.
"""

STATEMENTS = ("theorem_1", "theorem_2", "theorem_3", "lemma_1")
