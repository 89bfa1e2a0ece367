"""The square, upright crop that the reconstruction network sees."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

# Side of the crop over the larger side of the landmarks' box.
MARGIN = 1.3
# dlib's box to the crop, as shares of the box (measured on the portraits).
BOX_SCALE = 1.44
BOX_SHIFT = (0.0, 0.0)


@dataclass(frozen=True)
class FaceCrop:
    """A square of a photo: centre (x, y) px, side in px, roll in degrees (+ = clockwise)."""

    x: float
    y: float
    side: float
    roll: float = 0.0

    @staticmethod
    def around(landmarks: np.ndarray) -> FaceCrop:
        """Crop that fits landmarks (>= 468, 2+) tightly and turns the eyes level."""
        eye_line = landmarks[263, :2] - landmarks[33, :2] + landmarks[362, :2] - landmarks[133, :2]
        roll = float(np.degrees(np.arctan2(eye_line[1], eye_line[0])))
        turned = landmarks[:468, :2] @ _turn(-roll).T
        low, high = turned.min(0), turned.max(0)
        centre = _turn(roll) @ ((low + high) / 2)
        return FaceCrop(
            float(centre[0]), float(centre[1]), float(MARGIN * (high - low).max()), roll
        )

    @staticmethod
    def from_box(box: tuple[float, float, float, float], roll: float = 0.0) -> FaceCrop:
        """Crop around a detector's box x0, y0, x1, y1 px of a face tilted by roll degrees."""
        size = max(box[2] - box[0], box[3] - box[1])
        shift = _turn(roll) @ np.array(BOX_SHIFT) * size
        return FaceCrop(
            (box[0] + box[2]) / 2 + float(shift[0]),
            (box[1] + box[3]) / 2 + float(shift[1]),
            BOX_SCALE * size,
            roll,
        )

    def matrix(self, size: int) -> np.ndarray:
        """(2, 3) affine map from photo pixels to the crop's pixels."""
        scale = size / self.side
        turn = scale * _turn(-self.roll)
        middle = (size - 1) / 2
        return np.column_stack([turn, middle - turn @ [self.x, self.y]])

    def cut(self, image: np.ndarray, size: int) -> np.ndarray:
        """(size, size, 3) of the photo; large faces are averaged, the border is repeated."""
        scale = size / self.side
        m = self.matrix(size)
        if scale < 0.6:
            # Shrink by area first: a bilinear sample of a large photo would alias.
            factor = max(int(0.5 / scale), 2)
            half = 0.75 * self.side
            x0, y0 = max(int(self.x - half), 0), max(int(self.y - half), 0)
            x1, y1 = int(self.x + half) + 1, int(self.y + half) + 1
            part = image[y0:y1, x0:x1]
            if part.shape[0] >= factor and part.shape[1] >= factor:
                h, w = part.shape[0] // factor, part.shape[1] // factor
                image = cv2.resize(
                    part[: h * factor, : w * factor], (w, h), interpolation=cv2.INTER_AREA
                )
                grow = np.array([[factor, 0, x0 + (factor - 1) / 2],
                                 [0, factor, y0 + (factor - 1) / 2], [0, 0, 1]])  # fmt: skip
                m = m @ grow
        return cv2.warpAffine(
            image, m, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    def to_crop(self, points: np.ndarray, size: int) -> np.ndarray:
        """Points (N, 2 or 3) px of the photo to the crop; a third coordinate is scaled alike."""
        return _apply(points, self.matrix(size), size / self.side)

    def to_photo(self, points: np.ndarray, size: int) -> np.ndarray:
        """The inverse of `to_crop`."""
        return _apply(points, cv2.invertAffineTransform(self.matrix(size)), self.side / size)


def _turn(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])


def _apply(points: np.ndarray, matrix: np.ndarray, scale: float) -> np.ndarray:
    out = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    if points.shape[1] == 3:
        out = np.column_stack([out, points[:, 2] * scale])
    return out.astype(np.float32)
