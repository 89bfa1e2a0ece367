"""Push-pull and the smooth trend against what was hidden."""

from __future__ import annotations

import numpy as np

from models.matting.fill import push_pull, smooth_trend


def _hole(height: int, width: int) -> np.ndarray:
    weight = np.ones((height, width), np.float32)
    weight[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3] = 0
    return weight


def test_known_pixels_stay_and_a_constant_fills_gaps() -> None:
    weight = _hole(61, 45)
    values = np.random.default_rng(0).random((61, 45, 3)).astype(np.float32)
    filled = push_pull(values, weight)
    np.testing.assert_allclose(filled[weight == 1], values[weight == 1], atol=1e-6)
    constant = np.full((61, 45, 2), 7.5, np.float32)
    np.testing.assert_allclose(push_pull(constant * weight[..., None], weight), constant, rtol=1e-5)


def test_nothing_known_gives_zero() -> None:
    assert not push_pull(np.ones((9, 9, 1), np.float32), np.zeros((9, 9), np.float32)).any()


def test_trend_continues_a_quadratic_despite_outliers() -> None:
    y, x = np.mgrid[:80, :60] / 40 - 1
    truth = np.stack([100 + 20 * x - 5 * y * y, 50 + 8 * x * y, 90 - 10 * y], 2)
    seen = truth.astype(np.float32)
    seen[5:9, 5:12] = 255
    error = np.abs(smooth_trend(seen, _hole(80, 60)) - truth)
    assert error[30:50, 22:38].max() < 1.0
