"""Other measures of an encoder's quality, beside the minimum max-cosine (Eq. 12)."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file
from torch import Tensor

from ssl_landscape.errors import AGAIN, UserError
from ssl_landscape.experiment.data import read_dataset
from ssl_landscape.experiment.networks import Network, build_networks
from ssl_landscape.experiment.registry import network_names
from ssl_landscape.io.files import explaining_reads, read_parquet, read_spec, write_text
from ssl_landscape.pipeline.job_files import runs_in

# Of two orthogonal columns, a neuron has a larger cosine than this with one at most.
ALIGNED = 2**-0.5


def measure(spec: dict, inputs: list[Path], outputs: list[Path]) -> None:
    """Measure the final encoders of a model's runs, one row a run.

    Args:
        spec: ``runs``, pairs of a sparsity and its seeds as :func:`compact` writes them.
        inputs: four files a run, in the order of the spec: ``curve.parquet``,
            ``weights.safetensors``, ``samples.parquet`` and ``dictionary.parquet``.
        outputs: the CSV to write: sparsity, seed, and ``MEASURES``.

    Raises:
        UserError: an input cannot be read.
    """
    lines = []
    for place, (sparsity, seed) in enumerate(runs_in(spec["runs"])):
        curve, weights, samples, dictionary = inputs[4 * place : 4 * place + 4]
        x, M = read_dataset(samples, dictionary)
        network = _read_encoder(read_spec(curve), weights, torch.from_numpy(M))
        with torch.inference_mode():
            outputs_of_encoder = network.encoder(torch.from_numpy(x)).double().numpy()
        found = measures_of(outputs_of_encoder, _read_latents(samples), network.weight.detach(), M)
        lines.append({"sparsity": sparsity, "seed": seed, **found})
    write_text(outputs[0], pd.DataFrame(lines).to_csv(index=False, lineterminator="\n"))


def measures_of(
    h: np.ndarray, z: np.ndarray, weight: Tensor | np.ndarray, dictionary: np.ndarray
) -> dict[str, float]:
    """Return the measures of an encoder.

    Args:
        h: what it gives for the samples, (n, m).
        z: the samples' latents, (n, d).
        weight: its W, (m, p).
        dictionary: M, (p, d), with orthonormal columns.
    """
    W = np.asarray(weight, np.float64)
    norms = np.linalg.norm(W, axis=1, keepdims=True)
    cosines = np.abs(W / np.where(norms > 0, norms, 1) @ dictionary)  # (m, d)
    return {
        "support_recovery": support_recovery(h[:, cosines.argmax(axis=0)], z),
        "probe_r2": probe_r2(h, z),
        "fewest_neurons": float((cosines > ALIGNED).sum(axis=0).min()),
    }


def support_recovery(h: np.ndarray, z: np.ndarray) -> float:
    """Return the share of samples whose support the columns' neurons show (Eq. 10).

    If h = cPz, the neurons of a sample's non-zero latents are those with the largest outputs. How
    many they are is known here, so that no threshold has to be chosen; scales are made equal.

    Args:
        h: for each column of the dictionary, what the neuron nearest to it gives, (n, d).
        z: latents, (n, d).
    """
    scale = np.sqrt((h**2).mean(axis=0))
    size = np.abs(h) / np.where(scale > 0, scale, 1)
    least = np.where(z != 0, size, np.inf).min(axis=1)
    most = np.where(z == 0, size, -np.inf).max(axis=1)
    return float((least > most).mean())


def probe_r2(h: np.ndarray, z: np.ndarray) -> float:
    """Return R^2 of z from h by least squares, fitted on one half of the samples, on the other.

    Args:
        h: outputs of the encoder, (n, m).
        z: latents, (n, d); R^2 is the mean over them.
    """
    from sklearn.linear_model import LinearRegression

    half = len(h) // 2
    return float(LinearRegression().fit(h[:half], z[:half]).score(h[half:], z[half:]))


def _read_encoder(spec: dict, weights: Path, dictionary: Tensor) -> Network:
    """Return the network of which the max-cosines are measured, with its final weights."""
    names = network_names(spec["update"]["name"])
    network = build_networks(spec, len(names), dictionary, torch.Generator())[0]
    start = f"final.{names[0]}."
    with explaining_reads(weights):
        tensors = load_file(weights)
    final = {k.removeprefix(start): tensor for k, tensor in tensors.items() if k.startswith(start)}
    missing, unknown = network.load_state_dict(final, strict=False)
    if unknown or not {"gain", "shift"} >= {name.rpartition(".")[2] for name in missing}:
        raise UserError(f"{weights}: has not the weights of its run's network; {AGAIN}")
    return network


def _read_latents(samples: Path) -> np.ndarray:
    rows = read_parquet(samples, ["z"])["z"].combine_chunks()
    return np.from_dlpack(rows.flatten()).reshape(len(rows), -1)
