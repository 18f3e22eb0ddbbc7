"""Fixed datasets x = M z + noise (Eq. 1), one per (dataset, seed)."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.experiment.registry import find_block
from ssl_landscape.experiment.seeds import derive_seed
from ssl_landscape.io.files import read_parquet, read_spec, write_parquet

NOISE_SCALES = {
    "sqrt(log d) / d": lambda d: math.sqrt(math.log(d)) / d,  # the released code
    "sqrt(log d / d)": lambda d: math.sqrt(math.log(d) / d),  # section 4.2: variance log d / d
    "log d / d": lambda d: math.log(d) / d,  # section 4.1: sigma_0 = Theta(log d / d)
}


def noise_scale(noise: str | float, d: int) -> float:
    """Return sigma_0, the standard deviation of the noise, from the config's entry."""
    return NOISE_SCALES[noise](d) if isinstance(noise, str) else float(noise)


def generate(spec: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw a dataset.

    Args:
        spec: the resolved spec of the dataset.

    Returns:
        x (n, p) float32, z (n, d) int8 and M (p, d) float32, column-orthonormal: the Q of the QR
        decomposition of a Gaussian matrix (section 4.2).
    """
    n, p, d = spec["n"], spec["p"], spec["d"]
    seed = derive_seed(spec["dataset"], spec["sparsity"], spec["seed"], "data")
    generator = np.random.Generator(np.random.PCG64(seed))
    dictionary, _ = np.linalg.qr(generator.standard_normal((p, d)))
    latents = find_block("latents", spec["latents"])(n, d, float(spec["sparsity"]), generator)
    noise = noise_scale(spec["noise"], d) * generator.standard_normal((n, p))
    samples = latents @ dictionary.T + noise
    return samples.astype(np.float32), latents, dictionary.astype(np.float32)


def write_dataset(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Generate a dataset and write its two Parquet files, the spec in their metadata.

    Args:
        spec: the resolved spec of the dataset.
        inputs: none.
        outputs: ``samples.parquet``, n rows of x (list of p floats) and z (list of d small ints);
            ``dictionary.parquet``, one row per column of M (list of p floats).
    """
    samples_path, dictionary_path = outputs
    samples, latents, dictionary = generate(spec)
    table = pa.table({"x": _rows(samples), "z": _rows(latents)})
    write_parquet(samples_path, table, spec)
    write_parquet(dictionary_path, pa.table({"column": _rows(dictionary.T)}), spec)


def read_dataset(samples_path: Path, dictionary_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read x, (n, p), and M, (p, d), as float32.

    Raises:
        UserError: a file is missing or damaged, of another type or size than its spec says, holds
            a value that is not finite, or the two do not belong together.
    """
    samples, samples_spec = _read_matrix(samples_path, "x")
    columns, dictionary_spec = _read_matrix(dictionary_path, "column")
    dictionary = np.ascontiguousarray(columns.T)
    if samples.shape[1] != dictionary.shape[0] or samples_spec != dictionary_spec:
        raise UserError(
            f"{samples_path} and {dictionary_path} do not belong together: p = {samples.shape[1]} "
            f"and {dictionary.shape[0]}, specs {samples_spec} and {dictionary_spec}; delete both "
            "and rerun Snakemake"
        )
    for path, values, sizes in (
        (samples_path, samples, ("n", "p")),
        (dictionary_path, dictionary, ("p", "d")),
    ):
        wanted = tuple(
            samples_spec.get(k, size) for k, size in zip(sizes, values.shape, strict=True)
        )
        if values.shape != wanted:
            raise UserError(
                f"{path}: has ({', '.join(sizes)}) = {values.shape}, its spec {wanted}; {AGAIN}"
            )
        if not np.isfinite(values).all():
            raise UserError(f"{path}: has values that are not finite; {AGAIN}")
    return samples, dictionary


def _read_matrix(source: Path, column: str) -> tuple[np.ndarray, dict]:
    """Return the rows of a column of fixed-size lists, and the file's spec."""
    rows = read_parquet(source, [column])[column].combine_chunks()
    if not pa.types.is_fixed_size_list(rows.type) or rows.type.value_type != pa.float32():
        raise UserError(
            f"{source}: column {column!r} holds {rows.type}, not fixed-size lists of float32; "
            f"{AGAIN}"
        )
    if rows.null_count or rows.flatten().null_count:
        raise UserError(f"{source}: has empty values; {AGAIN}")
    spec = read_spec(source)
    values = np.from_dlpack(rows.flatten())  # to_numpy would import pandas
    return values.reshape(len(rows), -1).copy(), spec  # Arrow's own is read-only


def _rows(matrix: np.ndarray) -> pa.FixedSizeListArray:
    values = pa.array(np.ascontiguousarray(matrix).ravel())
    return pa.FixedSizeListArray.from_arrays(values, matrix.shape[1])
