"""How far what the perception network reads lies from the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.evaluation.verification import auc, pair_distances
from models.face.camera import Camera
from models.face.condition_maps import MAP_LEVEL
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.face.rig_vector import PARTS, to_vector
from models.networks.perception import SIZE, Perceived

_IRISES = (468, 473)


@dataclass(frozen=True)
class PerceptionErrors:
    """Means over pictures.

    pose: (3,) degrees; landmarks: % of the eye distance; light: cosine of SH coefficients;
    auc, same, different: verification of people, median identity distances.
    """

    pose: tuple[float, ...]
    landmarks: float
    light: float
    auc: float
    same: float
    different: float

    def __str__(self) -> str:
        yaw, pitch, roll = self.pose
        return (
            f"pose {yaw:.2f}° {pitch:.2f}° {roll:.2f}°, landmarks {self.landmarks:.2f} % of the "
            f"eye distance, SH cosine {self.light:.3f}, verification AUC {self.auc:.3f}, identity "
            f"distance {self.same:.2f} same, {self.different:.2f} different"
        )


def rig_landmarks(rigs: np.ndarray, size: int) -> np.ndarray:
    """Landmarks (N, 478, 2) px in pictures size × size before Camera.generator of λ (N, 241)."""
    model = FaceModel.load(level=MAP_LEVEL)
    camera = Camera.generator(size)
    smooth = model.subdivision[:LANDMARK_COUNT]
    out = np.empty((len(rigs), LANDMARK_COUNT, 2), np.float32)
    for i, rig in enumerate(rigs):
        control = model.control_points(rig[PARTS["identity"]], rig[PARTS["expression"]])
        out[i] = camera.project(smooth @ control @ rotation(rig[PARTS["pose"]]).T)[:, :2]
    return out


def landmark_errors(found: np.ndarray, truth: np.ndarray, size: int = SIZE) -> np.ndarray:
    """(N,) mean distance of the 468 face points (N, 478, 2) px in % of the eye distance.

    The eye distance is the mean face's, seen frontally: turned heads show less of their own.
    """
    frontal = rig_landmarks(to_vector(FaceParameters())[None], size)[0]
    eyes = np.linalg.norm(frontal[_IRISES[0]] - frontal[_IRISES[1]])
    return 100 * np.linalg.norm(found[:, :468] - truth[:, :468], axis=2).mean(1) / eyes


def light_cosines(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(N,) cosines between SH coefficients of λ (N, 241)."""
    a, b = found[:, PARTS["light"]], truth[:, PARTS["light"]]
    return (a * b).sum(1) / (np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1) + 1e-12)


def perception_errors(seen: Perceived, rigs: np.ndarray, people: np.ndarray) -> PerceptionErrors:
    """Errors over N pictures of λ (N, 241) and people (N,) int."""
    found = seen.rig.numpy()
    pose = np.abs(found - rigs)[:, PARTS["pose"]].mean(0)
    truth = rig_landmarks(rigs, SIZE)
    same, different = pair_distances(seen.identity.numpy(), people)
    return PerceptionErrors(
        pose=tuple(float(v) for v in pose),
        landmarks=float(landmark_errors(seen.landmarks.numpy(), truth).mean()),
        light=float(light_cosines(found, rigs).mean()),
        auc=auc(same, different),
        same=float(np.median(same)),
        different=float(np.median(different)),
    )
