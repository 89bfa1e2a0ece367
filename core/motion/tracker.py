"""A face followed from picture to picture: pose and expression, as they differ from neutral."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import FaceError
from core.motion.one_euro import OneEuroFilter
from core.photo.analyze import MIN_CONFIDENCE
from core.photo.detect import detect_faces
from models.face.fitting import FaceFit, fit_landmarks, fit_pose_and_expression
from models.face.model import FaceModel
from models.networks.reconstruction import ReconstructionNetwork

# So many pictures of the face at rest make the neutral one.
CALIBRATION = 8
# A video's next picture is near the last: these iterations settle.
_ITERATIONS = 5
# The face is looked for in pictures of at most this long side.
_SEARCH_SIDE = 640


@dataclass(frozen=True, eq=False)
class Motion:
    """How a face differs from neutral. pose: (3,) degrees. expression: (51,) ARKit weights."""

    pose: np.ndarray
    expression: np.ndarray


class FaceTracker:
    """Follows the largest face. The first pictures, or those after `calibrate`, are its neutral.

    Raises AssetError or StoreError when a shipped file is missing.
    """

    def __init__(self) -> None:
        self._network = ReconstructionNetwork.load()
        self._model = FaceModel.load(level=0)
        self._points: np.ndarray | None = None
        self._person: FaceFit | None = None
        self.calibrate()

    @property
    def calibrated(self) -> bool:
        """Whether the neutral face is known."""
        return len(self._rest) >= CALIBRATION

    @property
    def points(self) -> np.ndarray | None:
        """Landmarks (478, 3) px of the last picture; None without a face."""
        return self._points

    def calibrate(self) -> None:
        """Take the face as it is now for neutral."""
        self._rest: list[np.ndarray] = []
        self._smooth_pose = OneEuroFilter(rest=1.2, follow=0.3)
        self._smooth_expression = OneEuroFilter(rest=1.5, follow=8.0)
        self._person = None

    def follow(self, image: np.ndarray, seconds: float) -> Motion | None:
        """The motion in a picture (H, W, 3) uint8 sRGB; None while there is no face, or no neutral.

        seconds: when it was taken.
        """
        points = self._find(image)
        self._points = points
        if points is None:
            return None
        if self._person is None:
            self._person = fit_landmarks(self._model, points)
        person = self._person
        pose, expression = fit_pose_and_expression(
            self._model, points, person.parameters.identity, person.displacement, _ITERATIONS
        )
        if not self.calibrated:
            self._rest.append(np.concatenate([pose, expression]))
            return None
        neutral = np.mean(self._rest, axis=0)
        return Motion(
            self._smooth_pose(pose - neutral[:3], seconds).astype(np.float32),
            self._smooth_expression(expression - neutral[3:], seconds).astype(np.float32),
        )

    def _find(self, image: np.ndarray) -> np.ndarray | None:
        """Landmarks: where they were, or anywhere; None when nothing convinces."""
        if self._points is not None:
            points, confidence = self._network.follow(image, self._points)
            if confidence >= MIN_CONFIDENCE and _inside(points, image):
                return points
        step = max(1, round(max(image.shape[:2]) / _SEARCH_SIDE))
        try:
            found = detect_faces(np.ascontiguousarray(image[::step, ::step]))
        except FaceError:
            return None
        if not found:
            return None
        box = tuple(v * step for v in found[0].box)
        points, confidence = self._network.landmarks(image, box, found[0].roll_degrees)
        return points if confidence >= MIN_CONFIDENCE and _inside(points, image) else None


def _inside(points: np.ndarray, image: np.ndarray) -> bool:
    """Whether the middle of the face lies in the picture, and the face is of some size."""
    x, y = points[:468, :2].mean(0)
    size = float(np.ptp(points[:468, :2], axis=0).max())
    return bool(0 <= x < image.shape[1] and 0 <= y < image.shape[0] and size > 24)
