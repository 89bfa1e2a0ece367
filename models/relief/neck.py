"""What stands behind the jaw: neck and hair carried on up to where a turn may uncover them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from models.matting.fill import push_pull
from models.relief.frame import HeadFrame, skin_tone, smoothstep
from models.relief.hanging import across, hair_like, nearly, reaching
from models.relief.jaw import (
    CUT_BELOW_MM,
    FAR_MM,
    JAW,
    PLACES,
    SHADE_MM,
    Jaw,
    Rays,
    jaw_line,
    like_neck,
    pixel_grid,
    softened,
)
from models.relief.shades import Shades

# The neck goes on behind whatever stands so near the middle, a collar too, up to the jaw's
# corners; and how much darker it is behind the jaw.
NECK_REACH_MM = 74.0
UNDER_JAW_SHADE, UNDER_JAW_MM = 0.2, 28.0
# So far above where it comes out beside the jaw a collar ends, and below it is whole; along the
# rays it goes on so far. Hair is looked at over so many mm below the cut.
COLLAR_MM, COLLAR_RISES_MM, BAND_MM = (3.4, 2.2), (14.0, 7.0), 8.0
# What is looked at lies so near to it, and so far above the jaw's angles.
NEAR_MM, TOLD_ABOVE_MM = 34.0, 75.0
# So far below the cut nothing is left of the jaw; so far before a collar nothing of that.
GAP_MM, SEAM_MM = 2.0, 1.5
# Its colours are smooth over so many of the jaw's places; a collar may be missed at so many.
ALONG, BESIDE = 2.0, 4
# Over so much a neck comes out of the jaw's shadow, which is not so many times brighter than it.
SHADOW_MM, TOO_BRIGHT = 24.0, (1.2, 1.6)
# Neck or hair goes on in the columns that show so much of it so far below the cut.
BELOW_CUT_MM, LEAST_SEEN = 14.0, 0.25
# Grain is no coarser and no finer, and no stronger in parts of the skin's brightness.
GRAIN_MM, FINEST_MM, MOST_GRAIN = 1.2, 0.25, 0.015
FILL_HEIGHT_MM = 45.0 + SHADE_MM
# Over the jaw's corners it goes on this high, and fades.
CORNERS_MM = 36.0, 14.0
# From so many times more pixels of the face's own shades than of the usual hues on it is a cast.
CAST = 1.5
# How bright necks are in parts of the cheeks, and at least; a patch of such a side tells it. What
# is within these parts of its brightness is neck, and no column brighter than the next. What shows
# under the chin tells it, if it is no less of all that shows.
USUAL_DUSK, LEAST_LEVEL, SURE_MM = 0.6, 0.25, 14.0
ALIKE, BRIGHTER, LEAST_PART = (0.4, 1.6), 1.1, 0.25
# The light is looked at so far above the cut, and averaged over so much; no shadow is darker.
ABOVE_CUT_MM, LIT_MM, LEAST_LIT = (4.0, 16.0), 8.0, 0.15
# So little counts the usual colour beside what is seen.
WEAK = 0.02
# Soft fills and edges of larger pictures are made at this many pixels a side.
COARSE = 1200


def behind_the_jaw(
    photo: np.ndarray, alpha: np.ndarray, share: np.ndarray, frame: HeadFrame, scale: float,
    jaw: Jaw,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Colours (H, W, 3) 0..255 of what goes on behind the jaw, and its matte (H, W) 0..1.

    photo: (H, W, 3) float32 at scale px of the frame's. alpha: (H, W) its matte. share: from
    `head_share`; jaw: from `find_jaw`. What is made is soft: COARSE pixels a side do.
    """
    rows = near_jaw(frame, alpha.shape, scale, jaw)
    camera = replace(frame.camera, cy=frame.camera.cy - rows.start / scale)
    moved = replace(frame, camera=camera)
    fill, risen = photo.copy(), np.zeros(alpha.shape, np.float32)
    fill[rows], risen[rows] = _behind(photo[rows], alpha[rows], share[rows], moved, scale, jaw)
    return fill, risen


def near_jaw(frame: HeadFrame, shape: tuple[int, ...], scale: float, jaw: Jaw) -> slice:
    """The rows of a picture (H, W) that tell what stands behind the jaw, or show it."""
    edges = np.zeros((shape[0], 2, 2), np.float32)
    edges[:, 1, 0] = (shape[1] - 1) / scale
    edges[..., 1] = ((np.arange(shape[0]) + 0.5) / scale - 0.5)[:, None]
    up = frame.upright(edges)[..., 1]
    line, outward = jaw_line(frame)
    low = (line + outward * jaw.edge[:, None])[:, 1].min() - NEAR_MM
    some = np.flatnonzero(((up > low) & (up < frame.jaw + TOLD_ABOVE_MM)).any(1))
    return slice(int(some[0]), int(some[-1]) + 1) if len(some) else slice(0, shape[0])


def _behind(
    photo: np.ndarray, alpha: np.ndarray, share: np.ndarray, frame: HeadFrame, scale: float,
    jaw: Jaw,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """As `behind_the_jaw`, of any part of a picture that begins where the frame does."""
    risen = _raised(alpha, share, frame, scale)
    part = COARSE / max(alpha.shape)
    if part >= 1:
        fill, width = _carried_on(photo, alpha, share, frame, scale, jaw)
        return fill, risen * width
    size = (round(alpha.shape[1] * part), round(alpha.shape[0] * part))
    few = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (photo, alpha, share)]
    fill, width = _carried_on(few[0], few[1], few[2], frame, scale * size[1] / alpha.shape[0], jaw)
    whole = cv2.resize(width[None], (alpha.shape[1], 1), interpolation=cv2.INTER_LINEAR)[0]
    return cv2.resize(fill, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR), risen * whole


def _raised(alpha: np.ndarray, share: np.ndarray, frame: HeadFrame, scale: float) -> np.ndarray:
    """The torso's matte carried up behind the head from just below the cut, fading out."""
    height = FILL_HEIGHT_MM * frame.pixels_per_mm * scale
    first = _cut_row(share)
    row = np.minimum(first + 2, len(share) - 1)
    value = np.where(first < len(share), alpha[row, np.arange(share.shape[1])], 0)
    value = cv2.GaussianBlur(value[None].astype(np.float32), (0, 0), max(height / 20, 0.6))[0]
    distance = first[None] - np.arange(len(share))[:, None]
    rises = smoothstep(distance.astype(np.float32), height, 0.6 * height)
    # Beside the chin the cut lies deep: a turn uncovers what is as high as the jaw's corners.
    up = frame.upright(pixel_grid(share.shape, scale))[..., 1] - frame.jaw
    return value[None] * np.maximum(rises, smoothstep(up, *CORNERS_MM))


def _cut_row(share: np.ndarray) -> np.ndarray:
    """(W,) the first row below the head's cut in each column; the picture's height if none."""
    below = share < 0.02
    return np.where(below.any(0), below.argmax(0), len(share))


def _carried_on(
    photo: np.ndarray, alpha: np.ndarray, share: np.ndarray, frame: HeadFrame, scale: float,
    jaw: Jaw,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Colours (H, W, 3) of what stands below the jaw, carried on behind it.

    Also how far (W,) there is neck or hair to carry on, 0..1: beside it stands the backdrop.
    """
    k = frame.pixels_per_mm * scale
    gap, reach = max(2, round(GAP_MM * k)), max(3, round(NEAR_MM * k))
    near = cv2.dilate(share, np.ones((2 * gap + 1, 2 * gap + 1), np.uint8))
    close = cv2.dilate(share, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    below = (alpha > 0.95) & (near < 0.02) & (close > 0.5)
    first = _cut_row(share)
    lit = _lit(photo, alpha, first, k)
    rays = Rays.over(frame, share.shape, scale)
    # Beyond a collar nothing is neck, not even a tie as red.
    cloth = cv2.erode(jaw.cloth[None], np.ones((1, 2 * BESIDE + 1), np.uint8))[0]
    bare = (alpha > 0.95) & (share < 0.5) & (close > 0.5)
    bare &= rays.beyond < rays.of(cloth) - SEAM_MM
    tone = skin_tone(photo, frame, scale)[0]
    hangs = hair_like(photo, alpha, share, frame, scale, tone)
    smooth = cv2.GaussianBlur(photo, (0, 0), max(k, 0.6))
    alike, shaded = np.zeros_like(bare), np.zeros_like(bare)
    alike[bare] = like_neck(smooth[bare], tone)
    shaded[bare] = jaw.shades.like(smooth[bare]) & ~hangs[bare]
    # Where blue or magenta light falls into shadows the face's own alone have a neck's hue.
    if shaded.sum() > CAST * alike.sum():
        alike |= shaded
    skin, usual = _neck_skin(smooth, alike, lit, frame, scale, tone, jaw.shades)
    skin &= below
    hair = below & hangs & ~skin
    hair |= below & ~skin & nearly(photo, hair, usual, frame, scale)
    rise = rays.of(jaw.edge) - rays.beyond
    # A little of the usual colour keeps the fill sane where no neck shows.
    neck = push_pull(np.where(skin[..., None], photo, usual), np.maximum(skin, WEAK))
    neck *= 1 - UNDER_JAW_SHADE * smoothstep(rise, 0, UNDER_JAW_MM)[..., None]
    band = below & (rise > -BAND_MM)
    shown = (alpha > 0.95) & (share < 0.9)
    stands, shadow, hides = map(rays.of, _carried(photo, shown, frame, scale, jaw, tone))
    lasts = np.maximum(
        reaching(hair & band, skin & band, rays, jaw, frame), _collar(jaw, rays, rise, frame)
    )
    lasts = np.maximum(lasts, hides * smoothstep(rise, *COLLAR_MM))
    # No shadow is brighter than the neck.
    brighter = smoothstep(shadow.mean(-1) / np.maximum(neck.mean(-1), 1), *TOO_BRIGHT)[..., None]
    own = shadow + brighter * (np.minimum(shadow, BRIGHTER * neck) - shadow)
    neck += smoothstep(rise, SHADOW_MM, 0)[..., None] * (own - neck)
    fill = neck + lasts[..., None] * (stands - neck)
    fill *= 1 + _grain(photo, skin, k)[..., None]
    return fill, _carried_width(skin | hair, first, frame, scale)


def _carried(
    photo: np.ndarray, shown: np.ndarray, frame: HeadFrame, scale: float, jaw: Jaw, tone: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, 3) what stands just below the cut at the jaw's places, where it is shown (H, W).

    And (N, 3) what shadow of the neck does, told from beside where a collar or hair hides it all,
    (N,) 1.
    """
    k = frame.pixels_per_mm * scale
    sure = cv2.erode(shown.astype(np.float32), np.ones((3, 3), np.uint8))
    known = cv2.GaussianBlur(push_pull(photo, sure), (0, 0), max(GRAIN_MM * k, 0.6))
    # Between jaw and collar there may be but little neck.
    before = jaw.cloth - SEAM_MM
    least = CUT_BELOW_MM + jaw.reach + 1
    beyond = np.minimum(jaw.edge + GAP_MM, np.where(jaw.meets, FAR_MM, np.maximum(before, least)))
    line, outward = jaw_line(frame)
    at = (frame.picture(line + outward * softened(beyond)[:, None]) + 0.5) * scale - 0.5
    x, y = at.astype(np.float32).T[:, None]
    colours, there = (
        cv2.remap(v, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        for v in (known, sure)
    )
    # Smooth along neck and collar, not across their border: streaks would follow the rays.
    neck = (before > least) | like_neck(colours, tone) | jaw.shades.like(colours)
    near = np.exp(-0.5 * ((np.arange(PLACES)[:, None] - np.arange(PLACES)) / ALONG) ** 2)
    near *= (jaw.meets[:, None] == jaw.meets) & (neck[:, None] == neck)
    stands = near @ colours / near.sum(1, keepdims=True)
    some, shadow = np.flatnonzero(neck & (there > 0)), stands
    if len(some):
        shadow = np.stack([np.interp(np.arange(PLACES), some, c) for c in stands[some].T], 1)
    return stands, shadow, (~neck).astype(np.float32)


def _collar(jaw: Jaw, rays: Rays, rise: np.ndarray, frame: HeadFrame) -> np.ndarray:
    """(H, W) 0..1: how far a collar that comes up to the cut goes on above it.

    Behind the jaw its edge goes straight from where it comes out beside it to where it goes on
    below the chin, or to the other side.
    """
    if not jaw.meets.any():
        return np.zeros(rise.shape, np.float32)
    line, outward = jaw_line(frame)
    at = line + outward * jaw.edge[:, None]
    top = at[:, 1].copy()
    for run in np.split(np.arange(PLACES), np.flatnonzero(np.diff(jaw.meets)) + 1):
        if jaw.meets[run[0]]:
            ends = at[run[[0, -1]]]
            top[run] = np.maximum(np.interp(at[run, 0], *ends.T), top[run])
    above = rays.up[..., 1] - rays.of(top)
    met = smoothstep(rays.of(jaw.meets.astype(np.float32)), 0.25, 0.75)
    return met * smoothstep(above, *COLLAR_MM) * smoothstep(rise, *COLLAR_RISES_MM)


def _grain(photo: np.ndarray, skin: np.ndarray, k: float) -> np.ndarray:
    """(H, W) noise as strong as the detail of skin (H, W), in parts of its brightness.

    The skin's own detail, mirrored, would draw each of its folds once more.
    """
    sure = cv2.erode(skin.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if not sure.any():
        return np.zeros(skin.shape, np.float32)
    grey = photo.mean(2)
    detail = grey / np.maximum(cv2.GaussianBlur(grey, (0, 0), max(GRAIN_MM * k, 0.8)), 4) - 1
    white = np.random.default_rng(0).standard_normal(skin.shape, np.float32)
    noise = cv2.GaussianBlur(white, (0, 0), max(FINEST_MM * k, 0.5))
    strength = min(float(np.median(np.abs(detail[sure]))), MOST_GRAIN)
    return np.asarray(noise * (strength / noise.std()))


def _below(flags: np.ndarray, cut: np.ndarray, frame: HeadFrame, scale: float) -> np.ndarray:
    """(W,) share of flags (H, W) in the rows just below the cut (W,)."""
    rows = cut[None] + np.arange(1, round(BELOW_CUT_MM * frame.pixels_per_mm * scale))[:, None]
    height, width = flags.shape
    found = flags[np.minimum(rows, height - 1), np.arange(width)] * (rows < height)
    return np.asarray(found.mean(0))


def _lit(photo: np.ndarray, alpha: np.ndarray, cut: np.ndarray, k: float) -> np.ndarray:
    """(W,) how bright the columns are just above the cut (W,), in parts of the brightest.

    A neck lies in the shadow that its own side of the face lies in.
    """
    grey = photo.mean(2)
    height, width = grey.shape
    rows = cut[None] - np.arange(round(ABOVE_CUT_MM[0] * k), round(ABOVE_CUT_MM[1] * k))[:, None]
    rows, columns = np.clip(rows, 0, height - 1), np.arange(width)
    solid = (alpha[rows, columns] > 0.95) & (cut < height)
    wide = max(LIT_MM * k, 1.0)
    level = cv2.GaussianBlur((grey[rows, columns] * solid).sum(0)[None], (0, 0), wide)[0]
    count = cv2.GaussianBlur(solid.sum(0)[None].astype(np.float32), (0, 0), wide)[0]
    known = count > 0.05 * len(rows)
    if not known.any():
        return np.ones(width, np.float32)
    level = np.interp(columns, columns[known], (level / np.maximum(count, 1e-3))[known])
    return np.asarray(np.clip(level / level.max(), LEAST_LIT, 1), np.float32)


def _neck_skin(
    smooth: np.ndarray, alike: np.ndarray, lit: np.ndarray, frame: HeadFrame, scale: float,
    tone: np.ndarray, shades: Shades,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """(H, W) bool: skin below the jaw; and its usual colours (W, 3).

    smooth: (H, W, 3) the photo without grain. alike: (H, W) bool, where its colours may be skin's.
    lit: (W,) from `_lit`. tone: (3,) the cheeks'. shades: the face's.
    """
    k = frame.pixels_per_mm * scale
    level = smooth.mean(2) / (lit * tone.mean())
    alike = alike & (level > LEAST_LEVEL)
    middle = (frame.screen[list(JAW), 0].mean() + 0.5) * scale - 0.5
    under = alike & (np.abs(np.arange(smooth.shape[1])[None] - middle) < 28 * k)
    # A collar may hide all but what shows beside it, where that does not lie in shadow.
    beside = alike & (lit > USUAL_DUSK)
    if under.sum() < LEAST_PART * beside.sum():
        under = beside
    colours = shades.at(USUAL_DUSK * tone.mean() * lit)
    if not under.any():
        return alike, colours
    usual = np.percentile(level[under], 60)
    some = under & (level >= 0.9 * usual)
    own = np.median(smooth[some], axis=0)
    own = own * np.clip(lit / np.median(lit[np.nonzero(some)[1]]), 0, BRIGHTER)[:, None]
    colours += min(1.0, under.sum() / (SURE_MM * k) ** 2) * (own - colours)
    return alike & (level > ALIKE[0] * usual) & (level < ALIKE[1] * usual), colours


def _carried_width(
    known: np.ndarray, cut: np.ndarray, frame: HeadFrame, scale: float
) -> np.ndarray:
    """(W,) 1 in the columns where neck or hair goes on below the cut, soft to 0 beside them."""
    found = _below(known, cut, frame, scale) > LEAST_SEEN
    found |= np.abs(across(len(cut), frame, scale)) < NECK_REACH_MM
    # Between neck and hair there is more of either.
    first, last = found.argmax(), len(found) - 1 - found[::-1].argmax()
    whole = np.zeros((1, len(found)), np.float32)
    whole[:, first : last + 1] = 1
    k = frame.pixels_per_mm * scale
    return cv2.GaussianBlur(whole, (0, 0), max(1.5 * k, 0.6))[0]
