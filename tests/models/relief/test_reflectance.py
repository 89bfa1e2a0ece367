"""The shadow on a cheek's rim, against levels that are known."""

import numpy as np

from models.relief.reflectance import in_shadow

# Heights of rows, mm, and depths of normals along each, from the rim inwards.
HEIGHTS, DEPTHS = np.arange(-80.0, 40.0, 4.0), np.array([0.05, 0.2, 0.3, 0.4, 0.6, 0.9])


def cheek(levels: np.ndarray) -> np.ndarray:
    """(rows, depths) what `in_shadow` leaves on a left cheek of levels (rows, depths)."""
    height, depth = np.meshgrid(HEIGHTS, DEPTHS, indexing="ij")
    vertices = np.stack([np.full(height.size, -70.0), height.ravel(), 0 * height.ravel()], 1)
    return in_shadow(vertices, levels.ravel(), depth.ravel()).reshape(levels.shape)


def test_a_shadow_goes_on_around_the_cheek_where_it_falls() -> None:
    levels = np.ones((len(HEIGHTS), len(DEPTHS)))
    levels[HEIGHTS < -30, :4] = 0.4
    left = cheek(levels)
    np.testing.assert_allclose(left[HEIGHTS < -50, 0], 0.4, atol=0.05)
    np.testing.assert_allclose(left[HEIGHTS > 0, 0], 1, atol=0.05)
    assert (np.diff(left[:, 0]) >= -1e-6).all()
    np.testing.assert_allclose(left[:, -1], 1)


def test_skin_seen_flatly_is_as_bright_as_the_rest() -> None:
    """It shines or is a little darker in every photo; hair hides its level."""
    levels = np.tile([1.4, 1.2, 0.8, 0.8, 0.9, 1.0], (len(HEIGHTS), 1))
    np.testing.assert_allclose(cheek(levels)[:, :2], 1)
    assert (cheek(np.full_like(levels, np.nan)) == 1).all()
