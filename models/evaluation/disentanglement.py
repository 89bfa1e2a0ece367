"""How independently the factors of λ act (DiscoFaceGAN, Deng et al., CVPR 2020, section 4.2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.face.rig_vector import FACTORS, factor_indices


def varied_sets(factor: str, bases: np.ndarray, others: np.ndarray) -> np.ndarray:
    """λ (S, K, 241): base s with the factor of K others each, all else unchanged.

    bases: (S, 241). others: (S, K, 241). Raises KeyError for an unknown factor.
    """
    place = factor_indices(factor)
    sets = np.repeat(bases[:, None], others.shape[1], axis=1)
    sets[..., place] = others[..., place]
    return sets


def set_variance(values: np.ndarray) -> float:
    """Variance of (S, K, D) vectors within the sets of K: summed over D, mean over S."""
    return float(values.var(axis=1, ddof=1).sum(-1).mean())


def factor_variances(read: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Variances (4,) of the factors of λ (S, K, 241) read from sets of pictures.

    Each is divided by its variance among reference λ (N, 241), read from real pictures.
    """
    return np.array([
        set_variance(read[..., place]) / set_variance(reference[None, :, place])
        for place in map(factor_indices, FACTORS)
    ])  # fmt: skip


def disentanglement_scores(variances: np.ndarray) -> np.ndarray:
    """DS (F,) = Π over j ≠ i of var_i / var_j (Eq. 9), high when only the own factor moves.

    variances: (F, F), row i from pictures in which only factor i varies, columns the factors
    read.
    """
    ratios = np.diag(variances)[:, None] / np.maximum(variances, 1e-12)
    np.fill_diagonal(ratios, 1)
    return ratios.prod(axis=1)


def leakage(variances: np.ndarray, own: Sequence[int]) -> np.ndarray:
    """(F, A) share of an attribute's own range that it moves when another factor varies.

    variances: (F, A). own: for each attribute the row of the factor that should move it. The
    shares are ratios of standard deviations, 1 where factor and attribute belong together.
    """
    return np.sqrt(variances / variances[list(own), np.arange(variances.shape[1])])
