"""Verification figures against their closed forms."""

from __future__ import annotations

import math

import numpy as np

from models.evaluation.verification import auc, pair_distances


def test_auc_counts_the_pairs_in_order() -> None:
    assert auc(np.array([0.1, 0.2]), np.array([0.3, 0.9, 0.5])) == 1
    assert auc(np.array([0.4]), np.array([0.1, 0.2])) == 0
    # Of four pairs of pairs one is in the wrong order and one a draw.
    assert auc(np.array([0.1, 0.5]), np.array([0.3, 0.5])) == (1 + 1 + 0 + 0.5) / 4
    assert math.isnan(auc(np.array([]), np.array([0.1])))


def test_auc_of_two_normal_distributions() -> None:
    rng = np.random.default_rng(0)
    found = auc(rng.normal(0, 1, 20000), rng.normal(1, 1, 20000))
    assert abs(found - 0.5 * (1 + math.erf(0.5))) < 0.01


def test_pairs_of_one_person_and_of_two() -> None:
    identity = np.array([[1.0, 0], [0, 1.0], [0.6, 0.8]])
    same, different = pair_distances(identity, np.array([7, 3, 7]))
    np.testing.assert_allclose(same, [0.4])
    np.testing.assert_allclose(sorted(different), [0.2, 1.0])
