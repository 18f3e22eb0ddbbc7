"""A model's settings, and the law of its latents, as one line for a reader."""

import itertools
import math
from collections.abc import Iterable

from ssl_landscape.config.model import WarmStart, WithOptions
from ssl_landscape.pipeline.plan import Plan

ACTIVATIONS = {
    "relu": "ReLU",
    "identity": "no activation",
    "symmetric_relu": "symmetric ReLU (Eq. 14)",
    "symmetric_relu_released": "symmetric ReLU",
}
LOSSES = {"nt_xent": "NT-Xent loss", "l2": "L2 loss"}


def in_words(plan: Plan, model: str) -> str:
    """Describe a model: sizes, encoder, start, loss and augmentation."""
    entry = plan.model(model)
    data = plan.config.datasets[entry.dataset]
    batch_norm = {"none": "", "trained": " with batch norm"}.get(
        entry.batch_norm, f" with {entry.batch_norm} batch norm"
    )
    heads = {"projector": entry.projector, "predictor": entry.predictor}
    parts = [
        f"p = {data.p}, d = {data.d}, m = {entry.neurons}",
        f"{data.latents.replace('_', '-')} latents",
        f"{entry.layers} layer{'s' if entry.layers > 1 else ''}{batch_norm}",
        ACTIVATIONS.get(entry.activation, entry.activation),
        *(f"{choice} {head}" for head, choice in heads.items() if choice != "none"),
        _start(entry.warm_start),
        _with_options(entry.loss, LOSSES.get(entry.loss.name, entry.loss.name)),
        _with_options(entry.update, f"{entry.update.name} updates"),
        f"{entry.masks.scheme} masks, {entry.masks.keep:g} kept",
    ]
    if entry.weight_normalisation != "none":
        parts.append(f"{entry.weight_normalisation} of W normalised after each step")
    return "; ".join(parts)


def _start(warm: WarmStart | None) -> str:
    if warm is None:
        return "random start"
    sigma = warm.sigma
    return f"warm start, c = {warm.c:g}" if sigma is None else f"warm start, σ = {sigma:.3g}"


def _with_options(block: WithOptions, name: str) -> str:
    options = (block.model_extra or {}).items()
    texts = [f"{key.replace('_', ' ')} {str(value).lower()}" for key, value in options]
    return f"{name} ({', '.join(texts)})" if texts else name


def law_of_latents(plan: Plan, model: str, sparsity: str) -> str:
    """Return what a model's data have at a Pr(sparse), the paper's label, in few words."""
    data, share = plan.config.datasets[plan.model(model).dataset], float(sparsity)
    if data.latents == "one_hot":
        return "one +1"
    if data.latents != "exact_counts":
        return "each entry \N{PLUS-MINUS SIGN}1 with this probability"
    negative = math.ceil(round(data.d * share / 2, 9))
    nonzero = max(math.ceil(round(data.d * share, 9)), negative + 1)
    counts = [_NUMBERS.get(n, str(n)) for n in (negative, nonzero - negative)]
    return f"{counts[0]} \N{MINUS SIGN}1 and {counts[1]} +1"


def laws_in_words(plan: Plan, models: Iterable[str]) -> str:
    """Return the laws of the models' latents by Pr(sparse) as a sentence; equal ones as one."""
    pairs = {(law_of_latents(plan, m, s), s) for m in models for s in plan.model(m).sparsities}
    laws = [
        f"{' and '.join(s for _, s in group)} {law}"
        for law, group in itertools.groupby(sorted(pairs), key=lambda pair: pair[0])
    ]
    return f"Each z has at Pr(sparse) {'; at '.join(laws)}."


_NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
