"""What goes round a head: values along a closed outline, and stretches of it to take from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.relief.frame import smoothstep

# A stretch has at least so many points of the outline.
LEAST_RUN = 12
# What neighbouring points of the outline hold passes into each other over so many.
MEETING = 5.0


@dataclass(frozen=True)
class Runs:
    """Where N points of the outline take their colours from: a stretch of it to walk to and fro.

    first, length: (2, N) the stretch, each point's own and the one of the nearest point with
    another; offset: (2, N) where in it the point lies, or its mirror image when outside. share:
    (N,) how much of the other's it takes: half where they meet.
    """

    first: np.ndarray
    length: np.ndarray
    offset: np.ndarray
    share: np.ndarray

    def at(self, points: np.ndarray, drift: np.ndarray) -> np.ndarray:
        """(K, 2, C) points of the outline, in fractions, for places points (C,) on it.

        drift: (K,) so many points further on.
        """
        near = np.rint(points).astype(int) % len(self.share)
        offset = self.offset[:, near] + points - np.rint(points) + drift[:, None, None]
        last = np.maximum(self.length[:, near] - 1, 1e-3)
        return np.asarray(self.first[:, near] + to_and_fro(offset, last))


def runs(good: np.ndarray, place: np.ndarray | None = None) -> Runs:
    """For each point of a closed loop its own stretch of good (N,) bool, or the nearest.

    place: (N,) the points to look from, when not all from themselves.
    """
    count = len(good)
    first = np.flatnonzero(good & ~np.roll(good, 1))
    length = np.array([int((~np.roll(good, -i)).argmax()) for i in first], int)
    if not len(first):
        first, length = np.array([0]), np.array([count])
    long = length >= min(LEAST_RUN, length.max())
    first, length = first[long], length[long]
    rows = np.arange(count)
    after = ((rows if place is None else place)[:, None] - first) % count
    beyond = np.maximum(after - length + 1, 0)
    gap = np.minimum(beyond, count - after)
    best = gap.argmin(1)
    back = beyond[rows, best] > (count - after)[rows, best]
    offset = after[rows, best] - np.where(back, count, 0)
    first, length = first[best], length[best]
    # Where the stretch changes, the next one is taken too.
    following = np.roll(rows, -1)
    cut = np.flatnonzero((best != best[following]) | (offset[following] != offset + 1))
    if not len(cut):
        first, length, offset = (np.stack([v, v]) for v in (first, length, offset))
        return Runs(first, length, offset, np.zeros(count))
    beside = (rows[:, None] - cut + count // 2) % count - count // 2
    nearest = np.abs(beside - 0.5).argmin(1)
    after = beside[rows, nearest]
    other = np.where(after > 0, cut[nearest], following[cut[nearest]])
    share = 0.5 * smoothstep(np.abs(after - 0.5), MEETING, 0.5)
    there = offset[other] + after - (after <= 0)
    return Runs(
        np.stack([first, first[other]]), np.stack([length, length[other]]),
        np.stack([offset, there]), share,
    )  # fmt: skip


def to_and_fro(way: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Where one is after a way, walking to and fro between 0 and length."""
    return np.asarray(length - np.abs(way % (2 * length) - length))


def between(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values (N, ...) around a closed loop at fractional places (...)."""
    low = np.floor(places).astype(int)
    share = (places - low).reshape(places.shape + (1,) * (values.ndim - 1))
    count = len(values)
    return np.asarray(values[low % count] * (1 - share) + values[(low + 1) % count] * share)


def smooth_loop(values: np.ndarray, sigma: float) -> np.ndarray:
    """Values (N,) around a closed loop, smoothed over sigma of its steps."""
    radius = max(1, round(3 * sigma))
    taps = np.exp(-0.5 * (np.arange(-radius, radius + 1) / max(sigma, 0.3)) ** 2)
    wide = np.concatenate([values[-radius:], values, values[:radius]])
    return np.convolve(wide, taps / taps.sum(), "valid")


def sampled(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Bilinear values of a grid at places (N, 2), in cells."""
    p = places.astype(np.float32)
    out = cv2.remap(
        values.astype(np.float32), p[:, 0][None], p[:, 1][None], cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return out[0]
