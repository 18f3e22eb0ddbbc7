"""A model's settings as one line for a reader."""

from typing import Any

ACTIVATIONS = {
    "relu": "ReLU",
    "identity": "no activation",
    "symmetric_relu": "symmetric ReLU (Eq. 14)",
    "symmetric_relu_released": "symmetric ReLU",
}
LOSSES = {"nt_xent": "NT-Xent loss", "l2": "L2 loss"}


def in_words(settings: dict[str, Any]) -> str:
    """Describe a model: sizes, encoder, start, loss and augmentation.

    Args:
        settings: a resolved run spec, with the sizes of its dataset as ``data`` (p, d, latents).
    """
    data, layers, masks = settings["data"], settings["layers"], settings["masks"]
    batch_norm = " with batch norm" if settings["batch_norm"] else ""
    heads = [(part, settings[part]) for part in ("projector", "predictor")]
    parts = [
        f"p = {data['p']}, d = {data['d']}, m = {settings['neurons']}",
        f"{data['latents'].replace('_', '-')} latents",
        f"{layers} layer{'s' if layers > 1 else ''}{batch_norm}",
        ACTIVATIONS.get(settings["activation"], settings["activation"]),
        *(f"{choice} {part}" for part, choice in heads if choice != "none"),
        _start(settings["warm_start"]),
        _loss(settings["loss"]),
        f"{settings['update']} updates",
        f"{masks['scheme']} masks, {masks['keep']:g} kept",
    ]
    if settings["weight_normalisation"] != "none":
        parts.append(f"{settings['weight_normalisation']} of W normalised after each step")
    return "; ".join(parts)


def _start(warm: dict[str, Any] | None) -> str:
    if warm is None:
        return "random start"
    sigma = warm.get("sigma")
    return f"warm start, c = {warm['c']:g}" if sigma is None else f"warm start, σ = {sigma:.3g}"


def _loss(loss: dict[str, Any]) -> str:
    options = [
        f"{key.replace('_', ' ')} {str(value).lower()}"
        for key, value in loss.items()
        if key != "name"
    ]
    name = LOSSES.get(loss["name"], loss["name"])
    return f"{name} ({', '.join(options)})" if options else name
