"""Separating identity from expression, on shapes whose parts are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from models.training.face_model.build import FEWEST_PEOPLE, build_geometry
from models.training.face_model.identity import bounded_map, smooth_modes
from models.training.face_model.mesh import LANDMARKS
from models.training.face_model.shapes import similarity, unproject


def test_bounded_map_agrees_with_scipy() -> None:
    rng = np.random.default_rng(0)
    basis = rng.normal(size=(8, 60))
    target = rng.normal(size=(3, 60)) * 2
    precision = np.full(8, 0.5)
    found = bounded_map(target, basis, precision, 1.0, free=3)
    stacked = np.vstack([basis.T, np.diag(np.sqrt(precision))])
    low, high = np.r_[[-np.inf] * 3, [0.0] * 5], np.r_[[np.inf] * 3, [1.0] * 5]
    for x, y in zip(found, target, strict=True):
        truth = lsq_linear(stacked, np.r_[y, np.zeros(8)], (low, high)).x
        assert np.abs(x - truth).max() < 1e-3


def test_similarity_recovers_a_known_motion() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(30, 3))
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    r = q * np.sign(np.linalg.det(q))
    moved = 1.7 * points @ r.T + [1, -2, 3]
    s, found, t = similarity(points, moved)
    assert abs(s - 1.7) < 1e-9
    assert np.abs(found - r).max() < 1e-9
    assert np.abs(t - [1, -2, 3]).max() < 1e-9


def test_unprojection_keeps_the_picture() -> None:
    rng = np.random.default_rng(2)
    points = rng.uniform(-80, 80, (LANDMARKS, 3))
    cam = unproject(points, 2.0)
    seen = cam[:, :2] * (1000 / (1000 - cam[:, 2]))[:, None] * [1, -1]
    centre = points[[454, 234]].mean(0)
    assert np.abs(seen - (points - centre)[:, :2] / 2).max() < 1e-9


def test_smooth_modes_lie_outside_the_real_ones() -> None:
    rng = np.random.default_rng(3)
    mean = rng.normal(size=(478, 3)) * 50
    mirror = np.arange(478)
    basis = rng.normal(size=(5, 478 * 3))
    modes = smooth_modes(mean, basis, mirror)
    assert modes.shape == (40, 478 * 3)
    assert np.abs(modes @ basis.T).max() < 1e-6


def test_too_few_people_are_refused() -> None:
    few: Any = SimpleNamespace(split=lambda held: [None] * (FEWEST_PEOPLE - 1))
    with pytest.raises(ValueError, match="here are 99; give more"):
        build_geometry(few)
