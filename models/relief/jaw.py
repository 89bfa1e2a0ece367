"""Where the head ends below: along the jaw, with its beard, its jowls and the shadow it casts."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.relief.frame import HeadFrame, colourful, skin_tone, skin_tones, smoothstep
from models.relief.shades import Shades

JAW = (
    58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288,
)  # fmt: skip
# The cut runs a little below the jaw: a strip of neck may move, a strip of jaw may not stay.
CUT_BELOW_MM = 2.4
SIDE_FEATHER_MM = 12.0
BEARD_MM, FAR_BEARD_MM, JOWL_MM = 42.0, 12.0, 10.0
# The jaw is looked at in steps of so much outward, and at so many places between its points.
STEP_MM, FINER = 1.5, 4
PLACES = FINER * (len(JAW) - 1) + 1
# The head ends at a collar that begins so near below its cut; so many half mm of strange colours
# are one, with hardly a neck's among so many.
STRIP_MM, LASTING, AFTER = 6.0, 6, 24
# So little between its end and the backdrop is no neck, and so wide is the matte's soft rim. What
# runs along the jaw before the backdrop, hardly wider than above, is its own rim.
SLIVER_MM, RIM_MM, ALONG_MM, WIDER_MM = 5.0, 4.0, 16.0, 3.0
# Beside it its colours have melted over so much.
MELT_MM = 0.4
# A beard's saturation or brightness, and its chroma, in parts of the cheeks'; below skin's hues.
BEARD_SATURATION, BEARD_LEVEL, BEARD_CHROMA, OTHER_HUE = 0.8, 0.35, 0.55, -0.2
# From so much of the jaw on it is a whole beard.
WHOLE_BEARD = 0.6
FAR_MM = 2000.0
# The angles round the face are looked up in so many steps.
ANGLES = 1024
# The jaw's shadow on skin below it goes with the head: over so much it fades, in so many steps.
SHADE_MM, SHADE_STEPS = 9.0, 6
# The least warmth, red over blue in parts of the brightness, of a neck in parts of the cheeks',
# where it is so bright: blush is warmer than a neck, but shadow only makes it redder. And how
# much greener it may be.
WARM_LEVELS, LEAST_WARM, GREENER = (0.15, 0.35, 0.8), (1.1, 0.75, 0.42), 0.05


@dataclass(frozen=True)
class Jaw:
    """Along places of the jaw's line, mm outward. reach: (N,) by which the head goes on beyond
    it, or ends before it. shade: (N,) over which it fades there into the neck. cloth: (N,)
    beyond it at which a collar or hair begins, or FAR_MM; meets: (N,) bool, whether that goes on
    behind the head. bearded: whether nearly all of it has a beard. shades: those of
    the face's skin."""

    reach: np.ndarray
    shade: np.ndarray
    cloth: np.ndarray
    meets: np.ndarray
    bearded: bool
    shades: Shades

    @property
    def edge(self) -> np.ndarray:
        """(N,) mm beyond the line at which nothing of the head is left."""
        return CUT_BELOW_MM + self.reach + self.shade


def like_neck(colours: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """(...,) bool: colours (..., 3) 0..255 of skin below cheeks of a tone (3,)."""
    level = colours.mean(-1) / tone.mean()
    # Cloth of its brightness is mostly greyer.
    parts = colours / np.maximum(colours.mean(-1, keepdims=True), 1)
    warm, usual = parts[..., 0] - parts[..., 2], (tone[0] - tone[2]) / tone.mean()
    alike = (warm > np.interp(level, WARM_LEVELS, LEAST_WARM) * usual) & (warm < 2.5 * usual + 0.2)
    green = parts[..., 1] - tone[1] / tone.mean() < GREENER
    alike &= green & (parts[..., 1] > parts[..., 2] - 0.06)
    return alike & (level > 0.12) & (level < 1.25)


def find_jaw(frame: HeadFrame, image: np.ndarray, alpha: np.ndarray) -> Jaw:
    """How the head ends along `jaw_line`.

    image: (H, W, 3) uint8, the frame's own picture; alpha: (H, W) its matte. A beard reaches as
    far as the colour stays that of the chin, if that is not the cheeks' own; a jowl as far as
    the matte, if that ends soon. Hair or a collar over the jaw makes it end before.
    """
    photo = cv2.GaussianBlur(image, (0, 0), max(0.6, frame.pixels_per_mm)).astype(np.float32)
    tone = skin_tone(photo, frame, 1.0)[0]
    up, outward = jaw_line(frame)
    steps = np.arange(-7.5, BEARD_MM, STEP_MM)
    rays = up[:, None] + outward[:, None] * steps[:, None]
    colours, cover = _along(frame, rays, photo), _along(frame, rays, alpha)
    own = np.median(colours[:, steps < -1], axis=1)
    tones = skin_tones(photo, frame, up[:, 0])
    bearded, whole = _beard_along(own, tones)
    off = np.abs(colours - own[:, None]).max(2)
    same = off < 26 + 0.22 * own.mean(1, keepdims=True)
    # In the shadow below it a beard of its own hue keeps that.
    hairy = colourful(colours.reshape(-1, 3), tone).reshape(off.shape) < OTHER_HUE
    same |= hairy & bearded[:, None]
    start = int(steps.searchsorted(0, "right"))
    end = _run(cover[:, start - 1 :] >= 0.5) * STEP_MM
    cloth = _cloth(frame, photo, alpha, own, tone)
    rim = _along_the_jaw(end, cloth)
    cloth[rim] = FAR_MM
    same &= (steps < cloth[:, None]) & (cover > 0.5)
    same[:, :start] = True
    run = _run(same)
    beard = (run - start) * STEP_MM
    # What never ends is a neck in the beard's colour, and so is what goes far and not to a neck.
    then = colours[np.arange(len(up)), np.minimum(run + 1, len(steps) - 1)]
    sure = like_neck(then, tone) | (colourful(own, tones) < OTHER_HUE)
    bearded &= (run < len(steps)) & (sure | (beard < FAR_BEARD_MM))
    beard = np.where(bearded, beard, 0.0)
    jowl = np.where((end < JOWL_MM) & ((run - start + 2) * STEP_MM > end), end + STEP_MM, 0)
    outward = _evened(np.clip(np.maximum(beard, jowl), 0, BEARD_MM), 4 * FINER)
    ends = cloth - CUT_BELOW_MM - MELT_MM
    near = _evened((ends < outward + STRIP_MM).astype(np.float32), FINER) > 0.5
    outward = np.where(near, _evened(np.where(near, ends, outward), FINER // 2), outward)
    # What is left of the person beyond it, so thin, is the jaw's own rim.
    last = end - STEP_MM - CUT_BELOW_MM
    gone = np.minimum(_run(cover[:, start - 1 :] > 0.1) * STEP_MM - CUT_BELOW_MM, last + RIM_MM)
    thin = rim | (last < np.minimum(outward + SLIVER_MM, ends))
    outward = np.where(thin, np.maximum(outward, gone), outward)
    # Where the backdrop lies below, it ends as next to there: it takes no corner of a collar along.
    shown = np.flatnonzero((cover[:, start + 4] > 0.5) & ~rim)
    places = np.arange(len(up))
    nearest = shown[np.abs(places[:, None] - shown).argmin(1)] if len(shown) else places
    corner = near[nearest] & (np.abs(places - nearest) <= FINER)
    outward = np.where(corner, np.minimum(outward, outward[nearest]), outward)
    reach = softened(outward)
    # Where neck shows before a collar that ends there; what goes on behind the jaw does so broadly.
    meets = cloth < np.where(bearded, steps[np.minimum(run, len(steps) - 1)] + STEP_MM, STRIP_MM)
    meets = (_evened(meets.astype(np.float32), 4 * FINER) > 0.5)[nearest]
    shades = Shades.of_face(frame, photo)
    return Jaw(reach, _shade(frame, alpha, reach, cloth), cloth, meets, whole, shades)


def _along_the_jaw(end: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """(N,) bool: where the head's own outline, not a neck's, ends (N,) mm beyond the jaw's places.

    From the jaw's corners towards the chin it runs along the jaw; a neck goes straight down. A lock
    of hair or a coat may come down beside it. cloth: (N,) from `_cloth`.
    """
    out = np.zeros(len(end), bool)
    for half in (slice(len(end) // 2), slice(None, len(end) // 2, -1)):
        least = np.minimum.accumulate(end[half])
        hair = (end[half] >= ALONG_MM) & (cloth[half] < FAR_MM)
        out[half] = np.logical_and.accumulate((end[half] <= least + WIDER_MM) & ~hair)
    return out & (end < ALONG_MM)


def _beard_along(own: np.ndarray, tones: np.ndarray) -> tuple[np.ndarray, bool]:
    """(N,) bool: where a jaw of colours (N, 3) has a beard below cheeks of tones; and if all."""
    bearded = _beard_like(own, tones)
    # No beard is without a chin's.
    bearded &= np.mean(np.array_split(bearded, 3)[1]) > 0.5
    whole = bool(bearded.mean() > WHOLE_BEARD)
    return whole | (_evened(bearded.astype(np.float32), 4 * FINER) > 0.5), whole


def _beard_like(colours: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """(N,) bool: colours (N, 3) 0..255 of a beard below cheeks of tones (N, 3).

    Skin in shadow is darker, but no less saturated, and hardly so dark on the chin; and it never
    has the opposite hue, as white hair may.
    """
    saturation = np.ptp(colours, axis=1) / np.maximum(colours.mean(1), 1.0)
    usual = np.ptp(tone, axis=1) / np.maximum(tone.mean(1), 1.0)
    pale = saturation < BEARD_SATURATION * usual
    dark = colours.mean(1) < BEARD_LEVEL * tone.mean(1)
    chroma = colourful(colours, tone)
    strange = pale | dark | (chroma < OTHER_HUE)
    return np.asarray(strange & (chroma < BEARD_CHROMA))


def _cloth(
    frame: HeadFrame, photo: np.ndarray, alpha: np.ndarray, own: np.ndarray, tone: np.ndarray
) -> np.ndarray:
    """(N,) mm beyond each place of `jaw_line` at which a collar or hair begins; FAR_MM if none.

    own: (N, 3) the jaw's colours there. The line is where the colours have half changed.
    """
    up, outward = jaw_line(frame)
    steps = np.arange(-7.5, BEARD_MM, 0.5)
    rays = up[:, None] + outward[:, None] * steps[:, None]
    colours, cover = _along(frame, rays, photo), _along(frame, rays, alpha)
    off = np.abs(colours - own[:, None]).max(2)
    neck = like_neck(colours, tone)
    far_off = off > 40 + 0.3 * own.mean(1)[:, None]
    strange = far_off & (cover > 0.95) & ~neck
    # In the chin's deepest shadow a neck is black too, but soon comes out of it.
    lasting = _ahead(strange, LASTING) == 1
    lasting &= _ahead(neck | (~far_off & (cover > 0.95)), AFTER) < 0.3
    first = lasting.argmax(axis=1)
    rows = np.arange(len(up))
    there = np.median([colours[rows, np.minimum(first + k, len(steps) - 1)] for k in (3, 5, 7)], 0)
    here = colours[rows, np.maximum(first - 6, 0)]
    half = np.abs(colours - there[:, None]).max(2) < 0.5 * np.abs(here - there).max(1)[:, None]
    # From the last place still more of the jaw's colour on.
    window = np.clip(first[:, None] + np.arange(-5, 4), 0, len(steps) - 1)
    changed = half[rows[:, None], window]
    last = np.where(changed.all(axis=1), 0, 9 - changed[:, ::-1].argmin(1))
    begins = steps[np.minimum(window[:, 0] + last, len(steps) - 1)]
    return np.where(lasting.any(axis=1), begins, FAR_MM)


def _ahead(flags: np.ndarray, count: int) -> np.ndarray:
    """(N, M) how many of the next flags (N, M) hold, in parts of their count."""
    wide = np.pad(flags.astype(np.float32), ((0, 0), (0, count - 1)), mode="edge")
    return np.asarray(np.lib.stride_tricks.sliding_window_view(wide, count, axis=1).mean(axis=2))


def _along(frame: HeadFrame, places: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """What a picture (H, W[, C]) shows at upright places (N, M, 2) mm."""
    size = np.array(picture.shape[1::-1]) - 1
    at = np.rint(np.clip(frame.picture(places.reshape(-1, 2)), 0, size)).astype(int)
    return np.asarray(picture[at[:, 1], at[:, 0]].reshape(*places.shape[:2], *picture.shape[2:]))


def _shade(frame: HeadFrame, alpha: np.ndarray, reach: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """(N,) mm of neck below the cut at each place of `jaw_line`: no collar, hair or backdrop."""
    up, outward = jaw_line(frame)
    steps = np.arange(0.5, SHADE_MM + 3, 0.5)
    edge = CUT_BELOW_MM + reach
    rays = up[:, None] + outward[:, None] * (edge[:, None] + steps)[..., None]
    run = np.minimum(_run(_along(frame, rays, alpha) > 0.95) * 0.5, cloth - edge)
    least = np.lib.stride_tricks.sliding_window_view(np.pad(run, 2, mode="edge"), 5).min(1)
    return softened(np.clip(least - 1, 0, SHADE_MM))


def softened(values: np.ndarray) -> np.ndarray:
    """(N,) float32: values (N,) without steps."""
    kernel = np.array([1, 2, 3, 2, 1]) / 9
    return np.convolve(np.pad(values, 2, mode="edge"), kernel, "valid").astype(np.float32)


def _run(flags: np.ndarray) -> np.ndarray:
    """(N,) how many of the flags (N, M) hold from the first on."""
    return np.asarray(np.logical_and.accumulate(flags, axis=1).sum(1))


def _evened(values: np.ndarray, width: int) -> np.ndarray:
    """The running median of values (N,) over width + 1 of them."""
    wide = np.pad(values, width // 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(wide, width + 1), axis=1))


def jaw_line(frame: HeadFrame) -> tuple[np.ndarray, np.ndarray]:
    """The jaw's points (N, 2) mm, upright, and the directions out of the face there."""
    corners = frame.upright(frame.screen[list(JAW), :2])
    places = np.linspace(0, len(JAW) - 1, PLACES)
    up = np.stack([np.interp(places, np.arange(len(JAW)), corners[:, k]) for k in (0, 1)], 1)
    outward = up - _middle(up)
    return up, outward / np.linalg.norm(outward, axis=1, keepdims=True)


def _middle(up: np.ndarray) -> np.ndarray:
    """(2,) mm, upright: where all directions out of the jaw's points (N, 2) come from."""
    return np.array([up[:, 0].mean(), up[:, 1].max() + 40], np.float32)


@dataclass(frozen=True)
class Rays:
    """The ways out of the face, in a picture. up: (H, W, 2) mm, upright. place: (H, W) along the
    jaw's line, in its places. beyond: (H, W) mm beyond that line, negative within the face."""

    up: np.ndarray
    place: np.ndarray
    beyond: np.ndarray

    @classmethod
    def over(cls, frame: HeadFrame, shape: tuple[int, ...], scale: float) -> Rays:
        """The rays of a picture (H, W) drawn at a scale of the frame's."""
        line = jaw_line(frame)[0]
        middle = _middle(line)
        up = frame.upright(pixel_grid(shape, scale))
        (along, edge), (angle, away) = (_polar(part - middle) for part in (line[None], up))
        steps = np.linspace(0, 2 * np.pi, ANGLES)
        places = np.interp(steps, np.maximum.accumulate(along[0]), np.arange(len(line)))
        place = _between(places.astype(np.float32), angle * ((ANGLES - 1) / (2 * np.pi)))
        return cls(up, place, away - _between(edge[0], place))

    def of(self, values: np.ndarray) -> np.ndarray:
        """(H, W[, 2]) values (N[, 2]) of the jaw's places."""
        return _between(values.astype(np.float32), self.place)


def _polar(at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Angles (H, W) from straight up round by the left, and lengths (H, W), of (H, W, 2)."""
    x, y = (np.ascontiguousarray(at[..., k], np.float32) for k in (0, 1))
    away, angle = cv2.cartToPolar(y, -x)
    return angle, away


def _between(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(H, W[, C]) linear between values (N[, C]) at places (H, W) among them."""
    row = values.reshape(1, len(values), -1)
    nought = np.zeros_like(place)
    return cv2.remap(row, place, nought, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def head_share(frame: HeadFrame, shape: tuple[int, int], scale: float, jaw: Jaw) -> np.ndarray:
    """(H, W) float32: 1 above the jaw's edge, 0 below, soft at the sides of the neck.

    scale: pixels of the wanted picture per pixel of the frame's. jaw: from `find_jaw`.
    """
    up, outward = jaw_line(frame)
    left, right = (up + outward * (CUT_BELOW_MM + jaw.reach)[:, None])[[0, -1]]
    mask = np.zeros(shape, np.float32)
    for part in (np.arange(SHADE_STEPS) + 0.5) / SHADE_STEPS:
        edge = up + outward * (CUT_BELOW_MM + jaw.reach + part * jaw.shade)[:, None]
        outline = np.concatenate([
            [[-FAR_MM, left[1] - 4]], [[left[0] - 25, left[1] - 4]], edge,
            [[right[0] + 25, right[1] - 4]], [[FAR_MM, right[1] - 4]],
            [[FAR_MM, FAR_MM]], [[-FAR_MM, FAR_MM]],
        ])  # fmt: skip
        corners = (frame.picture(outline) + 0.5) * scale - 0.5
        step = np.zeros(shape, np.uint8)
        cv2.fillPoly(step, [np.rint(corners * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        mask += step / np.float32(255 * SHADE_STEPS)
    melt = max(0.7, 0.5 * frame.pixels_per_mm * scale)
    sharp = cv2.GaussianBlur(mask, (0, 0), melt)
    soft = cv2.GaussianBlur(sharp, (0, 0), SIDE_FEATHER_MM / 2 * frame.pixels_per_mm * scale)
    side = beside_jaw(frame, shape, scale)
    return np.clip(sharp + side * (soft - sharp), 0, 1)


def pixel_grid(shape: tuple[int, ...], scale: float = 1.0) -> np.ndarray:
    """(H, W, 2) positions, in the frame's pixels, of a picture drawn at scale."""
    x = ((np.arange(shape[1]) + 0.5) / scale - 0.5).astype(np.float32)
    y = ((np.arange(shape[0]) + 0.5) / scale - 0.5).astype(np.float32)
    return np.stack(np.meshgrid(x, y), -1)


def beside_jaw(frame: HeadFrame, shape: tuple[int, ...], scale: float) -> np.ndarray:
    """(H, W) 0 under the jaw, 1 beside it, in a picture at scale."""
    across = frame.upright(pixel_grid(shape, scale))[..., 0]
    left, right = (float(x) for x in jaw_line(frame)[0][[0, -1], 0])
    return np.maximum(smoothstep(across, left, left - 14), smoothstep(across, right, right + 14))
