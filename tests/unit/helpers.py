"""Small specs and data for tests, and the repository's place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ssl_landscape.experiment import training
from ssl_landscape.experiment.fast import train
from ssl_landscape.experiment.training import Result
from ssl_landscape.pipeline.jobs import ALL, make_job
from ssl_landscape.pipeline.plan import Plan

REPOSITORY = Path(__file__).parents[2]
CPU = torch.device("cpu")

BASE = {
    "model": "toy",
    "sparsity": "0.3",
    "seed": 1,
    "dataset": "sparse",
    "neurons": 7,
    "layers": 1,
    "batch_norm": "trained",
    "activation": "symmetric_relu_released",
    "initial_bias": "uniform",
    "second_layer_weights": "pd",
    "head_weights": "pd",
    "projector": "none",
    "predictor": "none",
    "loss": {"name": "l2", "normalise": True},
    "update": {"name": "alternating"},
    "masks": {"scheme": "independent", "keep": 0.5},
    "warm_start": None,
    "weight_normalisation": "none",
    "epochs": 20,
    "batch_size": 16,
    "partial_batch": "keep",
    "learning_rate": 0.1,
    "momentum": 0.0,
    "weight_decay": 0.0,
}
CONTRASTIVE = {
    "loss": {"name": "nt_xent", "temperature": 0.05},
    "update": {"name": "shared"},
    "masks": {"scheme": "dependent", "keep": 0.5},
    "partial_batch": "drop",
}
SIMSIAM = {
    "predictor": "linear",
    "loss": {"name": "negative_cosine"},
    "update": {"name": "symmetrised"},
}
LINEAR = {
    "batch_norm": "none",
    "activation": "identity",
    "loss": {"name": "l2", "normalise": False},
}


def small_spec(**changes: object) -> dict:
    """Give the resolved spec of a small run: BASE with these keys replaced."""
    assert changes.keys() <= BASE.keys()
    return BASE | changes


def small_data(n: int = 40, p: int = 12, d: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Give samples (n, p) and an orthonormal dictionary (p, d), both float32."""
    random = np.random.default_rng(7)
    dictionary = np.linalg.qr(random.standard_normal((p, d)))[0]
    latents = random.choice([-1, 0, 1], size=(n, d))
    samples = latents @ dictionary.T + 0.2 * random.standard_normal((n, p))
    return samples.astype(np.float32), dictionary.astype(np.float32)


def small_run(**changes: object) -> Result:
    """Train a small run on the CPU."""
    return train(small_spec(**changes), *small_data(), CPU)


def reference_run(spec: dict, x: np.ndarray, dictionary: np.ndarray, dtype: type = np.float64):
    """Train by autograd on the blocks as they are written, in double precision if not told."""
    return training.train(spec, x.astype(dtype), dictionary, CPU)


def outcome(function: Callable, error: type[Exception]) -> tuple[Any, str | None]:
    """Call a function; give its result and the message of an error of this kind."""
    try:
        return function(), None
    except error as raised:
        return None, str(raised)


def spec_of(plan: Plan, rule: str, name: str = "") -> dict[str, Any]:
    """Return the spec of a rule's job."""
    return make_job(plan, ALL, rule, name).spec
