"""Stage 1: fixed datasets x = M z + noise (Eq. 1), one a (dataset, seed)."""

import math
from pathlib import Path

import numpy as np
import pyarrow as pa

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.experiment.registry import find_block
from ssl_landscape.experiment.seeds import derive_seed
from ssl_landscape.io.files import SPEC_KEY, read_parquet, read_spec, write_parquet

NOISE_SCALES = {
    "sqrt(log d) / d": lambda d: math.sqrt(math.log(d)) / d,  # the released code
    "sqrt(log d / d)": lambda d: math.sqrt(math.log(d) / d),  # section 4.2: variance log d / d
    "log d / d": lambda d: math.log(d) / d,  # section 4.1: sigma_0 = Theta(log d / d)
}


def noise_scale(noise: str | float, d: int) -> float:
    """Return sigma_0, the noise's standard deviation, from the config's entry."""
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


def write_dataset(spec: dict, samples_path: Path, dictionary_path: Path) -> None:
    """Generate a dataset and write its two Parquet files, the spec in their metadata.

    ``samples``: n rows of x (list of p floats) and z (list of d small ints). ``dictionary``: one
    row a column of M (list of p floats).
    """
    samples, latents, dictionary = generate(spec)
    table = pa.table({"x": _rows(samples), "z": _rows(latents)})
    write_parquet(samples_path, table, spec)
    write_parquet(dictionary_path, pa.table({"column": _rows(dictionary.T)}), spec)


def read_dataset(samples_path: Path, dictionary_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read x, (n, p), and M, (p, d), as float32.

    Raises:
        UserError: a file is missing or damaged, or the two do not belong together.
    """
    tables = read_parquet(samples_path, ["x"]), read_parquet(dictionary_path, ["column"])
    samples = _matrix(tables[0]["x"], samples_path)
    dictionary = _matrix(tables[1]["column"], dictionary_path).T
    specs = [(table.schema.metadata or {}).get(SPEC_KEY) for table in tables]
    if samples.shape[1] != dictionary.shape[0] or specs[0] != specs[1]:
        raise UserError(
            f"{samples_path} and {dictionary_path} do not belong together: p = {samples.shape[1]} "
            f"and {dictionary.shape[0]}, specs {specs[0]} and {specs[1]}; delete both, and "
            "Snakemake makes them again"
        )
    return samples, np.ascontiguousarray(dictionary)


def read_checked(samples_path: Path, dictionary_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read x, (n, p), and M, (p, d), and compare them with the spec that both files hold.

    Raises:
        UserError: a file is missing or damaged, of another type or size than its spec says, holds
            a value that is not finite, or the two do not belong together.
    """
    for path, column in ((samples_path, "x"), (dictionary_path, "column")):
        found = read_parquet(path, [column])[column].type
        if not pa.types.is_fixed_size_list(found) or found.value_type != pa.float32():
            raise UserError(
                f"{path}: column {column!r} holds {found}, not fixed-size lists of float32; {AGAIN}"
            )
    samples, dictionary = read_dataset(samples_path, dictionary_path)
    spec = read_spec(samples_path)
    _check_values(samples_path, samples, spec, ("n", "p"))
    _check_values(dictionary_path, dictionary, spec, ("p", "d"))
    return samples, dictionary


def _check_values(source: Path, values: np.ndarray, spec: dict, sizes: tuple[str, str]) -> None:
    wanted = tuple(spec.get(name, size) for name, size in zip(sizes, values.shape, strict=True))
    if values.shape != wanted:
        raise UserError(
            f"{source}: has ({', '.join(sizes)}) = {values.shape}, its spec {wanted}; {AGAIN}"
        )
    if not np.isfinite(values).all():
        raise UserError(f"{source}: has values that are not finite; {AGAIN}")


def _rows(matrix: np.ndarray) -> pa.FixedSizeListArray:
    values = pa.array(np.ascontiguousarray(matrix).ravel())
    return pa.FixedSizeListArray.from_arrays(values, matrix.shape[1])


def _matrix(column: pa.ChunkedArray, source: Path) -> np.ndarray:
    if not pa.types.is_fixed_size_list(column.type) or column.type.value_type != pa.float32():
        raise UserError(f"{source}: holds {column.type}, not fixed-size lists of float32")
    rows = column.combine_chunks()
    if rows.null_count or rows.flatten().null_count:
        raise UserError(f"{source}: has empty values; {AGAIN}")
    values = np.from_dlpack(rows.flatten())  # to_numpy would import pandas
    return values.reshape(len(rows), -1).copy()  # Arrow's own is read-only
