"""Smooth rims against the exact area that a sheet covers."""

import numpy as np
import pytest

from models.relief.draw import Coat, lay
from models.relief.rims import Rims, wings
from models.relief.sampling import pack


def test_wings_name_the_corners_across() -> None:
    found = wings(np.array([[0, 1, 2], [1, 3, 2]]))
    assert found.tolist() == [
        [0, 1, 2, -1],
        [0, 2, 1, -1],
        [1, 2, 3, 0],
        [1, 3, 2, -1],
        [2, 3, 1, -1],
    ]


@pytest.mark.parametrize("slope", [0.0, 0.13, -0.37, 0.8, 2.9])
def test_a_straight_edge_covers_its_true_share(slope: float) -> None:
    """A white half plane over black: each pixel is as white as its share of the half plane."""
    size = 40
    across = np.array([1.0, slope]) / np.hypot(1, slope)
    along = np.array([-across[1], across[0]])
    edge = np.array([20.2, 19.7])
    corners = np.stack([edge - 99 * along, edge + 99 * along, edge + 99 * across])
    screen = np.concatenate([corners, np.full((3, 1), 900)], 1).astype(np.float32)
    coat = Coat(
        pack(np.full((2, 2, 3), 255.0), np.ones((2, 2))), np.zeros((3, 2), np.float32),
        np.ones((3, 3), np.float32), np.ones(3, np.float32),
    )  # fmt: skip
    canvas, alpha = np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.float32)
    rims, triangles = Rims(), np.array([[0, 1, 2]], np.int32)
    lay(screen, triangles, [coat], canvas, alpha, rims, wings(triangles))
    rims.blend(canvas, alpha)
    fine = (np.arange(size * 16) + 0.5) / 16 - 0.5
    x, y = np.meshgrid(fine, fine)
    inside = (x - edge[0]) * across[0] + (y - edge[1]) * across[1] > 0
    share = inside.reshape(size, 16, size, 16).mean((1, 3))
    assert np.abs(alpha - share)[8:-8, 8:-8].max() < 0.13
    np.testing.assert_allclose(canvas[..., 0], 255 * alpha, atol=0.1)
