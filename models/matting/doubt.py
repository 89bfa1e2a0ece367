"""Where a matte is undecided over more than an edge, colours nearby decide."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.spatial import cKDTree

# A matte is undecided between these covers where it is so over more than so many px; it is sure
# beyond the second, off any edge.
DOUBT, SURE = (0.1, 0.9), (0.04, 0.96)
EDGE = 5
# Sure pixels are looked for so many px around, one in so many.
AROUND, SPARSE = 36, 3
# So many px apart count as much as one step (of 255) of colour; so many nearest are looked at.
FAR, NEAREST = 0.8, 6
# Colours decide alone, but for a soft passage between these shares of doubt.
PASSAGE = 0.25, 0.75


def decided(pixels: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """A small matte (S, S) float32 0..1 whose broad undecided parts are person or backdrop.

    pixels: (S, S, 3) uint8. Each takes the side whose sure pixels nearby are more alike, as in
    Chen et al., "KNN Matting" (2013), in colour and place; edges stay as soft as they are.
    """
    doubt = ((alpha > DOUBT[0]) & (alpha < DOUBT[1])).astype(np.uint8)
    core = cv2.morphologyEx(doubt, cv2.MORPH_OPEN, np.ones((EDGE, EDGE), np.uint8))
    if not core.any():
        return alpha
    broad = (cv2.dilate(core, np.ones((EDGE, EDGE), np.uint8)) > 0) & (doubt > 0)
    near = cv2.dilate(core, np.ones((2 * AROUND + 1,) * 2, np.uint8)) > 0
    near &= np.add.outer(*(np.arange(n) for n in alpha.shape)) % SPARSE == 0
    window = np.ones((3, 3), np.uint8)
    person, backdrop = (
        (cv2.erode(some.astype(np.uint8), window) > 0) & near
        for some in (alpha > SURE[1], alpha < SURE[0])
    )
    if not person.any() or not backdrop.any():
        return alpha
    soft = cv2.GaussianBlur(pixels, (0, 0), 0.7).astype(np.float32)
    place = np.moveaxis(np.mgrid[: alpha.shape[0], : alpha.shape[1]], 0, -1) * FAR
    looks = np.concatenate([soft, place], -1).astype(np.float32)
    mine, theirs = (
        (cKDTree(looks[some]).query(looks[broad], NEAREST)[0] ** 2).mean(1) + 1
        for some in (person, backdrop)
    )
    own = alpha[broad]
    chance = own / mine / (own / mine + (1 - own) / theirs)
    out = alpha.copy()
    out[broad] = np.clip((chance - PASSAGE[0]) / (PASSAGE[1] - PASSAGE[0]), 0, 1)
    even = cv2.medianBlur(out, 5)
    out[broad] = even[broad]
    return out
