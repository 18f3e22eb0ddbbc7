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
    """Say what a model is: sizes, encoder, start, loss and augmentation.

    Args:
        settings: a resolved run spec, with the sizes of its dataset as ``data`` (p, d).
    """
    data, layers = settings["data"], settings["layers"]
    parts = [
        f"p = {data['p']}, d = {data['d']}, m = {settings['neurons']}",
        f"{data['latents'].replace('_', '-')} latents",
        f"{layers} layer{'s' if layers > 1 else ''}"
        f"{' with batch norm' if settings['batch_norm'] else ''}",
        ACTIVATIONS.get(settings["activation"], settings["activation"]),
        *(
            f"{settings[part]} {part}"
            for part in ("projector", "predictor")
            if _used(settings[part])
        ),
        _start(settings["warm_start"]),
        _loss(settings["loss"]),
        f"{settings['update']} updates",
        f"{settings['masks']['scheme']} masks, {settings['masks']['keep']:g} kept",
    ]
    if _used(settings["weight_normalisation"]):
        parts.append(f"{settings['weight_normalisation']} of W normalised after each step")
    return "; ".join(parts)


def _used(choice: str) -> bool:
    return choice != "none"


def _start(warm: dict[str, Any] | None) -> str:
    if warm is None:
        return "random start"
    if warm.get("sigma") is not None:
        return f"warm start, σ = {warm['sigma']:.3g}"
    return f"warm start, c = {warm['c']:g}"


def _loss(loss: dict[str, Any]) -> str:
    name, *options = LOSSES.get(loss["name"], loss["name"]), *_options(loss)
    return f"{name} ({', '.join(options)})" if options else name


def _options(loss: dict[str, Any]) -> list[str]:
    return [
        f"{key.replace('_', ' ')} {str(value).lower()}"
        for key, value in loss.items()
        if key != "name"
    ]
