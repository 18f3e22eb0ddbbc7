"""What the config's types cannot say: entries that have to fit together."""

from collections.abc import Iterator

from ssl_landscape.config.model import Config, Dataset, Training
from ssl_landscape.config.types import brief, check_known, refuse

CONTRASTIVE = ("nt_xent", "contrastive")
COMPARE_NEURONS = ("barlow_twins", "spectral", "vicreg")  # in m x m numbers
COMPARE_SAMPLES = ("alignment_uniformity", *COMPARE_NEURONS, *CONTRASTIVE)  # with one another
MOST_NUMBERS = 2**31 - 1  # in one array: 8 GiB of float32, and the longest list that Arrow indexes


def check_consistency(config: Config, models: dict[str, Training]) -> None:
    """Raise a UserError for the first entry that does not fit to others, with what is allowed."""
    for name, data in config.datasets.items():
        where, p, d = f"datasets.{name}", data.p, data.d
        if p < d:
            refuse(where, f"p = {p} is below d = {d}; orthonormal columns need p >= d")
        if data.latents == "exact_counts" and d < 2:
            refuse(where, f"d = {d} has no room for a -1 and a +1; exact_counts needs d >= 2")
        _check_size(where, "samples, n x p", data.n, p)
    for name, model in models.items():
        where = f"models.{name}"
        check_known(f"{where}.dataset", "dataset", [model.dataset], list(config.datasets))
        _check_sizes(where, model, config.datasets[model.dataset])
        for key, problem in _problems(model, config.datasets[model.dataset]):
            refuse(f"{where}.{key}", problem)
    _check_references(config)
    _check_once("models", "label", {name: m.label for name, m in config.models.items()})
    _check_once("claims", "number", {name: c.number for name, c in config.claims.items()})


def _check_sizes(where: str, model: Training, data: Dataset) -> None:
    batch, m = min(model.batch_size, data.n), model.neurons
    _check_size(where, "weights, neurons x p", m, data.p)
    if model.layers == 2 or {model.projector, model.predictor} != {"none"}:
        _check_size(where, "weights, neurons x neurons", m, m)
    _check_size(where, "a batch's representations", batch, m)
    if model.loss.name in CONTRASTIVE:
        _check_size(where, "a batch's similarities", 2 * batch, 2 * batch)
    if model.loss.name == "alignment_uniformity":
        _check_size(where, "a batch's distances", 2 * batch, batch)
    if model.loss.name in COMPARE_NEURONS:
        _check_size(where, "the neurons' products, 2 x neurons x neurons", 2 * m, m)


def _check_size(where: str, what: str, rows: int, columns: int) -> None:
    if rows * columns > MOST_NUMBERS:
        problem = f"{what} = {rows} x {columns} do not fit into memory"
        refuse(where, f"{problem}; allowed: up to {MOST_NUMBERS} numbers")


def _problems(model: Training, data: Dataset) -> Iterator[tuple[str, str]]:
    """Yield the keys of a model that do not fit to others, and why."""
    warm, batch, n, d, loss = model.warm_start, model.batch_size, data.n, data.d, model.loss
    if warm and (warm.c is None) == (warm.sigma is None):
        yield "warm_start", "needs either c or sigma, and not both"
    if warm and model.neurons < d:
        yield "warm_start", f"needs neurons >= d, but neurons = {model.neurons} and d = {d}"
    if model.partial_batch == "drop" and batch > n:
        problem = f"{batch} is above n = {n}, and partial batches are dropped: no step is left"
        yield "batch_size", problem
    smallest = min(batch, n % batch or batch) if model.partial_batch == "keep" else batch
    if smallest == 1 and (model.batch_norm != "none" or loss.name in COMPARE_SAMPLES):
        found = f"n = {n} in batches of {batch} leaves a batch of 1 sample"
        yield "batch_size", f"{found}; batch_norm and {', '.join(COMPARE_SAMPLES)} need 2 or more"
    fits = model.partial_batch == "drop" and model.update.name == "shared"
    if loss.name in CONTRASTIVE and not fits:
        yield "loss", f"{loss.name} needs partial_batch: drop and update: {{name: shared}}"
    for label, values in (("sparsities", model.sparsities), ("seeds", model.seeds)):
        if isinstance(values, list) and len(set(values)) < len(values):
            yield label, f"a value appears twice: {brief(values)}"
    sparsities = [float(sparsity) for sparsity in model.sparsities]
    if data.latents == "independent" and min(sparsities) * d < 1e-4:
        problem = "nearly all independent latents are 0 and would be drawn without end"
        yield "sparsities", f"{problem}; allowed: from 1e-4/d = {1e-4 / d:g}"
    if data.latents == "one_hot" and any(abs(s * d - 1) > 1e-6 for s in sparsities):
        found = ", ".join(model.sparsities)
        yield "sparsities", f"one-hot latents have Pr(z_i != 0) = 1/d = {1 / d:g}, not {found}"


def _check_references(config: Config) -> None:
    known, artefacts = list(config.models), [*config.figures, *config.tables]
    for name, figure in config.figures.items():
        check_known(f"figures.{name}", "model", figure.models, known)
        if name in config.tables:
            refuse(f"figures.{name}", "is the name of a table, too; choose another name")
    for name, table in config.tables.items():
        models = [row.model for row in table.rows]
        check_known(f"tables.{name}", "model", models, known)
        if len(set(models)) < len(models):
            refuse(f"tables.{name}", f"a model appears twice: {brief(models)}")
    for name, claim in config.claims.items():
        check_known(f"claims.{name}", "model", claim.models, known)
        check_known(f"claims.{name}.artefacts", "figure or table", claim.artefacts, artefacts)
    for name in ("summary", "claims_by_reading"):
        if name in config.ablations:
            refuse(f"ablations.{name}", "is the name of a page on all; choose another name")
    for name in config.beyond:
        if name in config.ablations or name == "verdicts":
            problem = "is the name of an ablation or of the verdicts' page; choose another name"
            refuse(f"beyond.{name}", problem)


def _check_once(section: str, key: str, values: dict[str, str] | dict[str, int]) -> None:
    first: dict[str | int, str] = {}
    for name, value in values.items():
        other = first.setdefault(value, name)
        if other != name:
            refuse(f"{section}.{name}.{key}", f"{value!r} is already the {key} of {other!r}")
