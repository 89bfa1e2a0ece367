"""Where a photographed head stands: its axes in the picture and the middle of its depth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from models.face.camera import DISTANCE, Camera
from models.face.fitting import FaceFit
from models.face.model import FaceModel
from models.face.pose import rotation

# Half axes and centre of an adult cranium in the face frame, mm, for a face 146.6 mm wide; the
# centre is where photos of heads turned by 18 to 28 degrees have it.
CRANIUM_RADII = np.array([77.0, 100.0, 97.0])
CRANIUM_CENTRE = np.array([0.0, 25.0, -30.0])
# A skull is widest behind the ears, a jaw below them, so much further ahead: between these heights.
JAW_AHEAD, EARS_MM = 20.0, (15.0, -35.0)
MEAN_WIDTH = 146.6
SIDES = (234, 454)
CHIN = 152
JAW_ANGLES = (58, 288)
# Photos whose cheeks have less chroma are grey.
LEAST_CHROMA = 4.0


def smoothstep(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below low, 1 above high (or the reverse when high < low), smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


@dataclass(frozen=True)
class HeadFrame:
    """A fitted head in its photo. points: (V, 3) mm of the fitted face, camera frame."""

    camera: Camera
    turn: np.ndarray
    roll: float
    size: float
    points: np.ndarray

    @classmethod
    def of(cls, model: FaceModel, fit: FaceFit) -> HeadFrame:
        """The frame of a fitted face."""
        vertices = fit.vertices(model)
        turn = rotation(fit.parameters.pose)
        points = vertices @ turn.T
        width = float(vertices[SIDES[1], 0] - vertices[SIDES[0], 0])
        return cls(
            fit.camera, turn, float(np.radians(fit.parameters.pose[2])),
            float(np.clip(width / MEAN_WIDTH, 0.8, 1.25)), points,
        )  # fmt: skip

    def placed(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) mm of the face frame in the photo's camera frame."""
        return points @ self.turn.T

    @property
    def pixels_per_mm(self) -> float:
        """Scale of the picture at the face's origin."""
        return self.camera.focal / DISTANCE

    def upright(self, pixels: np.ndarray) -> np.ndarray:
        """Picture points (..., 2) px to (..., 2) mm around the head's origin, roll undone, y up."""
        x = (pixels[..., 0] - self.camera.cx) / self.pixels_per_mm
        y = (self.camera.cy - pixels[..., 1]) / self.pixels_per_mm
        c, s = np.cos(self.roll), np.sin(self.roll)
        return np.stack([c * x - s * y, s * x + c * y], -1).astype(np.float32)

    def picture(self, upright: np.ndarray) -> np.ndarray:
        """The inverse of `upright`, for (N, 2) mm."""
        c, s = np.cos(self.roll), np.sin(self.roll)
        x = c * upright[:, 0] + s * upright[:, 1]
        y = -s * upright[:, 0] + c * upright[:, 1]
        k = self.pixels_per_mm
        return np.stack([self.camera.cx + k * x, self.camera.cy - k * y], 1)

    @cached_property
    def screen(self) -> np.ndarray:
        """(V, 3) px, px, mm of the fitted vertices."""
        return self.camera.project(self.points)

    @cached_property
    def chin(self) -> float:
        """Height of the chin, mm, in `upright`."""
        return float(self.upright(self.screen[CHIN, :2])[1])

    @cached_property
    def jaw(self) -> float:
        """Height of the jaw's angles, mm, in `upright`."""
        return float(self.upright(self.screen[list(JAW_ANGLES), :2])[:, 1].mean())

    def middle_depth(self, pixels: np.ndarray) -> np.ndarray:
        """Camera z (...,) mm where the ray of each pixel (..., 2) passes deepest in the cranium.

        At the outline of the head that is where the surface turns away.
        """
        inverse = 1 / (CRANIUM_RADII * self.size)
        x = (pixels[..., 0] - self.camera.cx) / self.camera.focal
        y = (self.camera.cy - pixels[..., 1]) / self.camera.focal
        ray = np.stack([-x, -y, np.ones_like(x)], -1)
        start = np.stack([x * DISTANCE, y * DISTANCE, np.zeros_like(x)], -1)
        a = (start @ self.turn - CRANIUM_CENTRE * self.size) * inverse
        b = (ray @ self.turn) * inverse
        z = -(a * b).sum(-1) / (b * b).sum(-1)
        z += JAW_AHEAD * self.size * smoothstep(self.upright(pixels)[..., 1] / self.size, *EARS_MM)
        return np.clip(z, -70, 50).astype(np.float32)

    def at_depth(self, pixels: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Camera-frame points (..., 3) mm seen at pixels (..., 2) with camera z (...,) mm."""
        return self.camera.unproject(
            np.concatenate([pixels, (DISTANCE - z)[..., None]], -1).astype(np.float32)
        )


# Landmarks on bare skin, above any beard: upper cheeks, nose, between the brows.
CHEEK_POINTS = (50, 101, 118), (280, 330, 347)
SKIN_POINTS = (50, 280, 101, 330, 118, 347, 195, 5, 9, 8)


def skin_tone(
    picture: np.ndarray, frame: HeadFrame, scale: float, shift: float = 0.0
) -> np.ndarray:
    """(1, 3) median colour of the cheeks in a picture (H, W, 3) drawn at a scale of the frame's.

    shift: pixels (after scaling) by which the picture begins before the frame's.
    """
    at = (frame.screen[list(SKIN_POINTS), :2] + 0.5) * scale - 0.5 + shift
    at = np.clip(np.rint(at).astype(int), 0, np.array(picture.shape[1::-1]) - 1)
    return np.median(picture[at[:, 1], at[:, 0]], axis=0)[None]


def chroma(colour: np.ndarray) -> np.ndarray:
    """The a and b (h, w, 2) in CIE Lab of colours (h, w, 3) 0..255."""
    lab = cv2.cvtColor(colour.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.asarray(lab[..., 1:])


def colourful(colours: np.ndarray, tone: np.ndarray) -> np.ndarray:
    """(N,) the chroma of colours (N, 3) 0..255 in parts of that of cheeks' tones (3,) or (N, 3).

    Of other hues less counts, and of the opposite it is below 0.
    """
    own, usual = (chroma(c.reshape(1, -1, 3))[0] for c in (colours, tone))
    length = np.linalg.norm(usual, axis=-1)
    along = (own * usual).sum(-1) / np.maximum(length, 1e-6)
    return np.asarray(along / np.maximum(length, LEAST_CHROMA))


def skin_tones(picture: np.ndarray, frame: HeadFrame, across: np.ndarray) -> np.ndarray:
    """(N, 3) colours of the cheeks on the side of places so far across (N,), mm, of `upright`.

    picture: (H, W, 3), the frame's own: one cheek may lie in shadow.
    """
    corners = [frame.screen[list(points), :2] for points in CHEEK_POINTS]
    size = np.array(picture.shape[1::-1]) - 1
    at = [np.clip(np.rint(c).astype(int), 0, size) for c in corners]
    left, right = (np.median(picture[a[:, 1], a[:, 0]], axis=0) for a in at)
    ends = [float(frame.upright(c)[:, 0].mean()) for c in corners]
    share = np.clip((across - ends[0]) / max(ends[1] - ends[0], 1.0), 0, 1)[:, None]
    return np.asarray(left + share * (right - left))
