"""Flow between two λ against known motions."""

from __future__ import annotations

import numpy as np
import pytest

from models.face.camera import Camera
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.face.renderer import FaceRenderer
from models.training.generator.flow import face_flow

SIZE = 64


@pytest.fixture(scope="module")
def renderer() -> FaceRenderer:
    return FaceRenderer(FaceModel.load(level=1))


def test_flow_of_no_motion_is_the_pixel_itself(renderer: FaceRenderer) -> None:
    face = FaceParameters()
    flow, visible = face_flow(renderer, face, face, SIZE)
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    np.testing.assert_allclose(flow, np.stack([columns, rows], -1), atol=0.01)
    assert 0.1 < visible.mean() < 0.5


def test_flow_of_a_roll_turns_about_the_origin(renderer: FaceRenderer) -> None:
    plain = FaceParameters()
    rolled = FaceParameters(pose=np.array([0, 0, 15], np.float32))
    flow, visible = face_flow(renderer, plain, rolled, SIZE)
    camera = Camera.generator(SIZE)
    middle = np.array([camera.cx, camera.cy])
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    angle = np.radians(-15)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    expected = (np.stack([columns, rows], -1) - middle) @ turn.T + middle
    assert np.abs(flow - expected)[visible].max() < 0.05
    assert rotation(rolled.pose)[0, 1] != 0


def test_a_turned_away_cheek_is_not_visible(renderer: FaceRenderer) -> None:
    plain = FaceParameters()
    turned = FaceParameters(pose=np.array([50, 0, 0], np.float32))
    _, same = face_flow(renderer, plain, plain, SIZE)
    _, visible = face_flow(renderer, turned, plain, SIZE)
    lost = same & ~visible
    # The nose moves right: the cheek at the right of the picture is hidden.
    assert lost[:, SIZE // 2 :].sum() > 4 * lost[:, : SIZE // 2].sum()
