"""How far runs drift where sums are taken in another order: as on ARM, or on a GPU.

``python -m tests.results.other_arithmetic 8 results/runs/*/*/seed-*`` trains these runs again,
eight at a time, with code for a processor that has AVX but neither AVX2 nor FMA, and prints as CSV
how far their max-cosines end from the recorded ones.
"""

import csv
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ssl_landscape.pipeline.numeric_environment import fix_environment

OTHER = {"OPENBLAS_CORETYPE": "Sandybridge", "NUMBA_CPU_NAME": "sandybridge"}
COSINES = ("max_max_cosine", "median_max_cosine", "min_max_cosine")


def train_otherwise(record: Path) -> dict[str, str | int | float]:
    """Train a recorded run again: model, sparsity, seed, and the change of each final cosine."""
    import torch

    from ssl_landscape.experiment.data import read_dataset
    from ssl_landscape.experiment.fast import train

    torch.set_num_threads(1)
    known = json.loads(record.read_text(encoding="utf-8"))
    curve = train(known["spec"], *read_dataset(*known["inputs"]), torch.device("cpu")).curve
    changes = {name: round(float(curve[name][-1]) - known["final"][name], 6) for name in COSINES}
    return {key: known["spec"][key] for key in ("model", "sparsity", "seed")} | changes


if __name__ == "__main__":
    records = [Path(folder) / "run.json" for folder in sys.argv[2:]]
    fix_environment(1)
    os.environ.update(OTHER)
    with ProcessPoolExecutor(int(sys.argv[1])) as pool:
        lines = list(pool.map(train_otherwise, records))
    table = csv.DictWriter(sys.stdout, lines[0], lineterminator="\n")
    table.writeheader()
    table.writerows(lines)
