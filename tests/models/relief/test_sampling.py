"""Reading between a texture's pixels, against the cubic of Catmull and Rom."""

import numpy as np
from numba import njit

from models.relief.sampling import UNITS, pack, sample


@njit
def read(texture: np.ndarray, u: np.float32, v: np.float32) -> tuple:
    return sample(texture, u, v)


def spline(p: np.ndarray, t: float) -> np.ndarray:
    """The cubic from p[1] to p[2] (4, ...) whose slopes there are half the chords around."""
    start, end = (p[2] - p[0]) / 2, (p[3] - p[1]) / 2
    rise = p[2] - p[1]
    c, d = 3 * rise - 2 * start - end, start + end - 2 * rise
    return p[1] + start * t + c * t**2 + d * t**3


def expected(texture: np.ndarray, u: float, v: float) -> np.ndarray:
    height, width = texture.shape[:2]
    u, v = np.clip(u, 0, width - 1), np.clip(v, 0, height - 1)
    x, y = int(u), int(v)
    rows = np.clip(np.arange(y - 1, y + 3), 0, height - 1)
    columns = np.clip(np.arange(x - 1, x + 3), 0, width - 1)
    near = texture[np.ix_(rows, columns)].astype(float)
    out = spline(np.stack([spline(row, u - x) for row in near]), v - y)
    cover = np.clip(out[3], 0, 255 * UNITS)
    return np.append(np.clip(out[:3], 0, cover), cover)


def test_samples_lie_on_the_spline_within_and_beyond_the_rim() -> None:
    rng = np.random.default_rng(1)
    alpha = rng.random((9, 7), np.float32)
    texture = pack(255 * alpha[..., None] * rng.random((9, 7, 3)), alpha)
    for u, v in rng.uniform((-2, -2), (9, 11), (60, 2)).astype(np.float32):
        found = read(texture, u, v)
        np.testing.assert_allclose(found, expected(texture, float(u), float(v)), atol=0.3)


def test_pixels_come_back_exactly_and_textures_may_be_narrow_or_parts_of_others() -> None:
    texture = pack(np.arange(72.0).reshape(4, 6, 3), np.ones((4, 6), np.float32))
    assert read(texture, np.float32(2), np.float32(3)) == tuple(texture[3, 2])
    narrow = texture[1:3, 2:4]
    found = read(narrow, np.float32(0.5), np.float32(0.25))
    np.testing.assert_allclose(found, expected(narrow, 0.5, 0.25), atol=0.3)
