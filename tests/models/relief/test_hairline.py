"""Where hair meets a cheek, against a drawn person whose hair is known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.draw import Coverage
from models.relief.frame import HeadFrame
from models.relief.hairline import bare_of_hair
from models.relief.relief import Relief
from tests.models.relief.heads import long_haired, picture


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("yaw", [-25.0, 25.0])
def test_hair_meets_a_turned_cheek_in_a_smooth_line(yaw: float) -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = long_haired(model)
    relief = Relief.build(image, matte, fit, model)
    turned = replace(fit.parameters, pose=np.array([yaw, 0, 0], np.float32))
    size = (960, 960)
    shown = relief.warp(turned, fit.camera.scaled(2), size)[0].astype(np.float32)
    skin = cv2.erode(shown[..., 0] - shown[..., 2], np.ones((3, 3))) > 12
    k = 2 * fit.camera.focal / 1000
    rows = np.arange(round(2 * fit.camera.cy - 55 * k), round(2 * fit.camera.cy + 25 * k))
    middle = round(2 * fit.camera.cx)
    side = skin[rows, middle:] if yaw < 0 else skin[rows, middle::-1]
    # From far beside inward: the first pixel of skin.
    line = side.shape[1] - 1 - side[:, ::-1].argmax(1)
    smooth = np.poly1d(np.polyfit(rows, line, 5))(rows)
    assert np.abs(line - smooth).mean() < 0.27 * k
    assert np.abs(line - smooth).max() < 1.0 * k


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_only_hair_beside_it_hides_a_steep_cheek() -> None:
    model = FaceModel.load(level=1)
    _, _, fit = picture(model, 480)
    frame = HeadFrame.of(model, fit)
    count = len(frame.points)
    angle = np.linspace(0, 95, count)
    normals = np.zeros((count, 3), np.float32)
    normals[:, 0], normals[:, 2] = np.sin(np.radians(angle)), np.cos(np.radians(angle))
    none, full = np.zeros(count, np.float32), np.ones(count, np.float32)
    cheek = np.abs((frame.points @ frame.turn)[:, 0]) > 45
    assert (bare_of_hair(frame, normals, none, none) >= 1).all()
    hidden = bare_of_hair(frame, normals, full, none)
    assert (hidden[cheek & (angle < 55)] >= 1).all() and (hidden[cheek & (angle > 75)] <= 0).all()
    # Under the jaw there is no hair to wait for.
    under = np.tile(np.array([0.1, -0.9, 0.3], np.float32), (count, 1))
    assert (bare_of_hair(frame, under, full, none) >= 1).all()


def test_values_lie_between_their_corners() -> None:
    corners = np.array([[0, 0, 9], [8, 0, 9], [0, 8, 9]], np.float32)
    triangles = np.array([[0, 1, 2]], np.int32)
    cover = Coverage(12, 12)
    cover.draw(corners, triangles)
    values = cover.values(triangles, corners[:, 0] - 3 * corners[:, 1])
    yy, xx = np.mgrid[0:12, 0:12]
    inside = xx + yy <= 8
    np.testing.assert_allclose(values, np.where(inside, xx - 3.0 * yy, 0), atol=1e-4)
