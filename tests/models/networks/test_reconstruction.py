"""The shipped reconstruction network on rendered people, whose landmarks are known exactly."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.rig.lights import light_preset
from models.face.camera import Camera
from models.face.fitting import fit_landmarks
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.face.renderer import FaceRenderer
from models.networks.reconstruction import INPUT_SIZE, ReconstructionNetwork, from_output, to_input

SIZE = 300


def rendered_person(yaw: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A picture (300, 300, 3) of a random person over clutter, and the landmarks in it."""
    rng = np.random.default_rng(seed)
    person = replace(
        FaceParameters(),
        pose=np.array([yaw, 4, 3], np.float32),
        identity=rng.normal(0, 0.8, 80).astype(np.float32),
        albedo=rng.normal(0, 0.4, 80).astype(np.float32),
        light=light_preset("studio"),
    )
    camera = Camera.standard(SIZE)
    model = FaceModel.load()
    face = FaceRenderer(model).render(person, camera, SIZE, SIZE, "textured", supersample=2)
    clutter = cv2.resize(
        rng.uniform(40, 200, (5, 5, 3)), (SIZE, SIZE), interpolation=cv2.INTER_CUBIC
    )
    alpha = face[..., 3:] / 255.0
    picture = face[..., :3] * alpha + np.clip(clutter, 0, 255) * (1 - alpha)
    points = model.vertices(person.identity, person.expression)[:LANDMARK_COUNT]
    return picture.astype(np.uint8), camera.project(points @ rotation(person.pose).T)


def box_around(points: np.ndarray) -> tuple[float, float, float, float]:
    """A square box as a detector gives it."""
    low, high = points[:468, :2].min(0), points[:468, :2].max(0)
    (x, y), half = (low + high) / 2, 0.45 * float((high - low).max())
    return float(x) - half, float(y) - half, float(x) + half, float(y) + half


@pytest.mark.parametrize(("yaw", "seed"), [(-30.0, 1), (0.0, 2), (20.0, 3), (40.0, 4)])
def test_reads_landmarks_and_pose_of_rendered_people(yaw: float, seed: int) -> None:
    picture, truth = rendered_person(yaw, seed)
    network = ReconstructionNetwork.load()
    found, confidence = network.landmarks(picture, box_around(truth))
    eyes = np.linalg.norm(truth[468, :2] - truth[473, :2]) / np.cos(np.radians(yaw))
    error = np.linalg.norm(found[:468, :2] - truth[:468, :2], axis=1).mean() / eyes
    assert confidence > 0.8
    assert error < 0.05
    pose = fit_landmarks(FaceModel.load(), found).parameters.pose
    assert abs(float(pose[0]) - yaw) < 8


def test_a_tilted_face_reads_like_the_upright_one() -> None:
    picture, truth = rendered_person(10.0, 5)
    network = ReconstructionNetwork.load()
    upright, _ = network.landmarks(picture, box_around(truth))
    middle = (SIZE - 1) / 2
    m = cv2.getRotationMatrix2D((middle, middle), -40, 1.0)
    turned = cv2.warpAffine(picture, m, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
    expected = upright[:, :2] @ m[:, :2].T + m[:, 2]
    found, _ = network.landmarks(turned, box_around(expected), roll=30.0)
    gap = np.linalg.norm(found[:468, :2] - expected[:468], axis=1).mean()
    assert gap < 0.04 * np.linalg.norm(expected[468] - expected[473])


def test_clutter_is_no_face() -> None:
    rng = np.random.default_rng(0)
    network = ReconstructionNetwork.load()
    noise = cv2.resize(rng.integers(0, 255, (20, 20, 3), np.uint8), (SIZE, SIZE))
    _, confidence = network.landmarks(noise, (60, 60, 240, 240))
    assert confidence < 0.5


def test_network_units() -> None:
    crops = np.zeros((2, INPUT_SIZE, INPUT_SIZE, 3), np.uint8)
    crops[1] = 255
    x = to_input(crops).numpy()
    assert x.min() == -1
    assert x.max() == 1
    middle = from_output(np.zeros((1, 478, 3), np.float32))
    assert np.allclose(middle[..., :2], (INPUT_SIZE - 1) / 2)
