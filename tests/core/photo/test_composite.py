"""Boxes and pasting."""

import numpy as np

from core.photo.composite import Box, paste
from models.face.camera import Camera


def test_box_around_a_face_stays_in_the_photo() -> None:
    box = Box.around(Camera(1000.0, 50.0, 40.0), (60, 30, 20, 90), (100, 200, 3))
    assert box == Box(0, 10, 70, 100)


def test_pixels_outside_the_box_are_untouched() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    box = Box(5, 6, 25, 20)
    part = np.full((box.height, box.width, 3), 7, np.uint8)
    out = paste(photo, part, box, feather=4)
    outside = np.ones((30, 40), bool)
    outside[6:20, 5:25] = False
    np.testing.assert_array_equal(out[outside], photo[outside])
    assert (out[13, 15] == 7).all()


def test_feather_melts_at_inner_sides_only() -> None:
    photo = np.zeros((20, 20, 3), np.uint8)
    part = np.full((20, 10, 3), 200, np.uint8)
    out = paste(photo, part, Box(10, 0, 20, 20), feather=5)
    row = out[10, 10:, 0].astype(int)
    assert row[0] < 20
    assert (np.diff(row) >= 0).all()
    assert row[-1] == 200
    assert out[0, 19, 0] == 200


def test_the_same_part_changes_nothing() -> None:
    photo = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    box = Box(4, 4, 30, 28)
    np.testing.assert_array_equal(paste(photo, photo[4:28, 4:30], box, 6.0), photo)
