"""Telling identity from expression in aligned shapes, and the identity basis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

REAL_COMPONENTS = 40
SMOOTH_COMPONENTS = 40
# Length (mm) and height (mm) of the Gaussian-process modes that widen the real ones.
SMOOTH_LENGTH = 30.0
SMOOTH_SIGMA = 0.9
# Loose, so that smiles end up here and not in the identity.
EXPRESSION_SIGMA = 0.8
NOISE_MM = 0.8


@dataclass(frozen=True)
class IdentityModel:
    """basis: (80, 478, 3) mm per standard deviation; mean: (478, 3), the neutral mean.

    expression: (N, 51) weights found on the training shapes; sigma: (478,) residual in mm.
    explained: share of the identity variance by the first 1..40 real components.
    """

    mean: np.ndarray
    basis: np.ndarray
    expression: np.ndarray
    sigma: np.ndarray
    explained: np.ndarray


def bounded_map(
    target: np.ndarray, basis: np.ndarray, precision: np.ndarray, noise: float, free: int
) -> np.ndarray:
    """Coefficients (N, K) of target (N, D) ~ coefficients @ basis (K, D), by MAP.

    A Gaussian prior of the given precisions (K,); coefficients from `free` on are held
    between 0 and 1 (expressions). Coordinate descent on the shared normal matrix.
    """
    gram = basis @ basis.T / noise**2 + np.diag(precision)
    right = target @ basis.T / noise**2
    x = np.linalg.solve(gram, right.T).T
    x[:, free:] = np.clip(x[:, free:], 0, 1)
    for _ in range(60):
        for k in range(len(gram)):
            step = right[:, k] - x @ gram[:, k] + x[:, k] * gram[k, k]
            x[:, k] = step / gram[k, k]
            if k >= free:
                np.clip(x[:, k], 0, 1, out=x[:, k])
    return x


def separate(
    shapes: np.ndarray,
    neutral: np.ndarray,
    fields: np.ndarray,
    unsmiling: np.ndarray,
    mirror: np.ndarray,
    rounds: int = 3,
) -> IdentityModel:
    """Alternate between expression weights per face and the PCA of what remains.

    shapes: (N, 478, 3) aligned; fields: (51, 478, 3); unsmiling: (N,) bool, faces whose
    mouth is closed and narrow: their spread is the first guess at identity, and the mean
    of their identities is the neutral one.
    """
    n = len(shapes)
    offsets = (shapes - neutral).reshape(n, -1).astype(np.float64)
    flat_fields = fields.reshape(len(fields), -1).astype(np.float64)
    flip = np.array([-1.0, 1, 1])

    def mirrored(x: np.ndarray) -> np.ndarray:
        return (x.reshape(-1, 478, 3)[:, mirror] * flip).reshape(len(x), -1)

    first = offsets[unsmiling]
    basis, _ = _pca(first - first.mean(0), mirrored, 25)
    precision_e = np.full(len(fields), 1 / EXPRESSION_SIGMA**2)
    mean = np.zeros(offsets.shape[1])
    for _ in range(rounds):
        both = np.concatenate([basis, flat_fields])
        precision = np.concatenate([np.ones(len(basis)), precision_e])
        x = bounded_map(offsets - mean, both, precision, NOISE_MM * 2, len(basis))
        expression = x[:, len(basis) :]
        identity = offsets - expression @ flat_fields
        mean = identity[unsmiling].mean(0)
        mean = (mean + mirrored(mean[None])[0]) / 2
        basis, explained = _pca(identity - identity.mean(0), mirrored, REAL_COMPONENTS)
    own = identity - identity.mean(0)
    residual = own - own @ np.linalg.pinv(basis) @ basis
    sigma = np.sqrt((residual.reshape(n, 478, 3) ** 2).mean((0, 2)))
    mean_shape = neutral + mean.reshape(478, 3)
    smooth = smooth_modes(mean_shape, basis, mirror)
    full = np.concatenate([basis, smooth]).reshape(-1, 478, 3)
    return IdentityModel(
        mean_shape.astype(np.float32), full.astype(np.float32),
        expression.astype(np.float32), sigma.astype(np.float32), explained,
    )  # fmt: skip


def _pca(
    x: np.ndarray, mirrored: Callable[[np.ndarray], np.ndarray], count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Principal axes scaled to one standard deviation, over the shapes and their mirrors."""
    both = np.concatenate([x, mirrored(x)])
    _, s, vt = np.linalg.svd(both, full_matrices=False)
    variance = s**2 / (len(both) - 1)
    return vt[:count] * np.sqrt(variance[:count, None]), (np.cumsum(variance) / variance.sum())[
        :count
    ]


def smooth_modes(mean: np.ndarray, basis: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Leading modes of a Gaussian process on the mean, freed of the real basis, (40, D).

    Mostly symmetric: faces differ more from each other than their halves do.
    """
    d2 = ((mean[:, None] - mean[None]) ** 2).sum(-1)
    kernel = np.exp(-d2 / (2 * SMOOTH_LENGTH**2))
    turned = kernel[:, mirror]
    modes = []
    for axis in range(3):
        sign = -1.0 if axis == 0 else 1.0
        values, vectors = np.linalg.eigh(0.55 * kernel + 0.45 * sign * turned)
        for value, vector in zip(values[::-1][:40], vectors.T[::-1][:40], strict=True):
            mode = np.zeros((478, 3))
            mode[:, axis] = vector * np.sqrt(max(value, 0)) * SMOOTH_SIGMA
            modes.append(mode.ravel())
    process = np.array(modes)
    axes = np.linalg.qr(basis.T)[0]
    process -= (process @ axes) @ axes.T
    _, s, vt = np.linalg.svd(process, full_matrices=False)
    return vt[:SMOOTH_COMPONENTS] * s[:SMOOTH_COMPONENTS, None]
