"""From landmarks to shapes in the face frame: unprojection, alignment, mean, neutral."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.face.fitting import DETECTOR_DEPTH
from models.training.portraits import Portrait

CAMERA_MM = 1000.0
EYE_DISTANCE_MM = 63.0
# Points that hardly move with expressions: eye corners, nose bridge, temples, forehead.
RIGID = (
    33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 10, 151, 9, 8, 338, 109, 297, 67, 332, 103,
    127, 356, 234, 454, 162, 389, 21, 251, 54, 284, 98, 327, 2,
)  # fmt: skip
INNER_UPPER = (191, 80, 81, 82, 13, 312, 311, 310, 415)
INNER_LOWER = (95, 88, 178, 87, 14, 317, 402, 318, 324)
LEFT_EAR, RIGHT_EAR = 454, 234


def similarity(source: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Least-squares similarity target ~ s R source + t (Umeyama 1991). Points (N, 3)."""
    mu_s, mu_t = source.mean(0), target.mean(0)
    a, b = source - mu_s, target - mu_t
    u, d, vt = np.linalg.svd(b.T @ a)
    sign = np.ones(3)
    sign[-1] = np.sign(np.linalg.det(u @ vt))
    r = (u * sign) @ vt
    s = float((d * sign).sum() / (a**2).sum())
    return s, r, mu_t - s * r @ mu_s


def unproject(landmarks: np.ndarray, pixels_per_mm: float) -> np.ndarray:
    """Landmarks (478, 3) px to camera-frame millimetres, seen from CAMERA_MM away.

    Undoing the perspective keeps the projection exact; depths are stretched to a real head's.
    """
    centre = landmarks[[LEFT_EAR, RIGHT_EAR]].mean(0)
    p = (landmarks - centre) / pixels_per_mm * [1, -1, -DETECTOR_DEPTH]
    p[:, :2] *= ((CAMERA_MM - p[:, 2]) / CAMERA_MM)[:, None]
    return p


def align_all(
    portraits: Sequence[Portrait], mirror: np.ndarray, rounds: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """Generalised Procrustes over portraits and their mirror images.

    Returns the aligned shapes (N, 478, 3) mm in the face frame and the symmetric mean.
    """
    raw = [unproject(p.landmarks.astype(np.float64), p.eye_distance / EYE_DISTANCE_MM)
           for p in portraits]  # fmt: skip
    mean = raw[0]
    flip = np.array([-1.0, 1, 1])
    rigid = list(RIGID)
    for _ in range(rounds):
        shapes, turns = [], []
        for p in raw:
            s, r, t = similarity(p[rigid], mean[rigid])
            shapes.append(s * p @ r.T + t)
            turns.append(r)
        aligned = np.stack(shapes)
        mean = aligned.mean(0)
        # People face the camera on average: the mean of their poses is pose zero.
        u, _, vt = np.linalg.svd(np.mean(turns, axis=0))
        mean = mean @ (u @ vt)
        mean = (mean + mean[mirror] * flip) / 2
        mean -= mean[[LEFT_EAR, RIGHT_EAR]].mean(0)
        mean *= EYE_DISTANCE_MM / np.linalg.norm(mean[468] - mean[473])
    final = []
    for p in raw:
        s, r, t = similarity(p[rigid], mean[rigid])
        final.append(s * p @ r.T + t)
    return np.stack(final).astype(np.float32), mean.astype(np.float32)


def mouth_opening(shapes: np.ndarray) -> np.ndarray:
    """Gap of the inner lips over the mouth's width, (N,)."""
    gap = np.linalg.norm(shapes[:, 13] - shapes[:, 14], axis=-1)
    return gap / np.linalg.norm(shapes[:, 61] - shapes[:, 291], axis=-1)


def mouth_width(shapes: np.ndarray) -> np.ndarray:
    """Mouth width over the eye distance, (N,)."""
    width = np.linalg.norm(shapes[:, 61] - shapes[:, 291], axis=-1)
    return width / np.linalg.norm(shapes[:, 468] - shapes[:, 473], axis=-1)


def unsmiling(shapes: np.ndarray) -> np.ndarray:
    """(N,) bool: the mouth is closed and among the narrow ones."""
    width = mouth_width(shapes)
    closed = mouth_opening(shapes) < 0.03
    return closed & (width < np.quantile(width[closed], 0.4))


def neutral_mean(shapes: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Symmetric mean of the faces with closed and narrow mouths: nobody smiles, (478, 3)."""
    mean = shapes[unsmiling(shapes)].mean(0)
    mean = (mean + mean[mirror] * np.array([-1, 1, 1], np.float32)) / 2
    return close_lips(mean[None])[0]


def close_lips(shapes: np.ndarray) -> np.ndarray:
    """Bring the inner upper and lower lip points of each pair together, (N, C, 3)."""
    closed = shapes.copy()
    middle = (shapes[:, INNER_UPPER] + shapes[:, INNER_LOWER]) / 2
    closed[:, INNER_UPPER] = middle
    closed[:, INNER_LOWER] = middle
    return closed
