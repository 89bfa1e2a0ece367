"""The landmark fit against faces whose parameters are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.face.camera import Camera
from models.face.fitting import (
    DETECTOR_DEPTH,
    FaceFit,
    _Problem,
    fit_landmarks,
    fit_pose_and_expression,
)
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation

CAMERA = Camera(900.0, 310.0, 260.0)


def landmarks_of(parameters: FaceParameters, camera: Camera = CAMERA) -> np.ndarray:
    model = FaceModel.load()
    points = model.vertices(parameters.identity, parameters.expression)[:LANDMARK_COUNT]
    return camera.project(points @ rotation(parameters.pose).T)


def known_face(yaw: float, seed: int = 0) -> FaceParameters:
    rng = np.random.default_rng(seed)
    identity = np.zeros(80, np.float32)
    identity[:15] = rng.normal(size=15)
    face = FaceParameters(pose=np.array([yaw, 8, -12], np.float32), identity=identity)
    return face.with_expression({"jawOpen": 0.4, "browInnerUp": 0.5})


@pytest.mark.parametrize("yaw", [-55.0, -20.0, 0.0, 35.0, 60.0])
def test_recovers_pose_and_landmarks_of_a_known_face(yaw: float) -> None:
    face = known_face(yaw)
    points = landmarks_of(face)
    fit = fit_landmarks(FaceModel.load(), points[:, :2])
    assert np.abs(fit.parameters.pose - face.pose).max() < 3.0
    bare = landmarks_of(fit.parameters, fit.camera)
    eye = np.linalg.norm(points[468, :2] - points[473, :2])
    # The eye distance shortens with the yaw: measure by the upright one.
    eye /= np.cos(np.radians(yaw))
    assert np.linalg.norm(bare[:468, :2] - points[:468, :2], axis=1).mean() < 0.01 * eye
    assert fit.parameters.expression.min() >= 0
    assert fit.parameters.expression.max() <= 1


def test_depths_settle_the_pose() -> None:
    face = known_face(30.0)
    points = landmarks_of(face)
    with_depth = points.copy()
    with_depth[:, 2] = points[:, 2] * CAMERA.focal / 1000 / DETECTOR_DEPTH
    fit = fit_landmarks(FaceModel.load(), with_depth)
    assert np.abs(fit.parameters.pose - face.pose).max() < 1.5


@pytest.mark.parametrize("yaw", [-40.0, 0.0, 25.0])
def test_a_known_shape_gives_pose_and_expression(yaw: float) -> None:
    face = known_face(yaw)
    points = landmarks_of(face)[:, :2]
    pose, expression = fit_pose_and_expression(FaceModel.load(), points, face.identity)
    assert np.abs(pose - face.pose).max() < 0.5
    assert np.abs(expression - face.expression).max() < 0.12
    free = fit_landmarks(FaceModel.load(), points).parameters
    assert np.abs(pose - face.pose).max() < np.abs(free.pose - face.pose).max()


def test_displacement_carries_the_mesh_onto_the_landmarks() -> None:
    rng = np.random.default_rng(1)
    points = landmarks_of(known_face(10.0))[:, :2]
    points[:300] += rng.normal(0, 1.0, (300, 2)).astype(np.float32)
    model = FaceModel.load()
    fit = fit_landmarks(model, points)

    def gap(f: FaceFit) -> float:
        mesh = f.vertices(model)[:LANDMARK_COUNT] @ rotation(f.parameters.pose).T
        return float(np.linalg.norm(f.camera.project(mesh)[:468, :2] - points[:468], axis=1).mean())

    assert gap(fit) < 0.5 * gap(replace(fit, displacement=np.zeros((0, 3), np.float32)))


def test_jacobian_agrees_with_finite_differences() -> None:
    points = landmarks_of(known_face(15.0))
    points[:, 2] *= CAMERA.focal / 1000
    problem = _Problem(FaceModel.load(), points, 0.5, None)
    state = problem.start()
    state.coefficients[:] = 0.2
    jacobian, residual, _ = problem._linearise(state)
    step = 1e-5
    for column in (0, 1, 2, 3, 4, 5, 8, 20, 100):
        moved = replace(state, coefficients=state.coefficients.copy())
        if column < 3:
            w = np.zeros(3)
            w[column] = step
            k = np.array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])
            moved.r = (np.eye(3) + k) @ state.r
        elif column == 3:
            moved.focal = state.focal * np.exp(step)
        elif column < 6:
            moved.centre = state.centre.copy()
            moved.centre[column - 4] += step * state.focal / 1000
        else:
            moved.coefficients[column - 6] += step
        # The residual falls by what the prediction gains.
        change = ((residual - problem._linearise(moved)[1]) / step)[: 2 * LANDMARK_COUNT]
        # The focal length scales what is measured, not the prediction: they differ by the residual.
        slack = np.abs(residual[: 2 * LANDMARK_COUNT]).max() if column == 3 else 0
        expected = jacobian[: 2 * LANDMARK_COUNT, column]
        assert np.allclose(change, expected, atol=slack + 0.01 * np.abs(change).max())


def test_refuses_numbers_that_are_not_finite() -> None:
    points = landmarks_of(known_face(0.0))[:, :2]
    points[5, 0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        fit_landmarks(FaceModel.load(), points)
