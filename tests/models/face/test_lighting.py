"""SH lighting against SciPy's spherical harmonics and the integral over the sphere."""

import numpy as np
import pytest
from scipy.special import sph_harm_y

from models.face.lighting import (
    directional_light,
    linear_to_srgb,
    sh_basis,
    shade,
    srgb_to_linear,
)

RNG = np.random.default_rng(3)
NORMALS = RNG.normal(size=(4000, 3))
NORMALS /= np.linalg.norm(NORMALS, axis=1, keepdims=True)


def test_the_basis_spans_the_harmonics_in_order() -> None:
    polar, azimuth = np.arccos(NORMALS[:, 2]), np.arctan2(NORMALS[:, 1], NORMALS[:, 0])
    order = [(0, 0), (1, -1), (1, 0), (1, 1), (2, -2), (2, -1), (2, 0), (2, 1), (2, 2)]
    basis = sh_basis(NORMALS)
    for k, (degree, m) in enumerate(order):
        value = sph_harm_y(degree, abs(m), polar, azimuth)
        real = value.imag if m < 0 else value.real
        cosine = basis[:, k] @ real / np.linalg.norm(basis[:, k]) / np.linalg.norm(real)
        assert abs(cosine) > 0.99999


def test_the_basis_has_deep3ds_constants() -> None:
    x, y, z = NORMALS[0]
    a0, a1, a2 = np.pi, 2 * np.pi / np.sqrt(3), 2 * np.pi / np.sqrt(8)
    c0, c1, c2 = 1 / np.sqrt(4 * np.pi), np.sqrt(3 / (4 * np.pi)), 3 * np.sqrt(5 / (12 * np.pi))
    expected = [
        a0 * c0, -a1 * c1 * y, a1 * c1 * z, -a1 * c1 * x, a2 * c2 * x * y, -a2 * c2 * y * z,
        a2 * c2 * 0.5 / np.sqrt(3) * (3 * z * z - 1), -a2 * c2 * x * z,
        a2 * c2 * 0.5 * (x * x - y * y),
    ]  # fmt: skip
    np.testing.assert_allclose(sh_basis(NORMALS[0]), expected, rtol=1e-5)


def test_a_lamp_is_the_best_fit_to_the_clamped_cosine() -> None:
    direction = np.array([0.3, 0.5, 0.8]) / np.linalg.norm([0.3, 0.5, 0.8])
    i = np.arange(20000)
    z = 1 - 2 * (i + 0.5) / len(i)  # an even spread of directions: Fibonacci's sphere
    turn = np.pi * (1 + 5**0.5) * i
    even = np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z], 1)
    fitted, *_ = np.linalg.lstsq(sh_basis(even), np.maximum(even @ direction, 0), rcond=None)
    light = directional_light(direction * 7, intensity=2.0, colour=(1, 0.5, 0.25), ambient=0)
    np.testing.assert_allclose(light[:, 0], 2 * fitted, atol=2e-4)
    np.testing.assert_allclose(light[:, 1:], light[:, :1] * [0.5, 0.25], atol=1e-6)


def test_ambient_light_shows_the_albedo_and_shading_is_never_negative() -> None:
    flat = directional_light((0, 0, 1), intensity=0, ambient=1)
    albedo = np.full((len(NORMALS), 3), 0.3, np.float32)
    np.testing.assert_allclose(shade(albedo, NORMALS, flat), 0.3, rtol=1e-5)
    assert shade(albedo, NORMALS, directional_light((1, 0, 0))).min() == 0


def test_a_lamp_needs_a_direction() -> None:
    with pytest.raises(ValueError, match="direction"):
        directional_light((0, 0, 0))


def test_srgb_is_the_standards() -> None:
    np.testing.assert_allclose(srgb_to_linear(np.array([0, 0.5, 1])), [0, 0.21404, 1], atol=1e-5)
    levels = np.linspace(0, 1, 101)
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(levels)), levels, atol=1e-6)
