"""Filling textured gaps by patches from elsewhere in the same picture.

Wexler, Shechtman and Irani, "Space-Time Completion of Video" (2007): each pixel of the gap is
the vote of the best matching patches around it; matches are found by PatchMatch (Barnes et
al., 2009). Runs on a small copy; the offsets found are carried to the full picture.
"""

from __future__ import annotations

import cv2
import numba
import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import splu

from models.matting.fill import push_pull

# Small patches: a narrow strip beside the gap is copied too.
RADIUS = 2
LEVELS = (16, 24, 36, 54, 80, 112, 160)
ROUNDS = (8, 8, 6, 5, 4, 3, 1)
SWEEPS = 2
# How fast the say of a patch falls with its depth in the gap (Wexler's gamma).
TRUST = 1.35
# Squared difference (of 255) that a source as far as the picture is long must make up for.
FAR = 10000.0
# A copy is fine enough whose patches show this much of what is known.
TOLD = 0.95
# How fast a step between two copies fades away from it: by this share of its square a pixel.
FADE = 0.01
# Sources lie within this share of the picture's longer side: far ones differ in light.
SEARCH = 0.6


def patch_fill(image: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """The image (H, W, 3) uint8 with its unknown pixels (H, W) bool filled from the others.

    Comes back with a smooth fill where the known part is too small to copy from.
    """
    height, width = unknown.shape
    values = image.astype(np.float32)
    fitted: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
    for level, rounds in zip(LEVELS, ROUNDS, strict=True):
        scale = min(1.0, level / max(height, width))
        size = (max(8, round(width * scale)), max(8, round(height * scale)))
        small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
        share = cv2.resize(unknown.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        gap = share > 0.02
        sources = _sources(gap)
        last = level == LEVELS[-1]
        if not gap.any() or not sources.any() or not (last or _told(gap, sources)):
            continue
        offsets = _first_offsets(fitted[2] if fitted else None, sources)
        if fitted:
            current = _copied(small, gap, offsets)
        else:
            current = push_pull(small, (~gap).astype(np.float32))
        near = cv2.dilate(gap.astype(np.uint8), np.ones((2 * RADIUS + 1,) * 2, np.uint8)) > 0
        depth = cv2.distanceTransform(gap.astype(np.uint8), cv2.DIST_L2, 3)
        trust = TRUST ** -np.minimum(depth, 60)
        for _ in range(rounds):
            _search(current, near, sources, offsets, SWEEPS)
            current = _vote(current, gap, near, offsets, trust)
        fitted = small, gap, offsets
    if fitted is None:
        return _smooth(image, unknown)
    return _carry(image, unknown, fitted[2], _evened(*fitted))


def _evened(small: np.ndarray, gap: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """What to add to each copied pixel, (h, w, 3), so that no tone steps where copies meet.

    Screened Poisson blending: Bhat et al., "Fourier Analysis of the 2D Screened Poisson Equation
    for Gradient Domain Problems" (2008), equation 3, with the known part held.
    """
    copied = _copied(small, gap, offsets)
    places = np.argwhere(gap)
    number = np.cumsum(gap).reshape(gap.shape) - 1
    diagonal, wanted = np.full(len(places), FADE), np.zeros((len(places), 3))
    rows, columns = [], []
    for step in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        inside = ((places + step >= 0) & (places + step < gap.shape)).all(1)
        here, there = places[inside], places[inside] + step
        at, beside = tuple(here.T), tuple(there.T)
        # How far each copy would go on otherwise than its neighbour does.
        off = _read(small, there + offsets[at]) - copied[beside]
        back = _read(small, here + offsets[beside]) - copied[at]
        both = gap[beside]
        diagonal[inside] += 1
        wanted[inside] -= np.where(both[:, None], (off - back) / 2, off)
        rows.append(number[at][both])
        columns.append(number[beside][both])
    links = np.concatenate(rows), np.concatenate(columns)
    matrix = sp.csc_matrix((-np.ones(len(links[0])), links), (len(places),) * 2)
    result = np.zeros_like(copied)
    result[gap] = splu(sp.csc_matrix(matrix + sp.diags(diagonal))).solve(wanted)
    return result


def _read(image: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Pixels (N, 3) at places (N, 2), row and column, held to the picture."""
    rows, columns = np.clip(places, 0, np.array(image.shape[:2]) - 1).T
    return np.asarray(image[rows, columns])


def _smooth(image: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    filled = push_pull(image.astype(np.float32), (~unknown).astype(np.float32))
    return np.clip(filled + 0.5, 0, 255).astype(np.uint8)


def _sources(gap: np.ndarray) -> np.ndarray:
    """Centres of patches that lie wholly in the known part (h, w) bool."""
    free = np.ones_like(gap)
    free[:RADIUS] = free[-RADIUS:] = False
    free[:, :RADIUS] = free[:, -RADIUS:] = False
    window = np.ones((2 * RADIUS + 1,) * 2, np.uint8)
    return free & (cv2.dilate(gap.astype(np.uint8), window) == 0)


def _told(gap: np.ndarray, sources: np.ndarray) -> bool:
    """Whether the patches around sources show nearly all of what is no gap.

    On too small a copy nothing but the broadest part would fill the gap.
    """
    window = np.ones((2 * RADIUS + 1,) * 2, np.uint8)
    shown = cv2.dilate(sources.astype(np.uint8), window)[~gap]
    return bool(shown.mean() > TOLD)


def _first_offsets(coarse: np.ndarray | None, sources: np.ndarray) -> np.ndarray:
    """Offsets (h, w, 2) int32, row and column, that point at sources: from the level before."""
    height, width = sources.shape
    rng = np.random.default_rng(0)
    rows, columns = np.nonzero(sources)
    pick = rng.integers(len(rows), size=(height, width))
    here = np.moveaxis(np.mgrid[:height, :width], 0, 2)
    offsets = np.stack([rows[pick], columns[pick]], 2) - here
    if coarse is not None:
        ratio = np.array([height / coarse.shape[0], width / coarse.shape[1]])
        grown = cv2.resize(
            coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST
        )
        grown = np.round(grown * ratio).astype(np.int64)
        target = here + grown
        inside = (target >= 0).all(2) & (target < (height, width)).all(2)
        clipped = np.clip(target, 0, (height - 1, width - 1))
        inside &= sources[clipped[..., 0], clipped[..., 1]]
        offsets = np.where(inside[..., None], grown, offsets)
    return np.ascontiguousarray(offsets, np.int32)


def _copied(image: np.ndarray, gap: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The image (h, w, 3) float32 with each pixel of the gap (h, w) bool as its source is."""
    result = image.copy()
    places = np.argwhere(gap)
    result[gap] = _read(image, places + offsets[gap])
    return result


@numba.njit(cache=True, fastmath=True)
def _distance(
    image: np.ndarray, row: int, column: int, other_row: int, other_column: int, limit: float
) -> float:
    """Mean squared difference of two patches; stops once it is sure to pass limit."""
    height, width = image.shape[:2]
    top, bottom = max(-RADIUS, -row), min(RADIUS, height - 1 - row)
    left, right = max(-RADIUS, -column), min(RADIUS, width - 1 - column)
    count = (bottom - top + 1) * (right - left + 1)
    total = 0.0
    for dy in range(top, bottom + 1):
        for dx in range(left, right + 1):
            for c in range(3):
                d = image[row + dy, column + dx, c] - image[other_row + dy, other_column + dx, c]
                total += d * d
        if total > limit * count:
            return total / count
    return total / count


@numba.njit(cache=True)
def _search(
    image: np.ndarray,
    near: np.ndarray,
    sources: np.ndarray,
    offsets: np.ndarray,
    sweeps: int,
) -> None:
    """PatchMatch: propagate good offsets along the scan, then look around each at random."""
    height, width = near.shape
    np.random.seed(1)  # noqa: NPY002 - numba's own generator, for equal results
    reach = SEARCH * max(height, width)
    far = FAR / max(height, width) ** 2
    for sweep in range(sweeps):
        step = 1 if sweep % 2 == 0 else -1
        for i in range(height):
            row = i if step > 0 else height - 1 - i
            for j in range(width):
                column = j if step > 0 else width - 1 - j
                if not near[row, column]:
                    continue
                dy, dx = offsets[row, column, 0], offsets[row, column, 1]
                best = _distance(image, row, column, row + dy, column + dx, np.inf)
                best += far * (dy * dy + dx * dx)
                radius = reach
                trial = 0
                while radius >= 1 or trial < 2:
                    if trial == 0 and 0 <= row - step < height:
                        ty, tx = offsets[row - step, column, 0], offsets[row - step, column, 1]
                    elif trial == 1 and 0 <= column - step < width:
                        ty, tx = offsets[row, column - step, 0], offsets[row, column - step, 1]
                    else:
                        ty = dy + int(np.random.uniform(-radius, radius))  # noqa: NPY002
                        tx = dx + int(np.random.uniform(-radius, radius))  # noqa: NPY002
                        radius *= 0.5
                    trial += 1
                    y, x = row + ty, column + tx
                    if not (0 <= y < height and 0 <= x < width) or not sources[y, x]:
                        continue
                    found = far * (ty * ty + tx * tx)
                    if found < best:
                        found += _distance(image, row, column, y, x, best - found)
                    if found < best:
                        best, dy, dx = found, ty, tx
                offsets[row, column, 0] = dy
                offsets[row, column, 1] = dx


@numba.njit(cache=True)
def _vote(
    image: np.ndarray, gap: np.ndarray, near: np.ndarray, offsets: np.ndarray, trust: np.ndarray
) -> np.ndarray:
    """Each pixel of the gap: the mean of what the matches of the patches over it show there."""
    height, width = gap.shape
    total = np.zeros((height, width, 3), np.float32)
    weight = np.zeros((height, width), np.float32)
    for row in range(height):
        for column in range(width):
            if not near[row, column]:
                continue
            y, x = row + offsets[row, column, 0], column + offsets[row, column, 1]
            share = trust[row, column] / (20.0 + _distance(image, row, column, y, x, np.inf))
            for dy in range(max(-RADIUS, -row), min(RADIUS, height - 1 - row) + 1):
                for dx in range(max(-RADIUS, -column), min(RADIUS, width - 1 - column) + 1):
                    if gap[row + dy, column + dx]:
                        for c in range(3):
                            total[row + dy, column + dx, c] += share * image[y + dy, x + dx, c]
                        weight[row + dy, column + dx] += share
    result = image.copy()
    for row in range(height):
        for column in range(width):
            if gap[row, column] and weight[row, column] > 0:
                for c in range(3):
                    result[row, column, c] = total[row, column, c] / weight[row, column]
    return result


def _carry(
    image: np.ndarray, unknown: np.ndarray, offsets: np.ndarray, more: np.ndarray
) -> np.ndarray:
    """The full picture filled through the small one's offsets, seams feathered by one step.

    more: (h, w, 3) what is added to the copies.
    """
    height, width = unknown.shape
    steps = np.array([height / offsets.shape[0], width / offsets.shape[1]])
    result = image.copy()
    _blend(image, unknown, np.round(offsets * steps).astype(np.int32), result)
    more = cv2.resize(more, (width, height), interpolation=cv2.INTER_LINEAR)
    evened = np.clip(result + more + 0.5, 0, 255).astype(np.uint8)
    return np.where(unknown[..., None], evened, image)


@numba.njit(cache=True)
def _blend(image: np.ndarray, unknown: np.ndarray, shift: np.ndarray, result: np.ndarray) -> None:
    """Each unknown pixel: the bilinear mean of what the four shifts around it point at."""
    height, width = unknown.shape
    rows, columns = shift.shape[:2]
    for row in range(height):
        y = min(max((row + 0.5) * rows / height - 0.5, 0.0), rows - 1.001)
        y0 = int(y)
        for column in range(width):
            if not unknown[row, column]:
                continue
            x = min(max((column + 0.5) * columns / width - 0.5, 0.0), columns - 1.001)
            x0 = int(x)
            red, green, blue = 0.5, 0.5, 0.5
            for dy in range(2):
                for dx in range(2):
                    part = abs(1 - dy - (y - y0)) * abs(1 - dx - (x - x0))
                    source_y = row + shift[y0 + dy, x0 + dx, 0]
                    source_x = column + shift[y0 + dy, x0 + dx, 1]
                    pixel = image[
                        min(max(source_y, 0), height - 1), min(max(source_x, 0), width - 1)
                    ]
                    red += part * pixel[0]
                    green += part * pixel[1]
                    blue += part * pixel[2]
            result[row, column, 0] = int(red)
            result[row, column, 1] = int(green)
            result[row, column, 2] = int(blue)
