"""Where hair meets a cheek, against a drawn person whose hair is known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.draw import Coverage
from models.relief.frame import HeadFrame
from models.relief.grid import face_triangles
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
    soft = cv2.GaussianBlur(line[:, None].astype(np.float32), (0, 0), 0.1, sigmaY=4 * k)[:, 0]
    off = np.abs(line - soft)[round(5 * k) : -round(5 * k)]
    assert np.abs(np.diff(line)).max() < 1.5 * k
    assert off.mean() < 0.4 * k and off.max() < 1.6 * k


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_only_hair_beside_it_hides_a_steep_cheek() -> None:
    model = FaceModel.load(level=1)
    _, _, fit = picture(model, 480)
    frame = HeadFrame.of(model, fit)
    triangles, points = face_triangles(model), frame.points
    count = len(points)
    none, full = np.zeros(count, np.float32), np.ones(count, np.float32)
    shown = np.isin(range(count), triangles)
    # Normals that turn sideways with the distance from the middle, as a cheek's do.
    angle = np.radians(1.3 * points[:, 0])
    normals = np.stack([np.sin(angle), np.zeros(count), np.cos(angle)], 1)
    assert (bare_of_hair(frame, triangles, normals, none, none)[shown] >= 1).all()
    hidden = bare_of_hair(frame, triangles, normals, full, none)
    steep = shown & (np.abs(points[:, 0]) > 69)
    assert steep.any() and (hidden[steep] <= 0).all()
    assert (hidden[shown & (np.abs(points[:, 0]) < 45)] >= 1).all()
    # Under the jaw there is no hair to wait for.
    under = np.tile(np.array([0.1, -0.9, 0.3], np.float32), (count, 1))
    assert (bare_of_hair(frame, triangles, under, full, none)[shown] >= 1).all()


def test_values_lie_between_their_corners() -> None:
    corners = np.array([[0, 0, 9], [8, 0, 9], [0, 8, 9]], np.float32)
    triangles = np.array([[0, 1, 2]], np.int32)
    cover = Coverage(12, 12)
    cover.draw(corners, triangles)
    values = cover.values(triangles, corners[:, 0] - 3 * corners[:, 1])
    yy, xx = np.mgrid[0:12, 0:12]
    inside = xx + yy <= 8
    np.testing.assert_allclose(values, np.where(inside, xx - 3.0 * yy, 0), atol=1e-4)
