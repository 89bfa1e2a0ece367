"""Boxes and pasting."""

import numpy as np

from core.photo.box import Box
from core.photo.composite import begin, finish, paste
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


def test_a_melted_part_is_the_mean_where_the_ramp_is_half() -> None:
    photo, part = np.full((9, 40, 3), 40, np.uint8), np.full((9, 20, 3), 200, np.uint8)
    out = paste(photo, part, Box(10, 0, 30, 9), feather=7.0)
    assert (out[:, 13] == 120).all() and (out[:, 26] == 120).all()
    assert (out[:, 20] == 200).all() and (out[:, :10] == 40).all()


def test_what_is_still_stays_the_photo() -> None:
    photo = np.random.default_rng(2).integers(0, 256, (6, 5, 3), np.uint8)
    still = np.ones((6, 5), np.float32)
    still[2, 3], still[4, 1] = 0.5, 0
    done = (still > 0.9).astype(np.uint8)
    canvas, alpha = begin(done, photo, 2)
    np.testing.assert_array_equal(alpha, done.repeat(2, 0).repeat(2, 1))
    np.testing.assert_array_equal(canvas[::2, 1::2], photo * done[..., None])
    out = photo.copy()
    finish(out, np.full((6, 5, 3), 100, np.float32), still, np.full((6, 5, 3), 40, np.float32))
    np.testing.assert_array_equal(out[done > 0], photo[done > 0])
    assert (out[2, 3] == 120).all() and (out[4, 1] == 100).all()


def test_boxes_grow_to_their_whole_and_hold_what_is_not_done() -> None:
    whole = Box(2, 3, 12, 13)
    assert Box(4, 4, 6, 6).grown(2, whole) == Box(2, 3, 8, 8)
    done = np.ones((10, 10), np.uint8)
    assert whole.without(done) is None
    done[1, 4] = done[5, 2] = 0
    assert whole.without(done) == Box(4, 4, 7, 9)
    assert done[whole.part(Box(4, 4, 7, 9))].shape == (5, 3)
