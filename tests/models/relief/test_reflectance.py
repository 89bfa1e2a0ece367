"""How light falls off on a cheek, against levels that are known."""

import numpy as np

from models.relief.reflectance import Falloff

# Heights of rows, mm, and depths of normals along each, from the rim inwards.
HEIGHTS, DEPTHS = np.arange(-80.0, 40.0, 4.0), np.arange(0.05, 1.0, 0.05)


def cheek(levels: np.ndarray) -> tuple[Falloff, np.ndarray]:
    """The falloff on a left cheek of levels (rows, depths), and its depths (V,)."""
    height, depth = np.meshgrid(HEIGHTS, DEPTHS, indexing="ij")
    vertices = np.stack([np.full(height.size, -70.0), height.ravel(), 0 * height.ravel()], 1)
    return Falloff.of(vertices, levels.ravel(), depth.ravel()), depth.ravel()


def test_skin_turns_out_of_the_shadow_that_the_photo_shows_at_each_height() -> None:
    levels = np.ones((len(HEIGHTS), len(DEPTHS)))
    levels[HEIGHTS < -30, :8] = 0.4
    falloff, depth = cheek(levels)
    every = np.arange(depth.size)
    seen = falloff.at(depth, every).reshape(levels.shape)
    np.testing.assert_allclose(seen[HEIGHTS < -50, 2:4], 0.4, atol=0.08)
    np.testing.assert_allclose(seen[HEIGHTS > -10], 1, atol=0.08)
    turned = falloff.at(np.full(depth.size, 0.8), every)
    np.testing.assert_allclose(turned, 1, atol=0.08)
    still = falloff.at(np.full(depth.size, 0.2), every).reshape(levels.shape)
    np.testing.assert_allclose(still[HEIGHTS < -50], 0.4, atol=0.08)


def test_a_half_of_which_nothing_is_known_is_lit_as_the_light_says() -> None:
    levels = np.full((len(HEIGHTS), len(DEPTHS)), np.nan)
    falloff, depth = cheek(levels)
    np.testing.assert_allclose(falloff.at(depth, np.arange(depth.size)), 1)
