"""What a photo's own pose hid, taken from the other half."""

from dataclasses import replace

import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.face.pose import rotation
from models.relief.relief import Relief
from tests.models.relief.heads import millimetres, picture

# Landmarks of the far cheek before the ear, which a head turned by 15 degrees hides.
FAR = (454, 323, 361)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_shadow_on_the_near_cheek_does_not_fall_on_the_far_one() -> None:
    model = FaceModel.load(level=1)
    shown = []
    for dark in (1.0, 0.25):
        image, matte, fit = picture(model, 480, yaw=15)
        u = millimetres(image.shape, fit.camera)[0]
        image[u < -35] = (image[u < -35] * dark).astype(np.uint8)
        relief = Relief.build(image, matte, fit, model)
        assert relief.mirror is not None
        turned = replace(fit.parameters, pose=np.array([-10, 0, 0], np.float32))
        drawn = relief.warp(turned)[0]
        points = model.vertices(turned.identity, turned.expression)
        x, y, _ = np.rint(fit.camera.project(points @ rotation(turned.pose).T)[list(FAR)]).T
        shown.append(float(drawn[y.astype(int), x.astype(int) - 3].mean()))
    assert shown[1] > 0.8 * shown[0]
