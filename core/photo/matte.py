"""The matte of a photo's person."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from core.errors import AssetError
from models.files.store import StoreError
from models.networks.matte import MatteNetwork

Box = tuple[float, float, float, float]
# However thin a veil over the person, nothing fainter than this is taken for the person.
THINNEST_VEIL = 0.05
# A photo this clear around the person is a cut-out, whose own edge is the better matte,
# as far as that lies this near, in face widths.
MOSTLY_CLEAR = 0.1
CUT_OUT_NEAR = 0.15
# People whose faces are this many face widths apart do not touch.
NEAR = 3.5
# How sharply two people's claims to a pixel are parted.
SHARPNESS = 6
# The matte is widened on a copy whose longer side is at most this many px.
COARSE = 320


@cache
def _network() -> MatteNetwork:
    """The matte network, read once."""
    try:
        return MatteNetwork.load()
    except StoreError as error:
        raise AssetError(f"The person matte cannot be used: {error} Install Mien again.") from error


def person_matte(
    pixels: np.ndarray,
    box: Box,
    alpha: np.ndarray | None = None,
    others: Sequence[Box] = (),
) -> np.ndarray:
    """Alpha (H, W) float32 in 0..1 of the person with the face box (x0, y0, x1, y1 in px).

    pixels: (H, W, 3) uint8 RGB. alpha: the photo's own transparency (H, W), uint8 or 0..1
    float; what is transparent is never the person. others: boxes of other faces, whose people
    are left out. Raises AssetError without the weights.
    """
    matte = _network().matte(pixels, box)
    for other in others:
        if _near(box, other):
            matte = matte * _share(matte, box, _network().matte(pixels, other), other)
    if alpha is not None:
        own = alpha.astype(np.float32) / (255 if alpha.dtype == np.uint8 else 1)
        # A veil over the person is still the person: only what is clearer is cut away.
        own = np.clip(own / veil(own, box), 0, 1)
        around = matte < 0.02
        if around.any() and own[around].mean() < MOSTLY_CLEAR:
            matte = _grown(matte, CUT_OUT_NEAR * (box[2] - box[0]))
        matte = np.minimum(matte, own)
    return matte


def _near(box: Box, other: Box) -> bool:
    """Whether the people of two faces can touch."""
    reach = NEAR * max(box[2] - box[0], other[2] - other[0])
    return abs(box[0] + box[2] - other[0] - other[2]) / 2 < reach


def _share(mine: np.ndarray, box: Box, theirs: np.ndarray, other: Box) -> np.ndarray:
    """(H, W) float32 0..1: how much of what two people claim (H, W) is the first one's."""
    own = (mine * _closeness(mine.shape, box) + 1e-6) ** SHARPNESS
    return np.asarray(own / (own + (theirs * _closeness(mine.shape, other)) ** SHARPNESS))


def _closeness(shape: tuple[int, ...], box: Box) -> np.ndarray:
    """(H, W) float32: falls with the distance from a face, in its widths; a body hangs down."""
    wide = box[2] - box[0]
    across = (np.arange(shape[1], dtype=np.float32) - (box[0] + box[2]) / 2) / wide
    above = np.minimum(np.arange(shape[0], dtype=np.float32) - (box[1] + box[3]) / 2, 0) / wide
    return np.asarray(np.exp(-np.hypot(across, above[:, None])))


def _grown(matte: np.ndarray, reach: float) -> np.ndarray:
    """The matte (H, W) widened by about reach px, softly."""
    height, width = matte.shape
    scale = min(1.0, COARSE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    side = 2 * max(1, round(reach * scale)) + 1
    wide = cv2.dilate(cv2.resize(matte, size, interpolation=cv2.INTER_AREA), np.ones((side, side)))
    return cv2.resize(cv2.blur(wide, (3, 3)), (width, height), interpolation=cv2.INTER_LINEAR)


def veil(alpha: np.ndarray, box: Box) -> float:
    """0..1: how opaque a photo with transparency (H, W) 0..1 shows the face in its box."""
    x0, y0, x1, y1 = (max(0, round(v)) for v in box)
    face = alpha[y0:y1, x0:x1]
    return max(float(np.percentile(face, 90)) if face.size else 1.0, THINNEST_VEIL)
