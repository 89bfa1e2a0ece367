"""The face crop's geometry."""

from __future__ import annotations

import numpy as np
import pytest

from models.networks.crop import FaceCrop


@pytest.mark.parametrize("roll", [0.0, 30.0, -45.0])
def test_points_return_from_the_crop(roll: float) -> None:
    crop = FaceCrop(310.0, 205.0, 180.0, roll)
    points = np.random.default_rng(0).uniform(100, 400, (20, 3)).astype(np.float32)
    back = crop.to_photo(crop.to_crop(points, 128), 128)
    assert np.abs(back - points).max() < 1e-2


def test_middle_of_the_crop_is_its_centre() -> None:
    crop = FaceCrop(310.0, 205.0, 180.0, 20.0)
    assert np.allclose(crop.to_crop(np.array([[310.0, 205.0]]), 128), 63.5)


def test_a_clockwise_face_is_turned_upright() -> None:
    crop = FaceCrop(0.0, 0.0, 100.0, 90.0)
    # Eyes on a vertical line: a quarter turn clockwise puts the picture's left eye on top.
    top, bottom = crop.to_crop(np.array([[0.0, -20.0], [0.0, 20.0]]), 100)
    assert top[0] < bottom[0]
    assert top[1] == pytest.approx(bottom[1], abs=1e-4)


@pytest.mark.parametrize("side", [60.0, 900.0])
def test_cut_shows_what_the_matrix_says(side: float) -> None:
    y, x = np.mgrid[:1000, :1200].astype(np.float32)
    image = np.stack([x / 5, y / 5, 0 * x], -1).astype(np.uint8)
    crop = FaceCrop(600.0, 500.0, side, 10.0)
    cut = crop.cut(image, 128)
    place = crop.to_photo(np.array([[30.0, 90.0]]), 128)[0]
    assert np.abs(cut[90, 30, :2] - place / 5).max() < 2.5
