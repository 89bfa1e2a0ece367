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


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("near", [True, False])
def test_hair_that_the_pose_hides_is_told_from_the_other_half(near: bool) -> None:
    """Sideburns on the near half alone grow on both; on the far half's rim alone, on neither."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480, yaw=20)
    depth = fit.vertices(model) @ rotation(fit.parameters.pose).T
    screen = fit.camera.project(depth)[:, :2]
    beside = (model.mean[:, 0] * (-1 if near else 1) > 55) & (np.abs(model.mean[:, 1] - 15) < 30)
    for x, y in np.rint(screen[beside]).astype(int):
        image[y - 4 : y + 5, x - 4 : x + 5] = (45, 38, 34)
    face = Relief.build(image, matte, fit, model).face
    hidden = face.shown[face.view[face.shown, 2] < 0.1]
    far = hidden[(model.mean[hidden, 0] > 60) & (np.abs(model.mean[hidden, 1] - 15) < 15)]
    assert len(far) > 5
    assert (np.median(face.hair[far]) > 0.5) == near
