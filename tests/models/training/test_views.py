"""Augmented crops keep their labels; rendered views show what their labels say."""

from __future__ import annotations

import cv2
import numpy as np

from models.networks.reconstruction import INPUT_SIZE
from models.training.landmark_data import augment
from models.training.split import held_out


def dotted_face(size: int = 192) -> tuple[np.ndarray, np.ndarray]:
    """A grey picture with three bright dots at landmarks 0, 1 and 2."""
    rng = np.random.default_rng(0)
    points = rng.uniform(60, 130, (478, 3)).astype(np.float32)
    points[:3, :2] = [[80, 75], [112, 90], [96, 120]]
    points[3:5, :2] = [[60, 60], [132, 132]]
    image = np.full((size, size, 3), 40, np.uint8)
    for x, y in points[:3, :2]:
        cv2.circle(image, (int(x), int(y)), 4, (255, 255, 255), -1)
    return image, points


def test_labels_follow_the_picture_through_augmentation() -> None:
    image, points = dotted_face()
    mirror = np.arange(478)
    rng = np.random.default_rng(5)
    hits = []
    for _ in range(60):
        crop, moved = augment(image, points, mirror, rng)
        assert crop.shape == (INPUT_SIZE, INPUT_SIZE, 3)
        grey = crop.astype(float).mean(2)
        for x, y in moved[:3, :2]:
            if 6 < x < INPUT_SIZE - 7 and 6 < y < INPUT_SIZE - 7:
                patch = grey[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2]
                hits.append(patch.mean() > grey.mean() + 10)
    # Some dots are covered or blurred away on purpose.
    assert len(hits) > 100
    assert np.mean(hits) > 0.85


def test_about_a_tenth_of_the_people_is_held_out_for_good() -> None:
    people = [f"P{i:05d}" for i in range(2000)]
    assert 0.08 < np.mean([held_out(p) for p in people]) < 0.12
    # CRC-32 of "123456789" is 0xCBF43926 = 3421780262 by the standard: its last digit is 2.
    assert not held_out("123456789")
