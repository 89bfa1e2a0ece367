"""The hair of the side that a photo's own turn hid."""

from dataclasses import replace

import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.relief import Relief
from tests.models.relief.heads import millimetres, picture


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("yaw", [28, -28])
def test_hair_beside_the_hidden_temple_is_that_of_the_near_one(yaw: int) -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480, yaw=yaw)
    u, v = millimetres(image.shape, fit.camera)
    near = -np.sign(yaw)
    # A grey temple on the side that the photo shows.
    hair = np.abs(image.astype(int) - (70, 50, 40)).max(-1) < 20
    image[hair & (near * u > 55) & (np.abs(v - 50) < 25)] = (170, 170, 175)
    relief = Relief.build(image, matte, fit, model)
    front = replace(fit.parameters, pose=np.zeros(3, np.float32))
    drawn = relief.warp(front)[0].astype(int)
    grey = (np.abs(drawn - drawn.mean(-1, keepdims=True)).max(-1) < 12) & (drawn.mean(-1) > 110)
    band = np.abs(v - 50) < 20
    there, here = ((grey & band & (side * u > 40)).sum() for side in (-near, near))
    assert here > 300
    assert there > 0.4 * here


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_head_that_looks_ahead_hides_no_side() -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 240, yaw=8)
    assert "beside" not in Relief.build(image, matte, fit, model).sheets
