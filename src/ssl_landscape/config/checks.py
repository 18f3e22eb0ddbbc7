"""What the config's types cannot say: entries that have to fit together."""

from ssl_landscape.config.claims import check_claims
from ssl_landscape.config.model import Config, Dataset, Training
from ssl_landscape.config.types import brief, no_such, refuse

CONTRASTIVE = ("nt_xent", "contrastive")
MOST_NUMBERS = 2**31 - 1  # in one array: 8 GiB of float32, and the longest list that Arrow indexes


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
        _check_size(where, "samples, n x p", data.n, p)
    for name, model in models.items():
        where = f"models.{name}"
        _check_known(f"{where}.dataset", "dataset", [model.dataset], list(config.datasets))
        data = config.datasets[model.dataset]
        _check_memory(where, model, data)
        _check_training(where, model, data)
        _check_runs(where, model, data)
    _check_references(config)
    check_claims(config.claims, list(config.models), [*config.figures, *config.tables])


def _check_known(where: str, what: str, names: list[str], known: list[str]) -> None:
    for name in names:
        if name not in known:
            refuse(where, no_such(what, name, known))


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


def _check_memory(where: str, model: Training, data: Dataset) -> None:
    batch = min(model.batch_size, data.n)
    _check_size(where, "weights, neurons x p", model.neurons, data.p)
    if model.layers == 2 or "linear" in (model.projector, model.predictor):
        _check_size(where, "weights, neurons x neurons", model.neurons, model.neurons)
    _check_size(where, "a batch's representations", batch, model.neurons)
    if model.loss.name in CONTRASTIVE:
        _check_size(where, "a batch's similarities", 2 * batch, 2 * batch)


def _check_size(where: str, what: str, rows: int, columns: int) -> None:
    if rows * columns > MOST_NUMBERS:
        problem = f"{what} = {rows} x {columns}, do not fit into memory"
        refuse(where, f"{problem}; allowed: up to {MOST_NUMBERS} numbers")


def _check_references(config: Config) -> None:
    for name, figure in config.figures.items():
        _check_known(f"figures.{name}", "model", figure.models, list(config.models))
        if name in config.tables:
            refuse(f"figures.{name}", "is the name of a table, too; choose another name")
    for name, table in config.tables.items():
        models = [row.model for row in table.rows]
        _check_known(f"tables.{name}", "model", models, list(config.models))
        for model in models:
            if models.count(model) > 1:
                refuse(f"tables.{name}", f"the model {model!r} appears twice")
    labels: dict[str, str] = {}
    for name, entry in config.models.items():
        other = labels.setdefault(entry.label, name)
        if other != name:
            problem = f"{entry.label!r} is already the label of {other!r}"
            refuse(f"models.{name}.label", f"{problem}; a legend could not tell them apart")
    if "summary" in config.ablations:
        refuse("ablations.summary", "is the name of the page of all; choose another name")
