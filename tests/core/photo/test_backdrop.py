"""The backdrop behind a drawn person, and the person's colours without it."""

from __future__ import annotations

import cv2
import numpy as np

from core.photo.backdrop import clean_foreground, inpaint_backdrop


def _scene() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Photo, alpha, true backdrop, true person: a soft disc before a grainy gradient."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:300, :240]
    alpha = np.clip((72 - np.hypot(x - 120, y - 160)) / 6, 0, 1).astype(np.float32)
    y, x = np.mgrid[:300, :240] / 240
    backdrop = np.stack([60 + 20 * x, 90 + 15 * y, 200 - 25 * x * y], 2)
    backdrop = backdrop + rng.normal(0, 3, backdrop.shape[:2])[..., None]
    person = np.full((300, 240, 3), (170.0, 130.0, 100.0))
    photo = alpha[..., None] * person + (1 - alpha[..., None]) * backdrop
    return np.clip(photo, 0, 255).astype(np.uint8), alpha, backdrop, person


def test_a_plain_backdrop_continues_with_its_grain() -> None:
    photo, alpha, truth, _ = _scene()
    filled = inpaint_backdrop(photo, alpha).astype(np.float32)
    hidden = alpha > 0.5
    smooth = cv2.blur(filled, (15, 15)) - cv2.blur(truth.astype(np.float32), (15, 15))
    assert np.abs(smooth[hidden]).mean() < 2.0
    grain = (filled - cv2.blur(filled, (9, 9)))[hidden].std()
    expected = (truth - cv2.blur(truth, (9, 9)))[hidden].std()
    assert 0.7 * expected < grain < 1.4 * expected


def test_what_shows_no_person_stays() -> None:
    photo, alpha, _, _ = _scene()
    filled = inpaint_backdrop(photo, alpha)
    far = cv2.dilate(alpha, np.ones((21, 21), np.uint8)) == 0
    np.testing.assert_array_equal(filled[far], photo[far])
    empty = np.zeros_like(alpha)
    np.testing.assert_array_equal(inpaint_backdrop(photo, empty), photo)


def test_a_photo_full_of_person_does_not_fail() -> None:
    photo, alpha, _, _ = _scene()
    full = np.ones_like(alpha)
    backdrop = inpaint_backdrop(photo, full)
    assert backdrop.shape == photo.shape
    np.testing.assert_array_equal(clean_foreground(photo, full, backdrop), photo)


def test_edges_lose_the_backdrop() -> None:
    photo, alpha, _, person = _scene()
    cleaned = clean_foreground(photo, alpha, inpaint_backdrop(photo, alpha)).astype(np.float32)
    edge = (alpha > 0.05) & (alpha < 0.95)
    before = np.abs(photo - person)[edge].mean()
    after = np.abs(cleaned - person)[edge].mean()
    assert after < 0.15 * before
    outside = alpha < 0.02
    ring = outside & (cv2.dilate(alpha, np.ones((9, 9), np.uint8)) > 0.5)
    assert np.abs(cleaned - person)[ring].mean() < 15


def test_loose_hairs_do_not_stay_behind() -> None:
    """Thin and beside the person they are none of the backdrop; a line across it all is its own."""
    rng = np.random.default_rng(0)
    photo = np.full((300, 300, 3), 150.0) + rng.normal(0, 2, (300, 300, 1))
    alpha = np.zeros((300, 300), np.float32)
    cv2.ellipse(alpha, (150, 190), (60, 110), 0, 0, 360, 1, -1)
    hair, line = np.zeros((2, 300, 300), np.uint8)
    cv2.ellipse(hair, (202, 120), (14, 30), 0, -90, 80, 255, 1, cv2.LINE_AA)
    cv2.line(line, (0, 62), (299, 62), 255, 2)
    photo -= 60 / 255 * np.maximum(hair, line)[..., None]
    photo[alpha > 0] = (60, 50, 40)
    photo = np.clip(photo, 0, 255).astype(np.uint8)
    filled = inpaint_backdrop(photo, alpha).astype(np.float32)
    assert np.abs(filled[hair > 200] - 150).mean() < 6
    far = (line > 200) & (cv2.dilate(alpha, np.ones((21, 21))) == 0)
    np.testing.assert_array_equal(filled[far], photo[far])
