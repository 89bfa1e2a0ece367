"""What stands out of a plain backdrop beside a matte."""

import cv2
import numpy as np

from models.matting.strays import with_strays

FACE = 80.0


def _portrait() -> tuple[np.ndarray, np.ndarray]:
    """A dark head on blue with a hoop below it and a broad shadow beside; its matte alone."""
    blue = np.array([80, 110, 200], np.float32)
    ramp = np.linspace(0.9, 1.1, 200, dtype=np.float32)[None, :, None]
    picture = np.broadcast_to(blue * ramp, (240, 200, 3)).copy()
    shade = cv2.GaussianBlur(cv2.circle(np.zeros((240, 200), np.float32), (148, 120), 28, 1, -1),
                             (0, 0), 6)  # fmt: skip
    picture *= 1 - 0.3 * shade[..., None]
    head = cv2.circle(np.zeros((240, 200), np.uint8), (95, 110), 50, 255, -1, cv2.LINE_AA)
    alpha = head.astype(np.float32) / 255
    picture += alpha[..., None] * (np.array([60, 40, 30]) - picture)
    cv2.circle(picture, (95, 168), 14, (220, 200, 150), 2)
    noise = np.random.default_rng(1).normal(0, 1.5, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8), alpha


def test_a_hoop_joins_the_matte_and_a_shadow_does_not() -> None:
    image, alpha = _portrait()
    found = with_strays(image, alpha, FACE)
    ring = cv2.circle(np.zeros(alpha.shape, np.uint8), (95, 168), 14, 1, 1) > 0
    assert found[ring].mean() > 0.8
    assert found[168, 95] == 0
    shadow = np.zeros(alpha.shape, bool)
    shadow[90:150, 155:185] = True
    assert found[shadow].max() < 0.05
    assert np.array_equal(found[alpha > 0.5], alpha[alpha > 0.5])


def test_what_touches_nothing_is_left() -> None:
    image, alpha = _portrait()
    cv2.line(image, (20, 20), (40, 45), (10, 10, 10), 1)
    assert with_strays(image, alpha, FACE)[:60, :50].max() < 0.05


def test_a_large_photo_is_searched_in_a_copy() -> None:
    image, alpha = (cv2.resize(p, None, fx=6, fy=6) for p in _portrait())
    found = with_strays(image, alpha, 6 * FACE)
    assert found.shape == alpha.shape and found.max() <= 1
    assert found[181 * 6 + 2, 95 * 6] > 0.5


def test_before_a_textured_backdrop_the_matte_stays() -> None:
    image, alpha = _portrait()
    shelf = np.random.default_rng(2).integers(0, 255, (24, 20, 3), np.uint8)
    shelf = cv2.resize(shelf, (200, 240), interpolation=cv2.INTER_NEAREST)
    image = np.where(alpha[..., None] > 0.5, image, shelf)
    assert np.array_equal(with_strays(image, alpha, FACE), alpha)
