"""The first epochs of a few runs as CSV, to be compared between processors and arithmetics.

``python -m tests.results.early_epochs`` prints this machine's; in ``early_epochs_arm.csv`` are
those of a Cortex-A72 that QEMU emulates: ``qemu-aarch64 -cpu cortex-a72 python3 -m ...``.
"""

import csv
import hashlib
import json
import os
import sys
from pathlib import Path

from ssl_landscape.pipeline.numeric_environment import fix_environment

CONFIG = Path(__file__).parents[2] / "config.yaml"
MODELS = ("cl-basic", "ncl-basic", "ncl-basic-2l", "simplified-simsiam")
SPARSITY, SEEDS, EPOCHS = "0.1", (1, 2), 30
QUANTITIES = ("loss", "max_max_cosine", "median_max_cosine", "min_max_cosine")


def lines(threads: int) -> list[list]:
    """Return model, seed, hash of the data, epoch and the quantities."""
    import torch

    from ssl_landscape.config import read_yaml
    from ssl_landscape.experiment.data import generate
    from ssl_landscape.experiment.fast import train
    from ssl_landscape.pipeline.plan import Plan

    torch.set_num_threads(threads)
    plan, found = Plan(read_yaml(CONFIG)), []
    for model in MODELS:
        for seed in SEEDS:
            dataset = plan.dataset_spec(plan.dataset_of(model, SPARSITY), seed)
            samples, _, dictionary = generate(dataset)
            spec = plan.run_spec(model, SPARSITY, seed) | {"epochs": EPOCHS}
            curve = train(spec, samples, dictionary, torch.device("cpu")).curve
            data = hashlib.sha256(samples.tobytes() + dictionary.tobytes()).hexdigest()[:16]
            found += [
                [model, seed, data, epoch, *(f"{curve[name][epoch]:.7f}" for name in QUANTITIES)]
                for epoch in range(EPOCHS + 1)
            ]
    return found


if __name__ == "__main__":
    threads = int(sys.argv[1]) if sys.argv[1:] else 1
    fix_environment(threads)
    os.environ.update(json.loads(sys.argv[2]) if sys.argv[2:] else {})
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["model", "seed", "data", "epoch", *QUANTITIES])
    table.writerows(lines(threads))
