"""Telling one person from another by the distance of identity vectors."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


def pair_distances(identity: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """1 − cosine of unit vectors (N, D) over all pairs: of one person, of two people."""
    first, second = np.triu_indices(len(identity), 1)
    distance = 1 - (identity @ identity.T)[first, second]
    same = people[first] == people[second]
    return distance[same], distance[~same]


def auc(same: np.ndarray, different: np.ndarray) -> float:
    """Chance that a pair of one person is nearer than a pair of two (area under the ROC curve).

    By the rank sum of Mann and Whitney; 0.5 is guessing. NaN where a kind of pair is missing.
    """
    if not len(same) or not len(different):
        return float("nan")
    ranks = rankdata(np.concatenate([same, different]))[: len(same)]
    wins = ranks.sum() - len(same) * (len(same) + 1) / 2
    return float(1 - wins / (len(same) * len(different)))
