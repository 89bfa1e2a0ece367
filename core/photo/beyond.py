"""A close crop continued beyond its rim: what a turn uncovers there must look like the person.

The face goes on by its own symmetry, through the face model; hair, ears and outline by the
symmetry of the head; what neither half shows, by hair mirrored along rays out of the head, skin
where there is none, and the backdrop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from core.photo.backdrop import inpaint_backdrop
from core.photo.margins import Margins, needed_margins
from models.face.fitting import FaceFit
from models.face.model import FaceModel
from models.matting.fill import push_pull
from models.relief.draw import Coat, lay
from models.relief.frame import HeadFrame, skin_tone, smoothstep
from models.relief.grid import face_triangles
from models.relief.jaw import pixel_grid
from models.relief.mirror import mirror_normals
from models.relief.motion import display_gain, shading
from models.relief.sampling import pack

# The continuation is made with at most so many pixels a side.
SIDE = 480
# A head as an ellipse, mm: half axes, and how far its centre lies over the head's origin.
HALF_ACROSS, HALF_UP, CENTRE_UP = 82.0, 105.0, 18.0
# Rays out of its centre: how many, and where they are looked at, in parts of the ellipse.
RAYS = 256
STEPS = np.arange(0.3, 2.4, 0.015, dtype=np.float32)
# A head of which no outline is seen, with hair; and the least hair that can be mirrored.
USUAL_OUTLINE, LEAST_OUTLINE, OUTLINE_MARGIN = 1.12, 1.06, 0.03
LEAST_SEEN, LEAST_HAIR, LEAST_HAIRY, EXIT_INSET, HAIRLINE = 0.1, 0.06, 0.08, 0.02, 0.05
# Rays that leave the head above the ears' lobes.
ABOVE = np.abs((np.arange(RAYS) + RAYS // 2) % RAYS - RAYS // 2) < 0.28 * RAYS
# Less neck than this says nothing of more; skin in the jaw's shadow.
NECK_ROOM_MM, NECK_SHADE = 8.0, 0.7
# Colours are matched along the rim over so much, and the match fades over so much, mm.
MATCH_MM, MATCH_FADE_MM = 5.0, 45.0


@dataclass(frozen=True)
class Beyond:
    """What lies around a photo, small: picture (h, w, 3) uint8 and matte (h, w), both with the
    photo in their middle. margins: how far it goes on, px of the photo."""

    picture: np.ndarray
    matte: np.ndarray
    margins: Margins

    def around(self, photo: np.ndarray, matte: np.ndarray, margins: Margins) -> tuple[
        np.ndarray, np.ndarray
    ]:  # fmt: skip
        """The photo (H, W, 3) uint8 at any scale and its matte (H, W), with the margins there."""
        place = margins.around(*photo.shape[1::-1])
        size = (place.right + margins.right, place.bottom + margins.bottom)
        picture = cv2.resize(self.picture, size, interpolation=cv2.INTER_LINEAR)
        alpha = cv2.resize(self.matte, size, interpolation=cv2.INTER_LINEAR)
        picture[place.rows, place.columns] = photo
        alpha[place.rows, place.columns] = matte
        return picture, alpha


def continued(
    photo: np.ndarray, matte: np.ndarray, fit: FaceFit, model: FaceModel
) -> Beyond | None:
    """What lies beyond a photo (H, W, 3) uint8 with a matte (H, W); None when nothing is cut."""
    margins = needed_margins(matte, fit, model)
    if margins.empty:
        return None
    height, width = photo.shape[:2]
    whole = (width + margins.left + margins.right, height + margins.top + margins.bottom)
    scale = min(1.0, SIDE / max(whole))
    few = (max(8, round(width * scale)), max(8, round(height * scale)))
    x, y = few[0] / width, few[1] / height
    thin = margins.scaled(x, y)
    small = cv2.resize(photo, few, interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(matte, few, interpolation=cv2.INTER_AREA)
    moved = thin.moved(replace(fit, camera=fit.camera.scaled(x), landmarks=fit.landmarks * x))
    return Beyond(*_Continuation(small, alpha, thin, moved, model).result, margins)


class _Continuation:
    """The work on one small picture; arrays are of its continued size (h, w, ...)."""

    def __init__(
        self, photo: np.ndarray, matte: np.ndarray, margins: Margins, fit: FaceFit,
        model: FaceModel,
    ) -> None:  # fmt: skip
        place = margins.around(*photo.shape[1::-1])
        rim = (margins.top, margins.bottom, margins.left, margins.right)
        self.photo = cv2.copyMakeBorder(photo, *rim, cv2.BORDER_REPLICATE).astype(np.float32)
        self.alpha = cv2.copyMakeBorder(matte, *rim, cv2.BORDER_REPLICATE)
        self.inside = np.zeros(self.alpha.shape, np.float32)
        self.inside[place.rows, place.columns] = 1
        self.model, self.fit = model, fit
        self.frame = HeadFrame.of(model, fit)
        self.mm = self.frame.pixels_per_mm
        self.pixels = pixel_grid(self.alpha.shape)
        self.up = self.frame.upright(self.pixels)

    @cached_property
    def result(self) -> tuple[np.ndarray, np.ndarray]:
        """Picture (h, w, 3) uint8 and matte (h, w) float32."""
        mirrored, mirrored_matte, known = self._mirrored
        colour = self._over(self._hair, self._below, smoothstep(self.up[..., 1], *self._neck))
        colour = self._over(colour, mirrored, known * (1 - self._on_face))
        colour = self._over(colour, self._bare, self._on_face)
        colour = self._over(colour, *self._face)
        matte = self._outline + known * (mirrored_matte - self._outline)
        matte = np.maximum(matte, self._face[1])
        matte = np.where(self.inside > 0, self.alpha, matte).astype(np.float32)
        backdrop = self._backdrop(matte)
        mixed = backdrop + matte[..., None] * (colour - backdrop)
        mixed = np.where(self.inside[..., None] > 0, self.photo, mixed)
        return np.clip(mixed + 0.5, 0, 255).astype(np.uint8), matte

    def _over(self, under: np.ndarray, upper: np.ndarray, share: np.ndarray) -> np.ndarray:
        """The upper colours on the lower, softly, both brought to meet the photo at its rim."""
        soft = cv2.GaussianBlur(share, (0, 0), max(1.5 * self.mm, 0.8)) * share
        matched = upper + self._mismatch(upper, share)
        return np.asarray(under + soft[..., None] * (matched - under))

    def _mismatch(self, colours: np.ndarray, share: np.ndarray) -> np.ndarray:
        """(h, w, 3) what the colours lack along the photo's rim, carried outwards and fading."""
        reach = max(2, round(MATCH_MM * self.mm))
        inner = cv2.erode(self.inside, np.ones((2 * reach + 1,) * 2), borderValue=0)
        strip = self.inside * (1 - inner) * (share > 0.5) * (self.alpha > 0.95)
        if strip.sum() < 4 * reach:
            return np.zeros_like(colours)
        lacking = push_pull(self.photo - colours, strip.astype(np.float32))
        away = cv2.distanceTransform((self.inside == 0).astype(np.uint8), cv2.DIST_L2, 3)
        lacking = cv2.GaussianBlur(lacking, (0, 0), reach)
        return np.asarray(lacking * np.exp(-away / (MATCH_FADE_MM * self.mm))[..., None])

    @property
    def _neck(self) -> tuple[float, float]:
        """Heights, mm, above and below which the head's and the body's ways of going on hold."""
        return self.frame.chin + 12, self.frame.chin - 8

    @cached_property
    def _skin(self) -> np.ndarray:
        """(h, w) bool: the cheeks' colours."""
        tone = skin_tone(self.photo, self.frame, 1.0)[0]
        off = self.photo / np.maximum(self.photo.mean(2, keepdims=True), 1) - tone / tone.mean()
        level = self.photo.mean(2) / tone.mean()
        return np.asarray((np.abs(off).max(2) < 0.22) & (level > 0.45) & (level < 1.5))

    @cached_property
    def _triangles(self) -> np.ndarray:
        return face_triangles(self.model)

    @cached_property
    def _face(self) -> tuple[np.ndarray, np.ndarray]:
        """The face by its own other half: colours (h, w, 3) and where there are any (h, w)."""
        screen = self.frame.screen
        uv = screen[self.model.mirror, :2]
        own, lit = mirror_normals(self.model, self.frame, self._triangles)
        shown = self._sampled(self.inside * self.alpha, uv) * smoothstep(lit[:, 2], 0.3, 0.5)
        light = self.fit.parameters.light.astype(np.float32)
        whole = np.ones(len(uv), np.float32)
        gain = display_gain(shading(lit, light), shading(own, light), whole)
        texture = pack(np.clip(self.photo, 0, 255), np.ones(self.alpha.shape, np.float32))
        canvas, cover = np.zeros_like(self.photo), np.zeros_like(self.alpha)
        opacity = smoothstep(shown, 0.9, 0.99)
        lay(screen, self._triangles, [Coat(texture, uv.copy(), gain, opacity)], canvas, cover)
        return canvas / np.maximum(cover, 1e-3)[..., None], cover

    @cached_property
    def _mirrored(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The head's other half: colours (h, w, 3), matte (h, w) and where it is seen (h, w)."""
        c, s = np.cos(self.frame.roll), np.sin(self.frame.roll)
        shift = 2 * (self.up[..., 0] - self._axis) * self.mm
        place = self.pixels - np.stack([shift * c, -shift * s], -1)
        seen = smoothstep(self._sampled(self.inside, place), 0.9, 0.99)
        seen *= smoothstep(self.up[..., 1], *self._neck[::-1])
        # Above and below its own columns the photo itself knows better.
        seen *= 1 - self.inside.max(0)[None]
        return self._sampled(self.photo, place), self._sampled(self.alpha, place), seen

    @cached_property
    def _axis(self) -> np.ndarray:
        """(h, w) where the face's middle lies across at each pixel's height, mm."""
        points = self.frame.upright(self.frame.screen[np.unique(self._triangles), :2])
        heights = np.linspace(points[:, 1].min() + 15, points[:, 1].max() - 15, 12)
        band = [points[np.abs(points[:, 1] - y) < 8, 0] for y in heights]
        middle = [(part.min() + part.max()) / 2 for part in band]
        return np.interp(self.up[..., 1], heights, middle).astype(np.float32)

    def _sampled(self, values: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Bilinear values at places (..., 2) px, shaped (...) or (..., C)."""
        flat = places.astype(np.float32).reshape(-1, places.shape[-2] if places.ndim > 2 else 1, 2)
        out = cv2.remap(
            values, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return out.reshape(*places.shape[:-1], *values.shape[2:])

    @cached_property
    def _polar(self) -> tuple[np.ndarray, np.ndarray]:
        """Each pixel's ray (h, w), counted from above clockwise, and how far out it lies."""
        x = self.up[..., 0] / (HALF_ACROSS * self.frame.size)
        y = (self.up[..., 1] - CENTRE_UP) / (HALF_UP * self.frame.size)
        ray = np.arctan2(x, y) * (RAYS / (2 * np.pi)) % RAYS
        return ray.astype(np.float32), np.hypot(x, y).astype(np.float32)

    def _along(self, rays: np.ndarray, out: np.ndarray) -> np.ndarray:
        """The pixels (..., 2) at places out along rays, the inverse of `_polar`."""
        angle = rays * (2 * np.pi / RAYS)
        x = np.sin(angle) * out * HALF_ACROSS * self.frame.size
        y = np.cos(angle) * out * HALF_UP * self.frame.size + CENTRE_UP
        c, s = np.cos(self.frame.roll), np.sin(self.frame.roll)
        camera = self.frame.camera
        return np.stack(
            [camera.cx + self.mm * (c * x + s * y), camera.cy - self.mm * (c * y - s * x)], -1
        )

    @cached_property
    def _on_face(self) -> np.ndarray:
        """(h, w) float32: 1 on the fitted face, in the photo or out of it."""
        face = np.zeros(self.alpha.shape, np.uint8)
        for triangle in np.rint(self.frame.screen[self._triangles, :2]).astype(np.int32):
            cv2.fillConvexPoly(face, triangle, 1)
        return face.astype(np.float32)

    @cached_property
    def _places(self) -> np.ndarray:
        """(RAYS, n, 2) px of the steps along the rays."""
        out = np.broadcast_to(STEPS, (RAYS, len(STEPS)))
        return self._along(np.arange(RAYS)[:, None], out)

    @cached_property
    def _inside_rays(self) -> np.ndarray:
        """(RAYS, n) bool: steps within the photo."""
        h, w = self.alpha.shape
        within = ((self._places >= 0) & (self._places <= [w - 1, h - 1])).all(-1)
        return np.asarray(within & (self._sampled(self.inside, self._places) > 0.999))

    @cached_property
    def _exit(self) -> np.ndarray:
        """(RAYS,) how far out each ray leaves the photo."""
        run = np.logical_and.accumulate(self._inside_rays, 1).sum(1)
        return STEPS[np.minimum(run, len(STEPS) - 1)]

    @cached_property
    def _outline(self) -> np.ndarray:
        """(h, w) the matte by the head's outline, carried on where the photo cuts it."""
        person = self._sampled(self.alpha, self._places) > 0.5
        # Beyond a gap there may be more of the person.
        last = (self._inside_rays & person)[:, ::-1].argmax(1)
        radius = STEPS[len(STEPS) - 1 - last]
        cut = radius > self._exit - OUTLINE_MARGIN
        seen = np.flatnonzero(~cut & ABOVE)
        goes_on = np.full(RAYS, USUAL_OUTLINE)
        if len(seen) > LEAST_SEEN * ABOVE.sum():
            places = np.concatenate([seen - RAYS, seen, seen + RAYS])
            goes_on = np.interp(np.arange(RAYS), places, np.tile(radius[seen], 3))
        goes_on = np.maximum(np.clip(goes_on, LEAST_OUTLINE, 1.5), radius + OUTLINE_MARGIN)
        radius = _around(np.where(cut, goes_on, radius), 4.0)
        ray, out = self._polar
        head = smoothstep((_at_ray(radius, ray) - out) * HALF_ACROSS, -1.0, 1.5)
        share = smoothstep(self.up[..., 1], *self._neck[::-1])
        return np.asarray(self.alpha + share * (head - self.alpha))

    @cached_property
    def _bare(self) -> np.ndarray:
        """(h, w, 3) skin carried on over everything, softly."""
        known = self.inside * (self.alpha > 0.95) * np.maximum(self._on_face, self._skin)
        return push_pull(self.photo, cv2.erode(known.astype(np.float32), np.ones((3, 3))))

    @cached_property
    def _hair(self) -> np.ndarray:
        """(h, w, 3) hair mirrored along the rays, to and fro; skin where there is none."""
        hair = ((self.alpha > 0.9) & ~self._skin & (self._on_face == 0)).astype(np.float32)
        leaves, n = self._exit - EXIT_INSET, len(STEPS)
        broken = (STEPS[None] < leaves[:, None]) & (self._sampled(hair, self._places) < 0.9)
        inner = np.where(broken.any(1), n - 1 - broken[:, ::-1].argmax(1), 0)
        depth = np.maximum(leaves - STEPS[inner] - EXIT_INSET, 0)
        good = np.flatnonzero((depth > LEAST_HAIR) & ABOVE)
        if not len(good):
            return self._bare
        lender = _lenders(good)
        own = cv2.erode(np.tile(depth, 3)[None], np.ones((1, 5)))[0, RAYS : 2 * RAYS]
        own = np.maximum(own, LEAST_HAIR / 2)[lender]
        ray, out = self._polar
        here = np.rint(ray).astype(int) % RAYS
        gone = np.maximum(out - _at_ray(leaves, ray), 0)
        back = own[here] - np.abs(gone % (2 * own[here]) - own[here])
        places = self._along(lender[here].astype(np.float32), leaves[lender[here]] - back)
        mirrored = self._sampled(self.photo, places)
        bald = self._bald(leaves, len(good) < LEAST_HAIRY * ABOVE.sum())
        return np.asarray(mirrored + bald[..., None] * (self._bare - mirrored))

    def _bald(self, leaves: np.ndarray, hairless: bool) -> np.ndarray:
        """(h, w) 1 where skin goes on: up to the hairline, and beyond it on bald heads."""
        places = self._along(np.arange(RAYS), leaves)
        skin = self._sampled(np.maximum(self._on_face, self._skin), places)
        face = self._sampled(self._on_face, self._places) > 0.5
        line = STEPS[len(STEPS) - 1 - face[:, ::-1].argmax(1)] + HAIRLINE
        ends = np.where(leaves > line, STEPS[-1] if hairless else leaves + HAIRLINE, line)
        ray, out = self._polar
        share = _at_ray(_around(skin, 1.5), ray)
        return np.asarray(share * smoothstep(_at_ray(_around(ends, 2.0), ray) - out, -0.03, 0.03))

    @cached_property
    def _below(self) -> np.ndarray:
        """(h, w, 3) neck and clothes, mirrored to and fro below the photo's end."""
        rows = np.flatnonzero(self.inside.any(1))
        columns = np.flatnonzero(self.inside.any(0))
        last = float(rows[-1])
        room = max((self.frame.camera.cy - self.frame.chin * self.mm), 0)
        depth = last - room - 4 * self.mm
        if depth < NECK_ROOM_MM * self.mm:
            return np.asarray(NECK_SHADE * self._bare)
        x, y = self.pixels[..., 0], self.pixels[..., 1]
        gone = np.maximum(y - last, 0)
        y = np.minimum(y, last) - (depth - np.abs(gone % (2 * depth) - depth))
        return self._sampled(self.photo, np.stack([np.clip(x, columns[0], columns[-1]), y], -1))

    def _backdrop(self, matte: np.ndarray) -> np.ndarray:
        """(h, w, 3) what lies behind the person, beyond the photo too."""
        hidden = np.where(self.inside > 0, matte, 1).astype(np.float32)
        picture = np.clip(self.photo, 0, 255).astype(np.uint8)
        if (hidden < 0.02).mean() > 1e-3:
            return inpaint_backdrop(picture, hidden).astype(np.float32)
        # Nothing of it is seen: dim, in the picture's own colours.
        dim = np.broadcast_to(0.4 * np.median(self.photo, axis=(0, 1)), self.photo.shape)
        return np.asarray(dim, np.float32)


def _around(values: np.ndarray, sigma: float) -> np.ndarray:
    """Values (RAYS,) smoothed over sigma of their steps, all around."""
    wide = np.tile(values, 3)[None].astype(np.float32)
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma)[0, RAYS : 2 * RAYS])


def _at_ray(values: np.ndarray, ray: np.ndarray) -> np.ndarray:
    """Values (RAYS,) at rays (...,) between them."""
    return np.interp(ray, np.arange(RAYS + 1), np.append(values, values[0])).astype(np.float32)


def _lenders(good: np.ndarray) -> np.ndarray:
    """(RAYS,) for each ray the good one (N,) to take from: itself, or mirrored into the nearest."""
    ray = np.arange(RAYS)
    off = (ray[:, None] - good[None] + RAYS // 2) % RAYS - RAYS // 2
    nearest = good[np.abs(off).argmin(1)]
    mirrored = (2 * nearest - ray) % RAYS
    out = np.where(np.isin(mirrored, good), mirrored, nearest)
    out[good] = good
    return np.asarray(out)
