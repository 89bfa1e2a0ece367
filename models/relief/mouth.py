"""What parting lips show: the photo's own teeth, or drawn ones before a dark cavity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np

from models.face.fitting import FaceFit
from models.face.lighting import linear_to_srgb, sh_basis
from models.face.model import FaceModel
from models.matting.fill import push_pull
from models.relief.sampling import UNITS, pack

# Inner lips, from the picture's left corner: along the upper lip, back along the lower.
UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
INNER_LIPS = UPPER + LOWER[-2:0:-1]
# The outer lips: nothing of the mouth's inside shows beyond them.
LIPS = (
    61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146,
)  # fmt: skip
OPEN_MM = 1.2
PER_MM = 4
TEETH_MM = (8.4, 6.6, 7.4, 6.6, 6.4, 8.0)
TOOTH_ALBEDO = np.array([0.58, 0.52, 0.43])
CAVITY_ALBEDO = np.array([0.055, 0.016, 0.013])
TONGUE_ALBEDO = np.array([0.11, 0.035, 0.03])
# What teeth's colour becomes above them.
GUM = (0.72, 0.42, 0.40)
# How far below the upper lip's line the lower teeth's edge is drawn.
LOWER_EDGE_MM = 1.2
HALF_WIDTH, TOP, BOTTOM = 46.0, 30.0, 56.0


@dataclass(frozen=True)
class Mouth:
    """Drawn mouth parts: textures (h, w, 4) int16, and a patch of points (N, 3) in face mm."""

    cavity: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    points: np.ndarray
    uv: np.ndarray
    triangles: np.ndarray
    gap: float

    @cached_property
    def dark(self) -> np.ndarray:
        """(3,) 0..255, the cavity's colour in the corners."""
        sides = self.cavity[:, [0, -1], :3].reshape(-1, 3)
        return np.asarray(np.median(sides, axis=0) / UNITS, np.float32)

    def lower_row(self, vertices: np.ndarray, photographed: bool) -> tuple[np.ndarray, np.ndarray]:
        """Shift (3,) mm of the lower teeth for moved vertices (V, 3), and how far they show.

        They stand a little over the lower lip. A photographed mouth shows its own until it
        opens well beyond.
        """
        anchor = self.points.reshape(-1, 3)[:, 1].max() - TOP - LOWER_EDGE_MM
        height = vertices[14, 1] + 2.0 - anchor
        shift = np.array([0, min(height, 0.0), -3.0], np.float32)
        if not photographed:
            return shift, np.ones((), np.float32)
        extra = (gap_mm(vertices) - self.gap - 4) / 5
        return shift, np.array(np.clip(extra, 0, 1), np.float32)


def gap_mm(vertices: np.ndarray) -> float:
    """Opening of the lips, mm, of vertices (V, 3)."""
    return float(
        np.linalg.norm(vertices[list(UPPER[1:-1])] - vertices[list(LOWER[1:-1])], axis=1).max()
    )


def build_mouth(model: FaceModel, fit: FaceFit) -> Mouth:
    """Draw teeth and cavity in the photo's light, placed behind the fitted lips."""
    vertices = fit.vertices(model)
    light = np.maximum(sh_basis(np.array([0, 0, 1.0])) @ fit.parameters.light, 0.05)
    line = vertices[[78, 308]].mean(0)
    upper_lip = vertices[13]
    columns, rows = 25, 18
    x = np.linspace(-HALF_WIDTH, HALF_WIDTH, columns)
    y = np.linspace(TOP, -BOTTOM, rows)
    gx, gy = np.meshgrid(x, y)
    arch = np.maximum(upper_lip[2] - 7.0 - 0.020 * gx**2, line[2] - 30)
    centre_y = upper_lip[1]
    points = np.stack([gx + upper_lip[0] * 0.5 + line[0] * 0.5, gy + centre_y, arch], -1)
    uv = np.stack([(gx + HALF_WIDTH) * PER_MM, (TOP - gy) * PER_MM], -1)
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    triangles = np.concatenate([np.stack([a, c, b], -1), np.stack([b, c, d], -1)]).reshape(-1, 3)
    cavity, upper, lower = _draw_parts(light)
    return Mouth(
        cavity, upper, lower, points.reshape(-1, 3).astype(np.float32),
        uv.reshape(-1, 2).astype(np.float32), triangles.astype(np.int32), gap_mm(vertices),
    )  # fmt: skip


def _draw_parts(light: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The cavity and the rows of teeth, (h, w, 4) int16 each, in a light (3,)."""
    cavity, upper, lower = _albedos()
    level = light.astype(np.float32)
    dark = pack(_display(cavity * level), np.ones(cavity.shape[:2], np.float32))
    return dark, _lit(*upper, level), _lit(*lower, level)


def _lit(colour: np.ndarray, alpha: np.ndarray, level: np.ndarray) -> np.ndarray:
    soft = cv2.GaussianBlur(_display(colour * level), (0, 0), 0.8)
    return pack(soft * alpha[..., None], alpha)


@cache
def _albedos() -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Linear colours (h, w, 3) of the cavity; those of the upper and lower teeth and alphas."""
    h = round((TOP + BOTTOM) * PER_MM) + 1
    w = round(2 * HALF_WIDTH * PER_MM) + 1
    x = (np.arange(w, dtype=np.float32) / PER_MM - HALF_WIDTH)[None].repeat(h, 0)
    y = (TOP - np.arange(h, dtype=np.float32) / PER_MM)[:, None].repeat(w, 1)
    side = np.clip(1 - (np.abs(x) / 30) ** 2, 0, 1)
    depth = np.clip(1.15 - np.abs(y + 12) / 30, 0.25, 1)
    dark = CAVITY_ALBEDO * (0.35 + 0.65 * side * (1 - 0.75 * depth))[..., None]
    tongue = np.exp(-((x / 17) ** 2) - ((y + 34) / 11) ** 2)[..., None]
    dark = dark + tongue * TONGUE_ALBEDO
    upper = _teeth(x, y + 2.4 - 0.0022 * x**2, 10.5, 1.0)
    lower = _teeth(x, -(y + LOWER_EDGE_MM - 0.001 * x**2), 8.0, 0.66)
    return dark.astype(np.float32), upper, lower


def _display(linear: np.ndarray) -> np.ndarray:
    return linear_to_srgb(np.clip(linear, 0, 1)) * np.float32(255)


def _teeth(
    x: np.ndarray, rise: np.ndarray, height: float, size: float
) -> tuple[np.ndarray, np.ndarray]:
    """A row of teeth over x mm whose edge lies at rise 0 and whose gum at rise = height.

    Its linear colours (h, w, 3) in a light of 1, and its alpha (h, w); float32.
    """
    distance = np.abs(x)
    borders = np.concatenate([[0], np.cumsum(np.array(TEETH_MM) * size)])
    number = np.clip(np.searchsorted(borders, distance, side="right") - 1, 0, len(TEETH_MM) - 1)
    low, high = borders[number], borders[number + 1]
    across = np.clip((distance - low) / (high - low), 0, 1) * 2 - 1
    short = np.array([0.0, 0.7, 0.2, 0.9, 1.2, 1.4])[number] * size
    edge = short + 0.8 * size * np.abs(across) ** 3
    scallop = height - 1.5 * np.abs(across) ** 2 * size
    alpha = np.clip((rise - edge) * 2.5 + 0.5, 0, 1) * (distance < borders[-1])
    gum = np.clip((rise - scallop) * 1.5 + 0.5, 0, 1)[..., None]
    between = 1 - 0.45 * np.clip((np.abs(across) - 0.86) / 0.14, 0, 1) ** 1.5
    round_off = 1 - 0.10 * across**2
    inside = np.exp(-((distance / 24) ** 2)) * 0.80 + 0.06
    under_lip = 0.45 + 0.55 * np.clip(1 - rise / (0.9 * height), 0, 1)
    shade = (between * round_off * inside * under_lip * (0.86 if size == 1 else 0.62))[..., None]
    enamel = TOOTH_ALBEDO * (1 - 0.12 * np.clip(rise / height, 0, 1)[..., None] * [0.2, 0.6, 1.4])
    flesh = np.array([0.30, 0.09, 0.085]) * 0.55
    colour = (enamel * (1 - gum) + flesh * gum) * shade
    return colour.astype(np.float32), alpha.astype(np.float32)


def photo_mouth(image: np.ndarray, landmarks: np.ndarray, pixels_per_mm: float) -> np.ndarray:
    """The photographed inside of an open mouth as a texture (H, W, 4) int16.

    landmarks: (>= 468, 2) px of the image. Under the upper lip it goes on as its edge does.
    """
    ring = landmarks[list(INNER_LIPS)]
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(ring * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    low = np.floor(ring.min(0) - 14 * pixels_per_mm).astype(int).clip(0)
    high = np.ceil(ring.max(0) + 8 * pixels_per_mm).astype(int)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    inside = mask[window].astype(np.float32) / 255
    part = image[window].astype(np.float32)
    sure = cv2.erode(inside, np.ones((3, 3), np.uint8))
    known = np.where(sure > 0.9, 1.0, 0.0).astype(np.float32)
    filled = push_pull(part, known if known.any() else inside)
    rise = max(1, round(9 * pixels_per_mm))
    kernel = np.zeros((2 * rise + 1, 2 * max(1, rise // 4) + 1), np.uint8)
    kernel[rise:] = 1
    above = cv2.dilate(inside, kernel)
    above = cv2.GaussianBlur(above, (0, 0), max(0.6, 2.2 * pixels_per_mm))
    # Behind the lips it is dark; above the teeth a rising lip shows gum.
    depth = cv2.GaussianBlur(inside, (0, 0), max(0.6, 1.5 * pixels_per_mm))
    near = np.clip(2 * depth, 0, 1)[..., None]
    gum = above[..., None] * np.array(GUM, np.float32) + (1 - above[..., None]) * 0.25
    filled *= gum + (1 - gum) * near
    # A pixel of lip goes with it: where the soft rims meet they must add up to the photo.
    close = cv2.dilate(inside, np.ones((3, 3), np.uint8))
    share = close[..., None]
    colour = part * share + filled * (1 - share)
    alpha = np.maximum(above, close)
    out = np.zeros((*image.shape[:2], 4), np.int16)
    out[window] = pack(colour * alpha[..., None], alpha)
    return out
