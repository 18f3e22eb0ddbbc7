"""What the config's types cannot say: entries that have to fit together."""

from ssl_landscape.config.claims import check_claims
from ssl_landscape.config.model import Config, Dataset, Training
from ssl_landscape.config.types import no_such
from ssl_landscape.errors import UserError

CONTRASTIVE = ("nt_xent", "contrastive")
MOST_NUMBERS = 2**31 - 1  # in one array: 8 GiB of float32, and the longest list that Arrow indexes


def check_consistency(config: Config, models: dict[str, Training]) -> None:
    """Check the references and the arithmetic between entries.

    Raises:
        UserError: names the first entry that does not fit and what is allowed.
    """
    for name, dataset in config.datasets.items():
        if dataset.p < dataset.d:
            raise UserError(
                f"config: datasets.{name}: p = {dataset.p} is below d = {dataset.d}; orthonormal "
                "dictionary columns need p >= d"
            )
        if dataset.latents == "exact_counts" and dataset.d < 2:
            raise UserError(
                f"config: datasets.{name}: d = {dataset.d} has no room for a -1 and a +1; "
                "exact_counts needs d >= 2"
            )
        _check_size(f"datasets.{name}", "samples, n x p", dataset.n, dataset.p)
    for name, model in models.items():
        _check_model(name, model, config)
    _check_references(config)
    _check_distinct(config)
    check_claims(config.claims, list(config.models), [*config.figures, *config.tables])


def _check_model(name: str, model: Training, config: Config) -> None:
    where = f"config: models.{name}"
    if model.dataset not in config.datasets:
        missing = no_such("dataset", model.dataset, list(config.datasets))
        raise UserError(f"{where}.dataset: {missing}")
    dataset = config.datasets[model.dataset]
    _check_memory(name, model, dataset)
    warm = model.warm_start
    if warm and (warm.c is None) == (warm.sigma is None):
        raise UserError(f"{where}.warm_start: needs either c or sigma, and not both")
    if warm and model.neurons < dataset.d:
        raise UserError(
            f"{where}.warm_start: neurons = {model.neurons} cannot cover d = {dataset.d} "
            "dictionary columns; a warm start needs neurons >= d"
        )
    if model.partial_batch == "drop" and model.batch_size > dataset.n:
        raise UserError(
            f"{where}.batch_size: {model.batch_size} is above n = {dataset.n} of dataset "
            f"{model.dataset!r}, and partial batches are dropped: no step would be left"
        )
    smallest = model.batch_size
    if model.partial_batch == "keep":
        smallest = min(smallest, dataset.n % model.batch_size or smallest)
    if model.batch_norm and smallest == 1:
        raise UserError(
            f"{where}.batch_size: n = {dataset.n} in batches of {model.batch_size} leaves a batch "
            "of 1 sample, which batch_norm cannot normalise; allowed: every batch 2 or more"
        )
    if model.loss.name in CONTRASTIVE:
        _check_contrastive(where, model)
    for label, values in (("sparsities", model.sparsities), ("seeds", model.seeds)):
        if isinstance(values, list) and len(set(values)) < len(values):
            raise UserError(f"{where}.{label}: has a value twice: {values}")
    lowest = min(float(sparsity) for sparsity in model.sparsities)
    if dataset.latents == "independent" and lowest * dataset.d < 1e-4:
        raise UserError(
            f"{where}.sparsities: with Pr(z_i != 0) = {lowest:g} and d = {dataset.d}, nearly all "
            "independent latents are 0 and would be drawn again without end; allowed: "
            f"from {1e-4 / dataset.d:g}"
        )
    one_hot = dataset.latents == "one_hot"
    if one_hot and any(abs(float(s) * dataset.d - 1) > 1e-6 for s in model.sparsities):
        raise UserError(
            f"{where}.sparsities: one-hot latents have Pr(z_i != 0) = 1/d = {1 / dataset.d:g}, "
            f"but it is {', '.join(model.sparsities)}"
        )


def _check_memory(name: str, model: Training, dataset: Dataset) -> None:
    where, batch = f"models.{name}", min(model.batch_size, dataset.n)
    _check_size(where, "weights, neurons x p", model.neurons, dataset.p)
    if model.layers == 2 or "linear" in (model.projector, model.predictor):
        _check_size(where, "weights, neurons x neurons", model.neurons, model.neurons)
    _check_size(where, "a batch's representations", batch, model.neurons)
    if model.loss.name in CONTRASTIVE:
        _check_size(where, "a batch's similarities", 2 * batch, 2 * batch)


def _check_size(where: str, what: str, rows: int, columns: int) -> None:
    if rows * columns > MOST_NUMBERS:
        raise UserError(
            f"config: {where}: {what} = {rows} x {columns}, do not fit into memory; allowed: up "
            f"to {MOST_NUMBERS} numbers"
        )


def _check_contrastive(where: str, model: Training) -> None:
    if (model.loss.model_extra or {}).get("temperature") is None:
        raise UserError(f"{where}.loss: {model.loss.name} needs a temperature")
    if model.partial_batch != "drop" or model.update != "shared":
        raise UserError(
            f"{where}: {model.loss.name} needs full batches and one network for both views: "
            "partial_batch: drop and update: shared"
        )
    if model.batch_size == 1:
        raise UserError(
            f"{where}.batch_size: a batch of 1 sample has no negatives for {model.loss.name}; "
            "allowed: 2 or more"
        )


def _check_references(config: Config) -> None:
    known = list(config.models)
    for name, figure in config.figures.items():
        for model in figure.models:
            if model not in known:
                raise UserError(f"config: figures.{name}: {no_such('model', model, known)}")
    for name, table in config.tables.items():
        shown: set[str] = set()
        for row in table.rows:
            if row.model in shown:
                raise UserError(f"config: tables.{name}: the model {row.model!r} stands twice")
            shown.add(row.model)
            if row.model not in known:
                raise UserError(f"config: tables.{name}: {no_such('model', row.model, known)}")


def _check_distinct(config: Config) -> None:
    labels: dict[str, str] = {}
    for name, model in config.models.items():
        if model.label in labels:
            raise UserError(
                f"config: models.{name}.label: {model.label!r} is already the label of "
                f"{labels[model.label]!r}; a legend could not tell them apart"
            )
        labels[model.label] = name
    both = set(config.figures) & set(config.tables)
    if both:
        raise UserError(f"config: {both.pop()!r} names both a figure and a table")
