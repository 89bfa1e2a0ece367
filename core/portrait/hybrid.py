"""Photo and generator in one picture: the photo keeps what it saw, the generator makes the rest.

What a photo never showed is the inside of a mouth that was shut, and skin that was turned away.
There the generator's pixels take over, with the photo's colours around them, blended band by
band (Burt and Adelson, "A multiresolution spline", 1983).
"""

from __future__ import annotations

import cv2
import numpy as np

from core.photo.box import Box
from models.face.camera import DISTANCE, Camera
from models.face.fitting import FaceFit
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.renderer import FaceRenderer
from models.matting.fill import push_pull
from models.relief.frame import smoothstep
from models.relief.grid import face_triangles
from models.relief.mouth import LOWER, OPEN_MM, UPPER, gap_mm
from models.relief.relief import Relief

# How far skin must have faced the camera (cosine) to be missed, and to be surely seen.
MISSED, SEEN = -0.05, 0.2
# How much more it must face the camera now.
TURNED_FROM, TURNED_FULL = 0.08, 0.3
# How much farther the lips must part, mm.
PARTED_FROM, PARTED_FULL = 1.0, 4.0
# Degrees of turning from which the back of the head comes into view, and surely does.
HAIR_FROM, HAIR_FULL = 10.0, 22.0
HAIR_SIDE, HAIR_SOFT_MM = 320, 4.0
EYE_CORNERS = (33, 263)
BANDS = 4
# Colours around the gap may change the generator's by these factors.
GAIN_LIMITS = (0.5, 2.0)
RIM_MM = 6.0
NOTHING = 0.01


class Unseen:
    """Finds what a fitted photo did not show of its face."""

    def __init__(self, fit: FaceFit, relief: Relief) -> None:
        self._fit, self._relief = fit, relief
        self._renderer = FaceRenderer(FaceModel.load(level=1))
        model = self._renderer.model
        # Hair and ears lie over the mesh's apron.
        self._bare = np.isin(np.arange(len(model.mirror)), face_triangles(model))
        posed = self._renderer.posed(fit.parameters, fit.camera, self._displacement)
        self._facing = posed.normals[:, 2]
        self._gap = gap_mm(posed.vertices)

    @property
    def _displacement(self) -> np.ndarray | None:
        return self._fit.displacement if len(self._fit.displacement) else None

    def weights(
        self, parameters: FaceParameters, camera: Camera, width: int, height: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """How far each pixel (H, W) shows what the photo did not, 0..1, and the skin's mask.

        A mouth that the photo showed open keeps its own teeth.
        """
        posed = self._renderer.posed(parameters, camera, self._displacement)
        missed = smoothstep(self._facing, SEEN, MISSED) * self._bare
        missed *= smoothstep(posed.normals[:, 2] - self._facing, TURNED_FROM, TURNED_FULL)
        fragments, skin = self._renderer.fragments(posed, width, height)
        corners = posed.triangles[np.maximum(fragments.triangle, 0)]
        weight = (missed[corners] * fragments.bary).sum(-1) * skin
        if self._gap < OPEN_MM:
            gap = np.array(gap_mm(posed.vertices) - self._gap)
            inner = posed.screen[[*UPPER, *LOWER[-2:0:-1]], :2]
            mouth = np.zeros((height, width), np.uint8)
            cv2.fillPoly(mouth, [np.rint(inner * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
            parted = smoothstep(gap, PARTED_FROM, PARTED_FULL)
            weight = np.maximum(weight, parted * (mouth.astype(np.float32) / 255))
        turned = np.abs(parameters.pose - self._fit.parameters.pose)[:2].max()
        if turned > HAIR_FROM:
            level = float(posed.screen[list(EYE_CORNERS), 1].max())
            hair = self._hair(parameters, camera, width, height, level)
            share = smoothstep(np.array(turned), HAIR_FROM, HAIR_FULL)
            face = (self._bare[corners] * fragments.bary).sum(-1) * skin
            weight = np.maximum(weight, share * hair * (1 - face))
            skin = np.maximum(skin, hair)
        return weight.astype(np.float32), skin

    def _hair(
        self, parameters: FaceParameters, camera: Camera, width: int, height: int, level: float
    ) -> np.ndarray:
        """(H, W) 0..1: the back of the head that the turn brings into view.

        level: y px of the eyes, below which the photo's own ears serve.
        """
        scale = min(1.0, HAIR_SIDE / max(width, height))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        _, alpha, shown = self._relief.warp(parameters, camera.scaled(scale), size)
        behind = (alpha * ~shown).astype(np.float32)
        per_mm = camera.focal / DISTANCE
        behind = cv2.GaussianBlur(behind, (0, 0), max(0.6, HAIR_SOFT_MM * per_mm * scale))
        rows = smoothstep(np.arange(height), level, level - 2 * HAIR_SOFT_MM * per_mm)
        return cv2.resize(behind, (width, height)) * rows[:, None]


def blended(
    photo: np.ndarray, made: np.ndarray, weight: np.ndarray, skin: np.ndarray, per_mm: float
) -> np.ndarray:
    """Pictures (H, W, 3), made taking weight (H, W) 0..1 of the place, as float32.

    skin: (H, W) 0..1, whose colours made takes over from the photo around it; per_mm: pixels per
    millimetre. Farther from the weights than the bands reach the photo stays as it is.
    """
    around = cv2.dilate(weight, _disc(RIM_MM * per_mm)) * skin
    rim = np.where(weight < NOTHING, around, 0).astype(np.float32)
    if rim.max() > 0:
        # Teeth and the dark behind them have their own colours.
        gain = _gain(photo, made, rim, RIM_MM * per_mm)
        made = made * (1 + skin[..., None] * (gain - 1))
    soft = cv2.GaussianBlur(weight, (0, 0), max(0.6, 0.8 * per_mm))
    return _spline(photo.astype(np.float32), made.astype(np.float32), soft)


def patched(
    photo: np.ndarray, made: np.ndarray, weight: np.ndarray, skin: np.ndarray, per_mm: float
) -> np.ndarray:
    """`blended` as uint8, worked out only around the weights."""
    rows, columns = np.nonzero(weight > NOTHING)
    if not len(rows):
        return photo
    margin = round(2 * RIM_MM * per_mm) + 2**BANDS
    height, width = weight.shape
    box = Box(
        int(columns.min()) - margin, int(rows.min()) - margin,
        int(columns.max()) + margin + 1, int(rows.max()) + margin + 1,
    ).within(width, height)  # fmt: skip
    part = (box.rows, box.columns)
    mixed = blended(photo[part], made[part], weight[part], skin[part], per_mm)
    # The bands end before the box does, so that nothing shows of it.
    share = cv2.dilate(weight[part], _disc(RIM_MM * per_mm))
    share = cv2.GaussianBlur(share, (0, 0), max(0.6, RIM_MM * per_mm / 4))[..., None]
    out = photo.copy()
    out[part] = np.clip(photo[part] + share * (mixed - photo[part]) + 0.5, 0, 255)
    return out


def _gain(photo: np.ndarray, made: np.ndarray, rim: np.ndarray, width: float) -> np.ndarray:
    """(H, W, 3) factors that carry the rim's colours from made to photo, smooth over width px."""
    before, after = (
        cv2.GaussianBlur(push_pull(picture.astype(np.float32), rim), (0, 0), width)
        for picture in (made, photo)
    )
    return np.clip((after + 8) / (before + 8), *GAIN_LIMITS)


def _disc(radius: float) -> np.ndarray:
    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _spline(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(H, W, 3) float32: each band of detail mixed over a width of its own."""
    bands, shares = [], []
    levels = min(BANDS, int(np.log2(max(2, min(share.shape)))) - 1)
    for _ in range(levels):
        size = first.shape[1::-1]
        lower = cv2.pyrDown(first), cv2.pyrDown(second)
        finest = [
            full - cv2.pyrUp(low, dstsize=size)
            for full, low in zip((first, second), lower, strict=True)
        ]
        bands.append(finest)
        shares.append(share[..., None])
        (first, second), share = lower, cv2.pyrDown(share)
    out = first + share[..., None] * (second - first)
    for (one, other), part in zip(reversed(bands), reversed(shares), strict=True):
        out = cv2.pyrUp(out, dstsize=one.shape[1::-1]) + one + part * (other - one)
    return out
