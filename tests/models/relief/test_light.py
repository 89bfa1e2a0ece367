"""How what surrounds a face takes another light."""

from dataclasses import replace

import numpy as np
import pytest

from models.face.lighting import directional_light
from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief.relief import Relief
from tests.models.relief.heads import millimetres, picture

pytestmark = pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")


@pytest.mark.parametrize("side", [-1, 1])
def test_an_ear_lies_in_the_dark_with_its_cheek(side: int) -> None:
    model = FaceModel.load(level=1)
    image, alpha, fit = picture(model, 480)
    across, height = millimetres(image.shape, fit.camera)
    across *= side
    ear = ((across - 84) / 13) ** 2 + ((height + 5) / 30) ** 2 < 1
    cheek = (np.abs(across - 40) < 8) & (np.abs(height + 25) < 8)
    image[ear], alpha[ear] = np.median(image[cheek], axis=0), 1
    # Light from the camera: an ear's rim, were it an outline that turns away, would be dark.
    front = directional_light(np.array([0.0, 0.0, 1.0]), 0.95, (1.0, 1.0, 1.0), 0.1)
    fit = replace(fit, parameters=replace(fit.parameters, light=front.astype(np.float32)))
    relief = Relief.build(image, alpha, fit, model)
    lamp = np.array([-side, 0.2, 0.3]) / np.sqrt(1.13)
    light = directional_light(lamp, 1.0, (1.0, 1.0, 1.0), 0.15).astype(np.float32)
    lit = relief.warp(replace(fit.parameters, light=light))[0].astype(float)
    darker = [np.median(lit[part]) / np.median(image[part]) for part in (ear, cheek)]
    assert abs(darker[0] - darker[1]) < 0.1
