"""Where a photo shows ears: beside the cheeks, and of their colour rather than of the hair's."""

from __future__ import annotations

import cv2
import numpy as np

from models.face.lighting import srgb_to_linear
from models.matting.key import ellipse
from models.relief.frame import HeadFrame, smoothstep

# Landmarks where an ear begins, at half its height: left and right in the picture.
ROOTS = (234, 454)
# From there an ear reaches so far: outward, up and down, and back.
OUT_MM, TALL_MM, BACK_MM = (-6.0, 26.0), (-47.0, 38.0), 32.0
# It stands off the head by such an angle, and recedes no further. Seen flatter than this, little
# of it shows.
FLARE, LEAST_ANGLE, DEEPEST_MM = np.radians(36), np.radians(20), 30.0
# An ear is missing when less of it shows than this part of the other one.
MISSING = 0.52
# So many cells beside an ear the backdrop shows along these parts of it, or hair does.
ASIDE, OPEN = 3, (0.55, 0.75)
# Its cheek is looked at so deep within the face, and so far below and above the root; its hair so
# far within the outline, so far above the root.
CHEEK_MM, CHEEK_HEIGHTS_MM = (3.0, 25.0), (-45.0, 15.0)
HAIR_MM, HAIR_HEIGHTS_MM, HAIR_BESIDE_MM = 4.0, (55.0, 105.0), 40.0
# Differences of colours that compare: in redness, blueness and brightness, all natural logarithms
# of linear light; being redder than the cheek says less. What is further off is neither.
SCALE, REDDER, FURTHEST = np.array([0.2, 0.3, 0.8], np.float32), 0.4, 2.0
# Hair that is no further off is none: there hues alone tell, for shadow is as dark as any hair.
BALD, LIGHTS = 1.0, (10, 90)
# Light that noise swallows.
NOISE = 0.004
# Shadows within an ear are so wide, seams of cheek beside it no wider than this; less than so
# much is no ear.
SHADOWS_MM, SEAM_MM, LEAST_MM2 = 5.0, 8.0, 120.0
LEAST_CROSSINGS = 6
# What is an ear this much is one, and not its surroundings, which are blurred in.
SURELY = 0.9
# So much beyond an ear's place, in parts of what is in it, makes it hair, and so much of the place
# below it, further out than necks are.
BEYOND, BELOW_MM, HANGS_MM = 0.5, 20.0, (10.0, 26.0)
# Below an ear that stands before the backdrop a person shows along no more than these parts.
BARE = 0.6, 0.4


def ear_place(frame: HeadFrame, up: np.ndarray) -> np.ndarray:
    """(h, w) bool: where an ear would show at points up (h, w, 2) mm, as `frame.upright` gives."""
    out = np.zeros(up.shape[:2], bool)
    for root in ROOTS:
        begin = frame.points[root] @ frame.turn
        reach = [
            (np.sign(begin[0]) * x, y, z) for x in OUT_MM for y in TALL_MM for z in (0, -BACK_MM)
        ]
        corners = frame.placed(begin + frame.size * np.array(reach)).astype(np.float32)
        box = frame.upright(frame.camera.project(corners)[:, :2])
        out |= ((up > box.min(0)) & (up < box.max(0))).all(-1) & (up[..., 0] * begin[0] > 0)
    return out


def ear_depth(
    frame: HeadFrame, up: np.ndarray, ears: np.ndarray, matte: np.ndarray, from_face: np.ndarray,
    mm: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """How far (h, w) 0..1 an ear stands before the backdrop, and mm (h, w) by which it recedes.

    Around it too, so that its rim does not bend forward. Amid hair, which lies no further back,
    it would be torn. up, ears, matte, mm: as for `find_ears`. from_face: (h, w) mm off the face.
    """
    stands = standing(ears, matte, mm)
    count, label = cv2.connectedComponents((stands > 0).astype(np.uint8))
    open_side, size = np.zeros(count, np.float32), np.zeros(count)
    for k in range(1, count):
        ear = (label == k) & (ears > SURELY)
        sign = int(np.sign(up[ear, 0].mean()))
        aside = np.roll(ear, sign * ASIDE, axis=1) & ~ear
        # Hair that hangs below an ear goes on with it.
        below = np.roll(ear, round(BELOW_MM / mm), axis=0) & ~ear
        below &= up[..., 0] * sign > np.median(up[ear, 0] * sign)
        open_side[k] = smoothstep((matte[aside] < 0.5).mean(), *OPEN)
        open_side[k] *= smoothstep((matte[below] > 0.5).sum() / max(below.sum(), 1), *BARE)
        size[k] = (ear & (matte > 0.5)).sum()
    # What is mirrored from the other ear comes over a sliver that stays flat.
    open_side[size < MISSING * size.max()] = 0
    share = cv2.dilate(stands * open_side[label], np.ones((11, 5), np.uint8))
    share = cv2.GaussianBlur(share, (0, 0), 0.5, sigmaY=3.0)
    opened = np.sign(up[..., 0]) * np.arcsin(np.clip(frame.turn[2, 0], -1, 1))
    slant = 1 / np.tan(np.maximum(FLARE + opened, LEAST_ANGLE))
    return smoothstep(share, 0, 0.5), np.minimum(slant * from_face, DEEPEST_MM * frame.size)


def find_ears(
    frame: HeadFrame, up: np.ndarray, colour: np.ndarray, matte: np.ndarray,
    within: np.ndarray, deep: np.ndarray, mm: float,
) -> np.ndarray:  # fmt: skip
    """(h, w) 0..1: how far crossings of a grid, mm apart, lie on an ear.

    up: (h, w, 2) mm, as `frame.upright` gives. colour: (h, w, 3) 0..255. within, deep: (h, w) mm
    within the face's and the person's outline. Each side is told by its own light.
    """
    look = np.log(srgb_to_linear(colour / 255) + NOISE)
    level, green = look.mean(-1), look[..., 1]
    look = np.stack([look[..., 0] - green, look[..., 2] - green, level], -1) / SCALE
    place, beside = ear_place(frame, up), (within == 0) & (matte > 0.5)
    ears = np.zeros(matte.shape, bool)
    for root in ROOTS:
        x, y = frame.upright(frame.screen[root, :2])
        side, high = up[..., 0] * x > 0, (up[..., 1] - y) / frame.size
        cheek = side & _between(within, CHEEK_MM) & _between(high, CHEEK_HEIGHTS_MM)
        hair = side & (within == 0) & (deep > HAIR_MM) & _between(high, HAIR_HEIGHTS_MM)
        hair &= np.abs(up[..., 0]) > HAIR_BESIDE_MM * frame.size
        if cheek.sum() < LEAST_CROSSINGS:
            continue
        out = (np.abs(up[..., 0]) - abs(x)) / frame.size
        below = side & _between(out, HANGS_MM) & _between(high, (TALL_MM[0] - BELOW_MM, TALL_MM[0]))
        fair = side & beside & (place | below | _between(high, TALL_MM))
        fair[fair] = _like(look[fair], look[cheek], look[hair])
        # What goes on beyond an ear's reach, or below it, is hair of the cheek's colour.
        beyond = fair & ~place & ~below
        hangs = (fair & below).sum() > BEYOND * below.sum()
        if not hangs and beyond.sum() < BEYOND * (fair & place).sum():
            ears |= fair & place
    ears = cv2.morphologyEx(ears.astype(np.uint8), cv2.MORPH_CLOSE, ellipse(SHADOWS_MM / 2 / mm))
    ears = ears * (place & beside)
    ears = _large(ears, mm)
    # Its outer rim is soft: what of it lies before the backdrop is ear too.
    around, wide = (cv2.dilate(ears.astype(np.float32), np.ones((3, n), np.uint8)) for n in (3, 7))
    return cv2.GaussianBlur(np.where(matte > 0.5, around, wide), (0, 0), 0.8)


def standing(ears: np.ndarray, matte: np.ndarray, mm: float) -> np.ndarray:
    """(h, w) 0..1: ears (h, w), from `find_ears`, without seams of cheek.

    These are narrow and lie before hair; an ear that is as narrow lies before the backdrop.
    """
    surely = ears > SURELY
    free = (surely | (matte <= 0.5)).astype(np.uint8)
    wide = cv2.morphologyEx(free, cv2.MORPH_OPEN, ellipse(SEAM_MM / 2 / mm))
    return ears * cv2.dilate(_large(wide * surely, mm), np.ones((3, 9), np.uint8))


def _large(ears: np.ndarray, mm: float) -> np.ndarray:
    """(h, w) 0 or 1: those of ears (h, w) on a grid of so many mm that are no specks."""
    _, label, stats, _ = cv2.connectedComponentsWithStats(ears.astype(np.uint8))
    large = stats[:, cv2.CC_STAT_AREA] * mm**2 > LEAST_MM2
    return np.asarray(ears * large[label], np.uint8)


def _like(look: np.ndarray, cheek: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """(N,) bool: looks (N, 3) rather like those of a cheek (M, 3) than of hair (K, 3)."""
    skin = np.median(cheek, axis=0)
    by_hue = _off(look, skin, hues=2) < FURTHEST
    if len(hair) < LEAST_CROSSINGS:
        return by_hue
    # Some of it may be forehead; hair has lights and shadows.
    unlike = _off(hair, skin)
    tones = hair[unlike >= np.median(unlike)]
    tone = np.median(tones, axis=0)
    if np.linalg.norm(tone - skin) < BALD:
        return by_hue
    off = look - tone
    off[:, 2] = look[:, 2] - np.clip(look[:, 2], *np.percentile(tones[:, 2], LIGHTS))
    return np.asarray(_off(look, skin) < np.minimum(np.linalg.norm(off, axis=1), FURTHEST))


def _off(look: np.ndarray, skin: np.ndarray, hues: int = 3) -> np.ndarray:
    """(N,) how far looks (N, 3) are from that of skin (3,), by so many of their parts."""
    off = look - skin
    off[:, 0] = np.where(off[:, 0] > 0, REDDER * off[:, 0], off[:, 0])
    return np.asarray(np.linalg.norm(off[:, :hues], axis=1))


def _between(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    return np.asarray((values > limits[0]) & (values < limits[1]))
