"""Taking a portrait apart: head over torso over backdrop, such that laying them back is exact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from models.face.fitting import OUTLINE
from models.matting.fill import push_pull
from models.relief.cheek import Cheeks
from models.relief.draw import pack
from models.relief.frame import HeadFrame, skin_tone, smoothstep

JAW = (
    58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288,
)  # fmt: skip
# The cut runs a little below the jaw: a strip of neck may move, a strip of jaw may not stay.
CUT_BELOW_MM = 2.4
SIDE_FEATHER_MM = 12.0
FILL_HEIGHT_MM = 45.0
BEARD_MM, JOWL_MM = 42.0, 10.0
# The jaw is looked at in steps of so much outward, and at so many places between its points.
STEP_MM, FINER = 1.5, 4
# Beside what hides the jaw its colours have melted over so much.
MELT_MM = 0.8
# A beard's saturation in parts of the cheeks'.
BEARD_COLOUR = 0.8
FAR_MM = 2000.0
# Hair below the cut lies this near to hair above it.
HAIR_NEAR_MM = 60.0
# The neck goes on behind whatever stands so near the middle, a collar too, up to the jaw's
# corners; and how much darker it is behind the jaw.
NECK_REACH_MM = 74.0
UNDER_JAW_SHADE = 0.2
# The least warmth, red over blue in parts of the brightness, of a neck in parts of the cheeks'.
LEAST_WARM = 0.62
# Soft fills and edges of larger pictures are made at this many pixels a side.
COARSE = 1200


@dataclass(frozen=True)
class Textures:
    """Layers of one picture at one scale, (H, W, 4) int16 as `draw.pack` makes them.

    head and torso: with soft alpha. shell: the head's colours spread beyond its outline, opaque.
    backdrop: (H, W, 3) float32 0..255.
    """

    head: np.ndarray
    torso: np.ndarray
    shell: np.ndarray
    backdrop: np.ndarray


@dataclass(frozen=True)
class Layers:
    """A picture taken apart at one scale, with the photo's own mouth when it is open."""

    textures: Textures
    mouth: np.ndarray | None
    scale: float
    cheeks: Cheeks

    @cached_property
    def skin(self) -> tuple[np.ndarray, float]:
        """Skin for what a turn stretches, and its px per mm."""
        return self.cheeks.skin(self.textures.shell, self.scale)

    @cached_property
    def soft_shell(self) -> np.ndarray:
        """The shell at half its size, for what a turn crowds."""
        return cv2.pyrDown(cv2.GaussianBlur(self.textures.shell, (0, 0), 0.8))


def jaw_reach(frame: HeadFrame, image: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """(N,) mm by which the head goes on beyond each point of `_jaw_line`, or ends before it.

    image: (H, W, 3) uint8, the frame's own picture; alpha: (H, W) its matte. A beard reaches as
    far as the colour stays that of the chin, if that is not the cheeks' own; a jowl as far as
    the matte, if that ends soon. Hair or a collar over the jaw makes it end before.
    """
    photo = cv2.GaussianBlur(image, (0, 0), max(0.6, frame.pixels_per_mm)).astype(np.float32)
    skin = skin_tone(photo, frame, 1.0)[0]
    up, outward = _jaw_line(frame)
    steps = np.arange(-7.5, BEARD_MM, STEP_MM)
    rays = _picture(frame, (up[:, None] + outward[:, None] * steps[:, None]).reshape(-1, 2))
    size = np.array(photo.shape[1::-1]) - 1
    at = np.rint(np.clip(rays, 0, size)).astype(int)
    colours = photo[at[:, 1], at[:, 0]].reshape(len(up), len(steps), 3)
    own = np.median(colours[:, steps < -1], axis=1)
    # Skin in shadow gains colour, a beard has less of it.
    colourful = np.ptp(own, axis=1) / np.maximum(own.mean(1), 1.0)
    bearded = colourful < BEARD_COLOUR * np.ptp(skin) / max(float(skin.mean()), 1.0)
    bearded[:] = bearded[3 * FINER : -3 * FINER].mean() > 0.7
    off = np.abs(colours - own[:, None]).max(2)
    same = off < 26 + 0.22 * own.mean(1, keepdims=True)
    start = int(steps.searchsorted(0, "right"))
    same[:, :start] = True
    run = _run(same)
    # What never ends is a neck in the beard's colour.
    bearded &= run < len(steps)
    beard = np.where(bearded, (run - start) * STEP_MM, 0.0)
    cover = alpha[at[:, 1], at[:, 0]].reshape(len(up), -1)
    end = _run(cover[:, start - 1 :] >= 0.5) * STEP_MM
    # A collar that begins there is no jowl.
    jowl = np.where((end < JOWL_MM) & ((run - start + 2) * STEP_MM > end), end + STEP_MM, 0)
    # Nor is what already hides the fitted jaw.
    strange = (off > 40 + 0.3 * own.mean(1, keepdims=True)) & (cover > 0.95)
    hidden = _run(strange[:, start - 1 :: -1]) * STEP_MM
    hidden = np.where(hidden > 0, hidden + CUT_BELOW_MM + MELT_MM, 0)
    outward = _evened(np.clip(np.maximum(beard, jowl), 0, BEARD_MM), 4 * FINER)
    inward = _evened(hidden, FINER)
    kernel = np.array([1, 2, 3, 2, 1]) / 9
    wide = np.pad(np.where(inward > 0, -inward, outward), 2, mode="edge")
    return np.convolve(wide, kernel, "valid").astype(np.float32)


def _run(flags: np.ndarray) -> np.ndarray:
    """(N,) how many of the flags (N, M) hold from the first on."""
    return np.asarray(np.logical_and.accumulate(flags, axis=1).sum(1))


def _evened(values: np.ndarray, width: int) -> np.ndarray:
    """The running median of values (N,) over width + 1 of them."""
    wide = np.pad(values, width // 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(wide, width + 1), axis=1))


def _jaw_line(frame: HeadFrame) -> tuple[np.ndarray, np.ndarray]:
    """The jaw's points (N, 2) mm, upright, and the directions out of the face there."""
    corners = frame.upright(frame.screen[list(JAW), :2])
    places = np.linspace(0, len(JAW) - 1, FINER * (len(JAW) - 1) + 1)
    up = np.stack([np.interp(places, np.arange(len(JAW)), corners[:, k]) for k in (0, 1)], 1)
    outward = up - np.array([up[:, 0].mean(), up[:, 1].max() + 40])
    return up, outward / np.linalg.norm(outward, axis=1, keepdims=True)


def head_share(
    frame: HeadFrame, shape: tuple[int, int], scale: float, reach: np.ndarray
) -> np.ndarray:
    """(H, W) float32: 1 above the jaw's edge, 0 below, soft at the sides of the neck.

    scale: pixels of the wanted picture per pixel of the frame's. reach: from `jaw_reach`.
    """
    up, outward = _jaw_line(frame)
    edge = up + outward * (CUT_BELOW_MM + reach)[:, None]
    left, right = edge[0], edge[-1]
    outline = np.concatenate([
        [[-FAR_MM, left[1] - 4]], [[left[0] - 25, left[1] - 4]], edge,
        [[right[0] + 25, right[1] - 4]], [[FAR_MM, right[1] - 4]],
        [[FAR_MM, FAR_MM]], [[-FAR_MM, FAR_MM]],
    ])  # fmt: skip
    corners = (_picture(frame, outline) + 0.5) * scale - 0.5
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.rint(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    melt = max(0.7, 0.5 * frame.pixels_per_mm * scale)
    sharp = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), melt)
    soft = cv2.GaussianBlur(sharp, (0, 0), SIDE_FEATHER_MM / 2 * frame.pixels_per_mm * scale)
    side = _side_share(frame, shape, scale, float(left[0]), float(right[0]))
    return np.clip(sharp + side * (soft - sharp), 0, 1)


def _picture(frame: HeadFrame, upright: np.ndarray) -> np.ndarray:
    """The inverse of `HeadFrame.upright`."""
    c, s = np.cos(frame.roll), np.sin(frame.roll)
    x = c * upright[:, 0] + s * upright[:, 1]
    y = -s * upright[:, 0] + c * upright[:, 1]
    k = frame.pixels_per_mm
    return np.stack([frame.camera.cx + k * x, frame.camera.cy - k * y], 1)


def pixel_grid(shape: tuple[int, int], scale: float = 1.0) -> np.ndarray:
    """(H, W, 2) positions, in the frame's pixels, of a picture drawn at scale."""
    x = ((np.arange(shape[1]) + 0.5) / scale - 0.5).astype(np.float32)
    y = ((np.arange(shape[0]) + 0.5) / scale - 0.5).astype(np.float32)
    return np.stack(np.meshgrid(x, y), -1)


def _side_share(
    frame: HeadFrame, shape: tuple[int, int], scale: float, left: float, right: float
) -> np.ndarray:
    """(H, W) 0 under the jaw, 1 beside it."""
    across = frame.upright(pixel_grid(shape, scale))[..., 0]
    return np.maximum(smoothstep(across, left, left - 14), smoothstep(across, right, right + 14))


def decompose(
    image: np.ndarray,
    alpha: np.ndarray,
    backdrop: np.ndarray,
    share: np.ndarray,
    frame: HeadFrame,
    scale: float,
    person: np.ndarray | None = None,
) -> Textures:
    """Split an image (H, W, 3) uint8 with its matte alpha (H, W) 0..1 into layers.

    backdrop: (H, W, 3) what lies behind the person. share: from `head_share`. scale: pixels of
    the image per pixel of the frame's. person: (H, W, 3) uint8, the image without the backdrop's
    colours at the rim; unmixed here when None.
    Nearly, head + (1 - head alpha) * (torso + (1 - torso alpha) * backdrop) is the image again.
    """
    pixels_per_mm = frame.pixels_per_mm * scale
    photo = image.astype(np.float32)
    behind = backdrop.astype(np.float32)
    head_alpha = alpha * share
    open_part = 1 - head_alpha
    torso_alpha = 1 - (1 - alpha) / np.maximum(open_part, 1e-3)
    hidden = smoothstep(head_alpha, 0.9, 0.995)
    fill, goes_on = _coarse_fill(photo, alpha, share, frame, scale)
    raised = _raised(alpha, share, FILL_HEIGHT_MM * pixels_per_mm) * goes_on
    torso_alpha = np.clip(torso_alpha * (1 - hidden) + raised * hidden, 0, 1)
    # Within the soft cut both layers show the photo: only then do they add up to it.
    covered = smoothstep(share, 0.55, 0.95)[..., None]
    seen = photo - (1 - torso_alpha[..., None]) * behind
    if person is not None:
        seen = torso_alpha[..., None] * person
    torso = seen + covered * (torso_alpha[..., None] * fill - seen)
    torso = np.clip(torso, 0, 255 * torso_alpha[..., None])
    under = torso + (1 - torso_alpha[..., None]) * behind
    head = photo - open_part[..., None] * under
    if person is not None:
        rim = smoothstep(alpha, 1.0, 0.9)[..., None]
        head += rim * (head_alpha[..., None] * person - head)
    own = photo if person is None else person.astype(np.float32)
    spread = _spread(own, head_alpha, pixels_per_mm)
    return Textures(
        pack(head, head_alpha), pack(torso, torso_alpha), pack(spread, np.ones_like(alpha)), behind
    )


def _coarse_fill(
    photo: np.ndarray, alpha: np.ndarray, share: np.ndarray, frame: HeadFrame, scale: float
) -> tuple[np.ndarray, np.ndarray]:
    """`_behind_the_jaw` on at most COARSE pixels a side: what it makes is soft."""
    part = COARSE / max(alpha.shape)
    if part >= 1:
        return _behind_the_jaw(photo, alpha, share, frame, scale)
    size = (round(alpha.shape[1] * part), round(alpha.shape[0] * part))
    few = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in (photo, alpha, share)]
    fill, width = _behind_the_jaw(few[0], few[1], few[2], frame, scale * size[1] / alpha.shape[0])
    whole = cv2.resize(width[None], (alpha.shape[1], 1), interpolation=cv2.INTER_LINEAR)[0]
    return cv2.resize(fill, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR), whole


def _spread(photo: np.ndarray, alpha: np.ndarray, pixels_per_mm: float) -> np.ndarray:
    """The head's surely own colours carried over its rim, where the backdrop shines in."""
    margin = max(1, round(1.6 * pixels_per_mm))
    size = (2 * margin + 1,) * 2
    sure = cv2.erode(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size))
    known = np.clip(sure * 20 - 19, 0, 1)
    return push_pull(photo, known) if known.max() > 0 else photo


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


def _behind_the_jaw(
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
    return _carried_up(photo, known, smooth, cut, gap), _carried_width(
        known, _cut_row(share), frame, scale
    )


def _neck_skin(
    photo: np.ndarray, below: np.ndarray, frame: HeadFrame, scale: float, tone: np.ndarray
) -> tuple[np.ndarray, float]:
    """(H, W) bool: skin below the jaw; and how bright it is in parts of the cheeks' tone (3,)."""
    k = frame.pixels_per_mm * scale
    smooth = cv2.GaussianBlur(photo, (0, 0), max(k, 0.6))
    level = smooth.mean(2) / tone.mean()
    # Shadow makes skin redder, never greyer; cloth of its brightness mostly is.
    parts = smooth / np.maximum(smooth.mean(2, keepdims=True), 1)
    warm, usual_warm = parts[..., 0] - parts[..., 2], (tone[0] - tone[2]) / tone.mean()
    alike = below & (warm > LEAST_WARM * usual_warm) & (warm < 2.5 * usual_warm + 0.2)
    alike &= (parts[..., 1] > parts[..., 2] - 0.06) & (level > 0.12) & (level < 1.25)
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
    """(H, W) bool: pixels in the colour of the hair, or beard, nearest above the cut."""
    k = frame.pixels_per_mm * scale
    smooth = cv2.GaussianBlur(photo, (0, 0), max(1.2 * k, 0.8))
    face = np.zeros(share.shape, np.uint8)
    ring = (frame.screen[list(OUTLINE), :2] + 0.5) * scale - 0.5
    cv2.fillPoly(face, [np.rint(ring).astype(np.int32)], 1)
    hair = (share > 0.98) & (alpha > 0.95) & (face == 0)
    hair &= np.abs(smooth - tone).max(2) > 50
    if not hair.any():
        return hair
    nearest = _nearest(hair)
    x, y = np.ascontiguousarray(nearest[..., 0]), np.ascontiguousarray(nearest[..., 1])
    away = np.hypot(x - np.arange(x.shape[1]), y - np.arange(x.shape[0])[:, None])
    own = cv2.remap(smooth, x, y, cv2.INTER_NEAREST)
    alike = (np.abs(smooth - own).max(2) < 20 + 0.1 * own.mean(2)) & (away < HAIR_NEAR_MM * k)
    # Hanging hair comes down from above the cut; a dark coat does not.
    whole = (hair | (alike & (share < 0.98) & (alpha > 0.5))).astype(np.uint8)
    _, part = cv2.connectedComponents(whole)
    return alike & np.isin(part, np.unique(part[hair]))


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
    photo: np.ndarray, known: np.ndarray, smooth: np.ndarray, cut: np.ndarray, gap: int
) -> np.ndarray:
    """Each column carried on above the cut (W,) rows: mirrored where known, smooth elsewhere."""
    height, width = known.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    rise = np.maximum(cut[None] - y, 0)
    row = np.maximum(y, cut[None] + gap + 0.7 * rise).astype(np.float32)
    edge = np.maximum(y, np.broadcast_to(cut + 2 * gap, y.shape)).astype(np.float32)
    base = cv2.remap(smooth, x, edge, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    base = cv2.GaussianBlur(base, (0, 0), gap)
    seen = cv2.remap(photo, x, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    trust = cv2.remap(cv2.GaussianBlur(known, (0, 0), gap / 2), x, row, cv2.INTER_LINEAR)
    trust = cv2.GaussianBlur(np.clip(2 * trust - 1, 0, 1), (0, 0), gap / 2)[..., None]
    # Under the jaw it is darker.
    shade = 1 - UNDER_JAW_SHADE * smoothstep(rise, 0, 14 * gap)[..., None]
    return (base + trust * (seen - base)) * shade


def _nearest(target: np.ndarray) -> np.ndarray:
    """(H, W, 2) float32 x, y of the nearest pixel of target (H, W) bool to each pixel."""
    marked = target.astype(np.uint8)
    _, label = cv2.distanceTransformWithLabels(
        1 - marked, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place = np.zeros((label.max() + 1, 2), np.float32)
    ys, xs = np.nonzero(marked)
    place[label[ys, xs]] = np.stack([xs, ys], 1)
    return place[label]
