"""What a photo's own pose hid, taken from the other half."""

from dataclasses import replace

import numpy as np
import pytest

from models.face.camera import DISTANCE
from models.face.mesh import vertex_normals
from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.face.pose import rotation
from models.relief.frame import HeadFrame
from models.relief.hidden import behind
from models.relief.relief import Relief
from tests.models.relief.heads import millimetres, picture

# Landmarks of the far cheek before the ear, which a head turned by 15 degrees hides.
FAR = (454, 323, 361)
MIDDLE = (10, 9, 168, 4, 0, 17, 152)


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


def _in_the_way(model: FaceModel, points: np.ndarray, some: np.ndarray) -> np.ndarray:
    """(N,) bool: a triangle lies more than 9 mm before points some (N,) of (V, 3), seen from z."""
    a, b, c = (points[model.triangles[:, k]] for k in range(3))
    hit = []
    for point in points[some]:
        ray = np.array([0, 0, DISTANCE]) - point
        across = np.cross(ray, c - a)
        area = ((b - a) * across).sum(1)
        scale = 1 / np.where(np.abs(area) > 1e-9, area, np.inf)
        u = ((point - a) * across).sum(1) * scale
        other = np.cross(point - a, b - a)
        v = (other * ray).sum(1) * scale
        far = ((c - a) * other).sum(1) * scale * np.linalg.norm(ray)
        hit.append(((u > 0) & (v > 0) & (u + v < 1) & (far > 9)).any())
    return np.array(hit)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_what_the_nose_hides_is_told() -> None:
    model = FaceModel.load(level=1)
    _, _, fit = picture(model, 480, yaw=40)
    frame = HeadFrame.of(model, fit)
    normals = vertex_normals(frame.points, model.triangles)
    some = np.flatnonzero((normals[:, 2] > 0.15) & (np.abs(model.mean[:, 0]) < 50))
    hidden = behind(frame, model.triangles)[some] > 0.5
    truth = _in_the_way(model, frame.points, some)
    assert truth.sum() > 10
    assert (hidden & truth).sum() > 0.7 * truth.sum()
    assert (hidden & ~truth).sum() < 0.03 * (~truth).sum()


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_what_is_mirrored_is_as_bright_as_the_half_it_comes_to() -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480, yaw=25)
    screen = fit.camera.project(model.mean @ rotation(fit.parameters.pose).T)
    middle = np.polyfit(screen[list(MIDDLE), 1], screen[list(MIDDLE), 0], 2)
    yy, xx = np.indices(matte.shape)
    image[xx > np.polyval(middle, yy)] //= 2
    mirror = Relief.build(image, matte, fit, model).mirror
    assert mirror is not None
    some = (mirror.weight > 0.3) & (np.abs(np.abs(model.mean[:, 0]) - 30) < 10)
    assert some.sum() > 20
    # Half as bright beside it, less so towards the middle.
    assert 0.45 < np.median(mirror.tied[some]) < 0.75
