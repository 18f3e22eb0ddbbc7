"""A model's settings as one line for a reader."""

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
