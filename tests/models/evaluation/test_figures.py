"""The papers' figures against cases whose answer is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from models.evaluation import latent
from models.evaluation.disentanglement import (
    disentanglement_scores,
    factor_variances,
    leakage,
    varied_sets,
)
from models.evaluation.frechet import frechet_distance, frechet_of_gaussians, nearest_distances
from models.face.rig_vector import FACTORS, RIG_SIZE, factor_indices


def test_frechet_distance_of_two_gaussians() -> None:
    # Of commuting covariances it is |Δμ|² + Σ (√a − √b)².
    a, b = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 1.0])
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    found = frechet_of_gaussians(
        np.zeros(3), (turn * a) @ turn.T, np.array([1.0, 2, 2]), (turn * b) @ turn.T
    )
    assert found == pytest.approx(9 + 1 + 0 + 4)
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(40000, 3))
    assert frechet_distance(samples, samples) == pytest.approx(0, abs=1e-6)
    moved = samples * np.sqrt(b) + 1
    assert frechet_distance(samples * np.sqrt(a), moved) == pytest.approx(3 + 5, rel=0.03)


def test_nearest_of_unit_vectors() -> None:
    known = np.array([[1.0, 0], [0, 1.0]])
    np.testing.assert_allclose(nearest_distances(np.array([[0.6, 0.8], [-1, 0]]), known), [0.2, 1])


def _linear_generator(leak: float) -> np.ndarray:
    """(4, 4) variances read from a generator whose pictures leak each factor into the next."""
    rng = np.random.default_rng(0)
    reading = np.eye(RIG_SIZE)
    names = list(FACTORS)
    for name, following in itertools.pairwise(names):
        reading[factor_indices(name)[0], factor_indices(following)[0]] = leak
    bases, others = rng.normal(size=(60, RIG_SIZE)), rng.normal(size=(60, 20, RIG_SIZE))
    # Every reading has a little error of its own.
    reference = rng.normal(size=(4000, RIG_SIZE))
    rows = []
    for factor in FACTORS:
        read = varied_sets(factor, bases, others) @ reading
        rows.append(factor_variances(read + 0.1 * rng.normal(size=read.shape), reference))
    return np.stack(rows)


def test_scores_of_a_linear_generator() -> None:
    scores = disentanglement_scores(_linear_generator(0.0))
    # The own factor's variance is 1.01 of the reference, another's 0.01.
    np.testing.assert_allclose(scores, 101.0**3, rtol=0.15)
    leaking = disentanglement_scores(_linear_generator(1.0))
    # One of expression's 51 numbers follows identity: 0.01 + 1/51.
    assert leaking[0] / scores[0] == pytest.approx(0.01 / (0.01 + 1 / 51), rel=0.15)
    assert leaking[3] / scores[3] == pytest.approx(1, rel=0.15)


def test_leakage_is_the_share_of_the_own_range() -> None:
    variances = np.array([[4.0, 0.01], [0.09, 1.0], [0.25, 0.0]])
    expected = [[1, 0.1], [0.15, 1], [0.25, 0]]
    np.testing.assert_allclose(leakage(variances, [0, 1]), expected)


def _inputs(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    rigs = rng.normal(size=(count, RIG_SIZE)).astype(np.float32)
    return rigs, rng.normal(size=(count, 8)).astype(np.float32)


def test_a_linear_mapping_has_one_direction_an_edit() -> None:
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(RIG_SIZE + 8, 32))
    rigs, noise = _inputs(24)

    def linear(r: np.ndarray, n: np.ndarray) -> np.ndarray:
        return np.concatenate([r, n], 1) @ matrix

    def scrambled(r: np.ndarray, n: np.ndarray) -> np.ndarray:
        return np.cos(37 * linear(r, n))

    for factor in FACTORS:
        assert latent.direction_cosines(linear, factor, rigs, noise) == pytest.approx((1, 1))
        ends, offsets = latent.direction_cosines(scrambled, factor, rigs, noise)
        assert abs(ends) < 0.1 and abs(offsets) < 0.1


def test_mean_cosine_over_pairs() -> None:
    directions = np.array([[2.0, 0], [0, 3.0], [1.0, 0]])
    assert latent.mean_cosine(directions) == pytest.approx(1 / 3)


def test_truncation_moves_the_identity_alone() -> None:
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(RIG_SIZE + 8, 32))
    rigs, noise = _inputs(5)
    people, codes = _inputs(12)

    def linear(r: np.ndarray, n: np.ndarray) -> np.ndarray:
        return np.concatenate([r, n], 1) @ matrix

    centre = np.zeros(RIG_SIZE, np.float32)
    found = latent.truncated_identity(linear, rigs, noise, centre, people, codes, 0.25)
    place = factor_indices("identity")
    expected = rigs.copy()
    expected[:, place] = 0.25 * rigs[:, place] + 0.75 * people[:, place].mean(0)
    np.testing.assert_allclose(
        found, linear(expected, noise + 0.75 * codes.mean(0)), rtol=1e-3, atol=1e-3
    )


def test_stages_cover_every_layer_once() -> None:
    first, last = np.zeros((11, 3)), np.ones((11, 3))
    replaced = latent.replaced_stages(first, last)
    assert [int(r[:, 0].sum()) for r in replaced] == [1, 2, 2, 2, 2, 2]
    np.testing.assert_array_equal(np.sum(replaced, axis=0), last)


def test_only_one_factor_goes_between_two_faces() -> None:
    (first, last), _ = _inputs(2)
    way = latent.between(first, last, "pose", 3)
    place = factor_indices("pose")
    np.testing.assert_allclose(way[1, place], (first[place] + last[place]) / 2, rtol=1e-5)
    np.testing.assert_array_equal(way[2, place], last[place])
    np.testing.assert_array_equal(
        np.delete(way, place, 1), np.tile(np.delete(first, place), (3, 1))
    )
