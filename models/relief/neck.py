"""What stands behind the jaw: neck and hair carried on up to where a turn may uncover them."""

from __future__ import annotations

import cv2
import numpy as np

from models.face.fitting import OUTLINE
from models.matting.fill import push_pull
from models.relief.frame import HeadFrame, skin_tone, smoothstep
from models.relief.jaw import JAW, SHADE_MM, like_neck, pixel_grid

# Hair is known so far above the jaw, and carried on from so far below it.
ABOVE_JAW_MM, HAIR_NEAR_MM = 12.0, 60.0
# Hair is no narrower, and begins no nearer to the face; its colours are parted into such shades.
STRAND_MM, SHADES = 3.0, 12
# The neck goes on behind whatever stands so near the middle, a collar too, up to the jaw's
# corners; and how much darker it is behind the jaw.
NECK_REACH_MM = 74.0
UNDER_JAW_SHADE = 0.2
FILL_HEIGHT_MM = 45.0 + SHADE_MM
# Soft fills and edges of larger pictures are made at this many pixels a side.
COARSE = 1200


def behind_the_jaw(
    photo: np.ndarray, alpha: np.ndarray, share: np.ndarray, frame: HeadFrame, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Colours (H, W, 3) 0..255 of what goes on behind the jaw, and its matte (H, W) 0..1.

    photo: (H, W, 3) float32 at scale px of the frame's. alpha: (H, W) its matte. share: from
    `head_share`. What is made is soft: COARSE pixels a side do.
    """
    height = FILL_HEIGHT_MM * frame.pixels_per_mm * scale
    risen = _raised(alpha, share, height)
    part = COARSE / max(alpha.shape)
    if part >= 1:
        fill, width = _carried_on(photo, alpha, share, frame, scale)
        return fill, risen * width
    size = (round(alpha.shape[1] * part), round(alpha.shape[0] * part))
    few = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (photo, alpha, share)]
    fill, width = _carried_on(few[0], few[1], few[2], frame, scale * size[1] / alpha.shape[0])
    whole = cv2.resize(width[None], (alpha.shape[1], 1), interpolation=cv2.INTER_LINEAR)[0]
    return cv2.resize(fill, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR), risen * whole


def _raised(alpha: np.ndarray, share: np.ndarray, height: float) -> np.ndarray:
    """The torso's matte carried up behind the head from just below the cut, fading out."""
    first = _cut_row(share)
    row = np.minimum(first + 2, len(share) - 1)
    value = np.where(first < len(share), alpha[row, np.arange(share.shape[1])], 0)
    value = cv2.GaussianBlur(value[None].astype(np.float32), (0, 0), max(height / 20, 0.6))[0]
    distance = first[None] - np.arange(len(share))[:, None]
    return value[None] * smoothstep(distance.astype(np.float32), height, 0.6 * height)


def _cut_row(share: np.ndarray) -> np.ndarray:
    """(W,) the first row below the head's cut in each column; the picture's height if none."""
    below = share < 0.02
    return np.where(below.any(0), below.argmax(0), len(share))


def _carried_on(
    photo: np.ndarray, alpha: np.ndarray, share: np.ndarray, frame: HeadFrame, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """Colours (H, W, 3) of neck and hair carried on behind the jaw, never the collar's.

    Also how far (W,) there is neck or hair to carry on, 0..1: beside it stands the backdrop.
    """
    k = frame.pixels_per_mm * scale
    gap, reach = max(2, round(2 * k)), max(3, round(34 * k))
    near = cv2.dilate(share, np.ones((2 * gap + 1, 2 * gap + 1), np.uint8))
    close = cv2.dilate(share, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    below = (alpha > 0.95) & (near < 0.02) & (close > 0.5)
    tone = skin_tone(photo, frame, scale)[0]
    skin, dusk = _neck_skin(photo, below, frame, scale, tone)
    hair = below & _hair_like(photo, alpha, share, frame, scale, tone)
    known = (skin | hair).astype(np.float32)
    # A little of the chin's own colour in shadow keeps the fill sane where no neck shows.
    shadow = np.broadcast_to(dusk * tone, photo.shape)
    weak = 0.002 * (share > 0.5).astype(np.float32)
    values = np.where(known[..., None] > 0, photo, shadow)
    smooth = push_pull(values, np.maximum(known, weak)) if known.any() else shadow
    cut = cv2.GaussianBlur(_cut_row(share)[None].astype(np.float32), (0, 0), max(2 * k, 1.0))[0]
    cut = np.minimum(cut, len(share) - 1)
    solid = (alpha > 0.95).astype(np.float32)
    return _carried_up(photo, known, solid, smooth, cut, gap), _carried_width(
        known, _cut_row(share), frame, scale
    )


def _neck_skin(
    photo: np.ndarray, below: np.ndarray, frame: HeadFrame, scale: float, tone: np.ndarray
) -> tuple[np.ndarray, float]:
    """(H, W) bool: skin below the jaw; and how bright it is in parts of the cheeks' tone (3,)."""
    k = frame.pixels_per_mm * scale
    smooth = cv2.GaussianBlur(photo, (0, 0), max(k, 0.6))
    level = smooth.mean(2) / tone.mean()
    alike = below & like_neck(smooth, tone)
    middle = (frame.screen[list(JAW), 0].mean() + 0.5) * scale - 0.5
    under = alike & (np.abs(np.arange(photo.shape[1])[None] - middle) < 28 * k)
    if not under.any():
        return alike, 0.6
    usual = np.median(level[under])
    return alike & (level > 0.5 * usual) & (level < 1.5 * usual), float(np.clip(usual, 0.3, 0.75))


def _hair_like(
    photo: np.ndarray, alpha: np.ndarray, share: np.ndarray, frame: HeadFrame, scale: float,
    tone: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """(H, W) bool: pixels in the colours of the hair, or beard, above the cut on their side."""
    k = frame.pixels_per_mm * scale
    smooth = cv2.GaussianBlur(photo, (0, 0), max(1.2 * k, 0.8))
    face = np.zeros(share.shape, np.uint8)
    ring = (frame.screen[list(OUTLINE), :2] + 0.5) * scale - 0.5
    cv2.fillPoly(face, [np.rint(ring).astype(np.int32)], 1)
    margin = max(1, round(STRAND_MM * k))
    brush = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    beside = (cv2.dilate(face, brush) == 0) & (alpha > 0.95)
    up = frame.upright(pixel_grid(alpha.shape, scale))
    hair = beside & (share > 0.98) & (np.abs(smooth - tone).max(2) > 50)
    hair &= up[..., 1] > frame.jaw + ABOVE_JAW_MM
    alike = np.zeros_like(hair)
    for side in (up[..., 0] < 0, up[..., 0] >= 0):
        if (hair & side).any():
            alike[side] = _in_colours(smooth[side], smooth[hair & side])
    alike &= beside
    # Hanging hair comes down broadly from above the cut; a coat or a collar does not.
    _, part = cv2.connectedComponents(cv2.erode((hair | alike).astype(np.uint8), brush))
    hanging = np.isin(part, np.unique(part[hair & (part > 0)]))
    hanging = cv2.dilate(hanging.astype(np.uint8), brush) > 0
    return alike & hanging & (up[..., 1] > frame.jaw - HAIR_NEAR_MM)


def _in_colours(colours: np.ndarray, some: np.ndarray) -> np.ndarray:
    """(M,) bool: which colours (M, 3) might be among some of hair (N, 3).

    Those of hair lie along one line from dark to bright.
    """
    level = some.mean(1)
    steps = np.percentile(level, np.linspace(2, 98, SHADES + 1))
    shade = np.clip(np.searchsorted(steps, level), 1, SHADES) - 1
    count = np.maximum(np.bincount(shade, minlength=SHADES), 1)
    line = np.stack([np.bincount(shade, c, SHADES) / count for c in some.T], 1)
    own = colours.mean(1)
    usual = line[np.clip(np.searchsorted(steps, own), 1, SHADES) - 1]
    # In shadow it is darker still.
    usual *= np.minimum(own / np.maximum(line[0].mean(), 1), 1)[:, None]
    off = np.abs(colours - usual).max(1)
    return np.asarray(off < 12 + 0.12 * own)


def _carried_width(
    known: np.ndarray, cut: np.ndarray, frame: HeadFrame, scale: float
) -> np.ndarray:
    """(W,) 1 in the columns where neck or hair goes on below the cut, soft to 0 beside them."""
    k = frame.pixels_per_mm * scale
    height, width = known.shape
    rows = cut[None] + np.arange(1, round(14 * k))[:, None]
    seen = known[np.minimum(rows, height - 1), np.arange(width)] * (rows < height)
    found = seen.mean(0) > 0.25
    across = (np.arange(width) - ((frame.camera.cx + 0.5) * scale - 0.5)) / (k * frame.size)
    found |= np.abs(across) < NECK_REACH_MM
    # Between neck and hair there is more of either.
    first, last = found.argmax(), width - 1 - found[::-1].argmax()
    whole = np.zeros((1, width), np.float32)
    whole[:, first : last + 1] = 1
    return cv2.GaussianBlur(whole, (0, 0), max(1.5 * k, 0.6))[0]


def _carried_up(
    photo: np.ndarray, known: np.ndarray, solid: np.ndarray, smooth: np.ndarray,
    cut: np.ndarray, gap: int,
) -> np.ndarray:  # fmt: skip
    """Each column carried on above the cut (W,) rows: mirrored where known, smooth elsewhere.

    Just above the cut it is what stands below, whatever that is, if solid (H, W): a jaw that
    moves a little uncovers no neck beside it.
    """
    height, width = known.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    rise = np.maximum(cut[None] - y, 0)
    row = np.maximum(y, cut[None] + gap + 0.7 * rise).astype(np.float32)
    edge = np.maximum(y, np.broadcast_to(cut + 2 * gap, y.shape)).astype(np.float32)
    base = cv2.remap(smooth, x, edge, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    base = cv2.GaussianBlur(base, (0, 0), gap)
    seen = cv2.remap(photo, x, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    trust = cv2.remap(cv2.GaussianBlur(known, (0, 0), gap / 2), x, row, cv2.INTER_LINEAR)
    trust = cv2.GaussianBlur(np.clip(2 * trust - 1, 0, 1), (0, 0), gap / 2)
    strange = cv2.GaussianBlur(solid * (1 - known), (0, 0), gap / 2)
    close = smoothstep(rise, 2.5 * gap, gap) * cv2.remap(strange, x, edge - gap, cv2.INTER_LINEAR)
    trust = np.maximum(trust, close)[..., None]
    # Under the jaw it is darker.
    shade = 1 - UNDER_JAW_SHADE * smoothstep(rise, 0, 14 * gap)[..., None]
    return (base + trust * (seen - base)) * shade
