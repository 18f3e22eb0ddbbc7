"""What the config's types cannot say: entries that have to fit together."""

from ssl_landscape.config.model import Config, Dataset, Training
from ssl_landscape.config.types import brief, check_known, refuse

CONTRASTIVE = ("nt_xent", "contrastive")


def check_consistency(config: Config, models: dict[str, Training]) -> None:
    """Check the references and the arithmetic between entries.

    Raises:
        UserError: names the first entry that does not fit and what is allowed.
    """
    for name, data in config.datasets.items():
        where, p, d = f"datasets.{name}", data.p, data.d
        if p < d:
            refuse(where, f"p = {p} is below d = {d}; orthonormal columns need p >= d")
        if data.latents == "exact_counts" and d < 2:
            refuse(where, f"d = {d} has no room for a -1 and a +1; exact_counts needs d >= 2")
    for name, model in models.items():
        where = f"models.{name}"
        check_known(f"{where}.dataset", "dataset", [model.dataset], list(config.datasets))
        data = config.datasets[model.dataset]
        _check_training(where, model, data)
        _check_runs(where, model, data)
    _check_references(config)
    _check_once("models", "label", {name: m.label for name, m in config.models.items()})
    _check_once("claims", "number", {name: c.number for name, c in config.claims.items()})


def _check_training(where: str, model: Training, data: Dataset) -> None:
    warm, batch, n, loss = model.warm_start, model.batch_size, data.n, model.loss.name
    if warm and (warm.c is None) == (warm.sigma is None):
        refuse(f"{where}.warm_start", "needs either c or sigma, and not both")
    if warm and model.neurons < data.d:
        problem = f"neurons = {model.neurons} cannot cover d = {data.d} dictionary columns"
        refuse(f"{where}.warm_start", f"{problem}; a warm start needs neurons >= d")
    if model.partial_batch == "drop" and batch > n:
        problem = f"{batch} is above n = {n} of dataset {model.dataset!r}, and partial batches are"
        refuse(f"{where}.batch_size", f"{problem} dropped: no step would be left")
    smallest = min(batch, n % batch or batch) if model.partial_batch == "keep" else batch
    if model.batch_norm and smallest == 1:
        problem = f"n = {n} in batches of {batch} leaves a batch of 1 sample, which batch_norm"
        refuse(f"{where}.batch_size", f"{problem} cannot normalise; allowed: every batch 2 or more")
    if loss not in CONTRASTIVE:
        return
    if (model.loss.model_extra or {}).get("temperature") is None:
        refuse(f"{where}.loss", f"{loss} needs a temperature")
    if model.partial_batch != "drop" or model.update != "shared":
        needed = "full batches and one network for both views: partial_batch: drop, update: shared"
        refuse(where, f"{loss} needs {needed}")
    if batch == 1:
        problem = f"a batch of 1 sample has no negatives for {loss}"
        refuse(f"{where}.batch_size", f"{problem}; allowed: 2 or more")


def _check_runs(where: str, model: Training, data: Dataset) -> None:
    for label, values in (("sparsities", model.sparsities), ("seeds", model.seeds)):
        if isinstance(values, list) and len(set(values)) < len(values):
            refuse(f"{where}.{label}", f"a value appears twice: {brief(values)}")
    d, sparsities = data.d, [float(sparsity) for sparsity in model.sparsities]
    where = f"{where}.sparsities"
    if data.latents == "independent" and (low := min(sparsities)) * d < 1e-4:
        problem = f"with Pr(z_i != 0) = {low:g} and d = {d}, nearly all independent latents are 0"
        refuse(where, f"{problem} and would be drawn without end; allowed: from {1e-4 / d:g}")
    if data.latents == "one_hot" and any(abs(s * d - 1) > 1e-6 for s in sparsities):
        found = ", ".join(model.sparsities)
        refuse(where, f"one-hot latents have Pr(z_i != 0) = 1/d = {1 / d:g}, but it is {found}")


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
    if "summary" in config.ablations:
        refuse("ablations.summary", "is the name of the page of all; choose another name")


def _check_once(section: str, key: str, values: dict[str, str] | dict[str, int]) -> None:
    first: dict[str | int, str] = {}
    for name, value in values.items():
        other = first.setdefault(value, name)
        if other != name:
            refuse(f"{section}.{name}.{key}", f"{value!r} is already the {key} of {other!r}")
