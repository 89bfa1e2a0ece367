"""From a photo to the frame that generators draw in, and back, by an exact similarity.

A photo's camera and the generator's differ in focal length and principal point alone, so that
aligning is a change of scale and a shift; roll stays in the pose.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.errors import FaceError
from core.photo.box import Box
from models.face.camera import Camera
from models.matting.fill import push_pull

# Width of the seam as a share of the aligned frame, where none is asked for.
FEATHER_SHARE = 0.12


@dataclass(frozen=True)
class Alignment:
    """p_aligned = scale · p_photo + (x, y), pixel centres at integers, frame size × size."""

    scale: float
    x: float
    y: float
    size: int

    @classmethod
    def of(cls, camera: Camera, size: int) -> Alignment:
        """What brings a photo with this camera before Camera.generator(size)."""
        target = Camera.generator(size)
        scale = target.focal / camera.focal
        return cls(scale, target.cx - scale * camera.cx, target.cy - scale * camera.cy, size)

    def to_aligned(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) px of the photo in the aligned frame."""
        return np.asarray(points) * self.scale + np.array([self.x, self.y])

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """The inverse of `to_aligned`."""
        return (np.asarray(points) - np.array([self.x, self.y])) / self.scale

    def take(self, photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The aligned picture (S, S, 3) uint8 of a photo (H, W, 3) uint8, and what it covers.

        The second is (S, S) bool; beyond the photo's sides its colours go on smoothly. Raises
        FaceError when the frame lies outside the photo.
        """
        height, width = photo.shape[:2]
        at = np.arange(self.size)
        points = self.to_photo(np.stack(np.meshgrid(at, at), -1))
        inside = np.all((points > -0.5) & (points < [width - 0.5, height - 0.5]), axis=-1)
        if not inside.any():
            raise FaceError("The face lies outside the photo; use a photo that shows it whole.")
        box = self.box(width, height)
        part = photo[box.rows, box.columns]
        matrix = np.array([[1, 0, -self.x], [0, 1, -self.y]]) / self.scale
        matrix[:, 2] -= [box.left, box.top]
        picture = _resampled(part, matrix, (self.size, self.size), 1 / self.scale)
        if not inside.all():
            picture = push_pull(picture, inside)
        return np.clip(picture + 0.5, 0, 255).astype(np.uint8), inside

    def box(self, width: int, height: int) -> Box:
        """The whole pixels of a photo of that size which the aligned frame touches."""
        low = np.floor(self.to_photo(np.array([-0.5, -0.5]))).astype(int)
        high = np.ceil(self.to_photo(np.array([self.size - 0.5] * 2))).astype(int) + 1
        return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1])).within(width, height)

    def placed(self, picture: np.ndarray, box: Box) -> np.ndarray:
        """An aligned picture (S, S[, C]) as seen in a box of the photo: (h, w[, C]) float32."""
        corner = self.to_aligned(np.array([box.left, box.top], float))
        matrix = np.array([[self.scale, 0, corner[0]], [0, self.scale, corner[1]]])
        return _resampled(picture, matrix, (box.width, box.height), self.scale)

    def seam(self, box: Box, feather: float) -> np.ndarray:
        """(h, w) weights 0..1 in a box of the photo that rise from the frame's sides inwards.

        feather: px of the photo over which they do.
        """
        ramps = []
        for first, count, shift in ((box.left, box.width, self.x), (box.top, box.height, self.y)):
            at = (first + np.arange(count)) * self.scale + shift
            inwards = np.minimum(at + 0.5, self.size - 0.5 - at) / self.scale
            ramp = np.clip(inwards / max(feather, 1e-6), 0, 1)
            ramps.append(ramp * ramp * (3 - 2 * ramp))
        across, down = ramps
        return (down[:, None] * across[None]).astype(np.float32)

    def put_back(self, photo: np.ndarray, picture: np.ndarray, feather: float = 0.0) -> np.ndarray:
        """The photo (H, W, 3) uint8 with an aligned picture (S, S, 3), melted in at its sides.

        picture: uint8 or float of 0..255. feather: px of the photo; 0: FEATHER_SHARE of the
        frame.
        """
        box = self.box(photo.shape[1], photo.shape[0])
        return self.melted(photo, self.placed(picture, box), box, feather)

    def melted(
        self, photo: np.ndarray, part: np.ndarray, box: Box, feather: float = 0.0
    ) -> np.ndarray:
        """As `put_back`, with a part (h, w, 3) float of 0..255 that lies in the photo's box."""
        weight = self.seam(box, feather or FEATHER_SHARE * self.size / self.scale)[..., None]
        out = photo.copy()
        window = out[box.rows, box.columns]
        window[:] = np.clip(window + weight * (part - window) + 0.5, 0, 255)
        return out


def _resampled(
    source: np.ndarray, matrix: np.ndarray, size: tuple[int, int], step: float
) -> np.ndarray:
    """Source pixels at matrix · (x, y, 1) for a picture of size (width, height), float32.

    step: source pixels per pixel of the result; above 1 every pixel is the mean of several.
    """
    fine = max(1, int(np.ceil(step - 0.01)))
    finer = matrix / fine
    # The middle of the first fine pixel lies (1 - fine) / 2 fine pixels before the coarse one's.
    finer[:, 2] = matrix[:, 2] + matrix[:, :2].sum(1) * (1 - fine) / (2 * fine)
    way = cv2.INTER_CUBIC if fine == 1 else cv2.INTER_LINEAR
    out = cv2.warpAffine(
        source.astype(np.float32), finer, (size[0] * fine, size[1] * fine),
        flags=way | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return out if fine == 1 else cv2.resize(out, size, interpolation=cv2.INTER_AREA)
