"""Depth and motion against closed forms."""

import numpy as np
from scipy.spatial.transform import Rotation

from models.face.lighting import sh_basis
from models.face.pose import rotation
from models.relief.depth import dome
from models.relief.motion import display_gain, shading, turn_between, turn_points


def test_dome_is_an_ellipsoid_over_an_ellipse() -> None:
    spacing, a, b, c = 4.0, 80.0, 110.0, 95.0
    y, x = np.mgrid[-35:36, -30:31] * spacing
    inside = (x / a) ** 2 + (y / b) ** 2 < 1
    curvature = np.full(inside.shape, 2 * c**2 * (1 / a**2 + 1 / b**2))
    height = dome(inside, np.zeros_like(inside), np.zeros(inside.shape), curvature, spacing)
    exact = c * np.sqrt(np.clip(1 - (x / a) ** 2 - (y / b) ** 2, 0, 1))
    core = (x / a) ** 2 + (y / b) ** 2 < 0.7
    assert np.abs(height - exact)[core].max() < 3.0
    assert height[~inside].max() == 0


def test_dome_keeps_what_is_known() -> None:
    inside = np.ones((20, 20), bool)
    known = np.zeros_like(inside)
    known[8:12, 8:12] = True
    height = dome(inside, known, np.full(inside.shape, 50.0), np.zeros(inside.shape), 3.0)
    np.testing.assert_allclose(height[known], 50, rtol=1e-6)
    np.testing.assert_allclose(height, 50, rtol=0.05)


def test_turn_between_takes_one_pose_to_the_other() -> None:
    source, target = rotation(np.array([10, -5, 3])), rotation(np.array([-20, 8, 0]))
    axis, angle = turn_between(source, target)
    expected = Rotation.from_matrix(target @ source.T).as_rotvec()
    np.testing.assert_allclose(axis * angle, expected, atol=1e-5)


def test_points_turn_by_their_share() -> None:
    points = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32) * 50
    weight = np.array([0, 0.25, 0.5, 0.75, 1], np.float32)
    axis = np.array([0.6, 0.8, 0], np.float32)
    turned = turn_points(points, weight, axis, 0.7)
    for p, w, t in zip(points, weight, turned, strict=True):
        expected = Rotation.from_rotvec(axis * 0.7 * w).apply(p)
        np.testing.assert_allclose(t, expected, atol=1e-3)


def test_shading_is_the_basis_times_the_light() -> None:
    rng = np.random.default_rng(1)
    normals = rng.normal(size=(40, 3))
    normals[:, 2] = np.abs(normals[:, 2]) + 0.3
    normals = (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)
    light = np.zeros((9, 3), np.float32)
    light[0] = 1.2
    light[1:4] = rng.normal(size=(3, 3)) * 0.1
    exact = sh_basis(normals) @ light
    assert np.abs(shading(normals, light) - exact).max() < 0.01


def test_equal_light_changes_nothing() -> None:
    lit = np.full((3, 3), 0.7, np.float32)
    np.testing.assert_array_equal(display_gain(lit, lit, np.ones(3, np.float32)), 1)
