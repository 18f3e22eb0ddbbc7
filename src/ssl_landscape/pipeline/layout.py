"""Where files that several jobs share lie, relative to the folder of the results."""

from collections.abc import Iterable

REASONS = "workflow/comparison/reasons.yaml"  # written by hand: relative to the repository
STAGES = (
    *("datasets", "runs", "metrics", "figures", "tables", "ablations", "theory", "comparison"),
    *("replication", "beyond"),
)
REPLICATION = "replication/"
CELLS, CLAIMS = "comparison/cells.csv", "comparison/claims.csv"


def run_name(model: str, sparsity: str, seed: int | str) -> str:
    """Return the name of a training run; its files lie in ``runs/<name>``."""
    return f"{model}/sparsity-{sparsity}/seed-{seed}"


def metrics(models: Iterable[str], ending: str = ".parquet", folder: str = "") -> list[str]:
    """Return the paths of the models' aggregated curves, or of their metrics of another ending."""
    return [f"{folder}metrics/{model}{ending}" for model in models]


def statements(names: Iterable[str]) -> list[str]:
    """Return the paths of what was measured of each theorem or lemma."""
    return [f"theory/{name}.json" for name in names]
