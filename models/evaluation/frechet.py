"""Distances between sets of pictures in a feature space."""

from __future__ import annotations

import numpy as np


def frechet_of_gaussians(
    mean_a: np.ndarray, covariance_a: np.ndarray, mean_b: np.ndarray, covariance_b: np.ndarray
) -> float:
    """Squared Fréchet distance of two normal distributions (Dowson and Landau 1982; FID's form).

    |μa − μb|² + tr(A + B − 2 (A½ B A½)½); means (D,), covariances (D, D).
    """
    root = _root(covariance_a)
    cross = np.linalg.eigvalsh(root @ covariance_b @ root)
    overlap = 2 * np.sqrt(np.maximum(cross, 0)).sum()
    spread = np.trace(covariance_a) + np.trace(covariance_b) - overlap
    return float(np.square(mean_a - mean_b).sum() + spread)


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Squared Fréchet distance of normal distributions through samples (N, D) and (M, D).

    Small samples raise it: compare only figures of equal N and M.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return frechet_of_gaussians(a.mean(0), np.cov(a.T), b.mean(0), np.cov(b.T))


def nearest_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N,) 1 − cosine of each unit vector of a (N, D) to the nearest of b (M, D)."""
    return 1 - (a @ b.T).max(axis=1)


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
