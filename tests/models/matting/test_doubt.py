"""Where a matte is undecided over more than an edge."""

import cv2
import numpy as np

from models.matting.doubt import decided


def _head() -> tuple[np.ndarray, np.ndarray]:
    """A brown disc on grey with a patch of each undecided; its true matte and the doubtful one."""
    whole = cv2.circle(np.zeros((120, 120), np.uint8), (60, 60), 40, 255, -1, cv2.LINE_AA)
    truth = whole.astype(np.float32) / 255
    rng = np.random.default_rng(3)
    pixels = truth[..., None] * np.array([120.0, 80, 50]) + (1 - truth[..., None]) * 170
    return np.clip(pixels + rng.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8), truth


def test_colours_nearby_decide() -> None:
    pixels, truth = _head()
    doubtful = truth.copy()
    doubtful[50:70, 80:94] = 0.35
    doubtful[20:40, 4:18] = 0.6
    found = decided(pixels, doubtful)
    assert found[52:68, 82:92].min() > 0.95
    assert found[22:38, 6:16].max() < 0.05
    assert np.abs(found - truth).mean() < 0.1 * np.abs(doubtful - truth).mean()


def test_soft_edges_stay() -> None:
    pixels, truth = _head()
    soft = cv2.GaussianBlur(truth, (0, 0), 1.0)
    assert np.array_equal(decided(pixels, soft), soft)


def test_without_a_sure_part_nothing_is_decided() -> None:
    pixels, _ = _head()
    doubtful = np.full((120, 120), 0.5, np.float32)
    assert np.array_equal(decided(pixels, doubtful), doubtful)
