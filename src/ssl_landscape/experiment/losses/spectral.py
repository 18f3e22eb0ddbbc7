"""The spectral contrastive loss, with in-batch negatives."""

from torch import Tensor


def spectral(first: Tensor, second: Tensor) -> Tensor:
    """Return -2 E <u_i, v_i> + E <u_i, v_k>^2 (HaoChen et al., 2021).

    As in their released code a sample's negatives are the second views of the batch's other
    samples: the second mean is over all n (n - 1) pairs i != k. Representations are not normalised.

    Args:
        first: u, representations of the first views, (n, m).
        second: v, representations of the second views, (n, m).
    """
    n = len(first)
    positives = (first * second).sum(dim=1)  # (n,)
    # The sum of <u_i, v_k>^2 over all i, k is <U^T U, V^T V>: two (m, m) in place of an (n, n).
    all_pairs = (first.T @ first * (second.T @ second)).sum()
    negatives = (all_pairs - (positives**2).sum()) / (n * (n - 1))
    return negatives - 2 * positives.mean()
