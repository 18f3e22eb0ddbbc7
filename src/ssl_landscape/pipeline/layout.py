"""Where each file of the results lies; paths are relative to the folder of the results."""

from collections.abc import Iterable

PICTURES = (".pdf", ".png", ".svg")
REASONS = "workflow/comparison/reasons.yaml"  # written by hand: relative to the repository
STAGES = ("datasets", "runs", "metrics", "figures", "tables", "ablations", "theory", "comparison")
CELLS, CLAIMS = "comparison/cells.csv", "comparison/claims.csv"


def dataset_folder(dataset: str, seed: int | str) -> str:
    """Return the folder of a dataset: ``sparse-0.1``, 1."""
    return f"datasets/{dataset}/seed-{seed}"


def run_name(model: str, sparsity: str, seed: int | str) -> str:
    """Return the name of a training run; its files lie in ``runs/<name>``."""
    return f"{model}/sparsity-{sparsity}/seed-{seed}"


def curve(model: str, sparsity: str, seed: int | str) -> str:
    """Return the path of a run's curve."""
    return f"runs/{run_name(model, sparsity, seed)}/curve.parquet"


def metrics(model: str) -> str:
    """Return the path of a model's aggregated curves."""
    return f"metrics/{model}.parquet"


def finals(models: Iterable[str]) -> list[str]:
    """Return the paths of the models' final metrics, each once."""
    return [f"metrics/{model}.final.csv" for model in dict.fromkeys(models)]


def statements(names: Iterable[str]) -> list[str]:
    """Return the paths of what was measured of each theorem or lemma."""
    return [f"theory/{name}.json" for name in names]
