"""The ear that the photo's own turn hid."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief import farside
from models.relief.drawing import Drawing
from models.relief.farside import ROOT_MM, TEMPLES
from models.relief.relief import Relief
from models.relief.sheets import Sheet
from tests.models.relief.heads import millimetres, picture

SKIN = np.array([205, 160, 135])


def _far_side(
    start: float, width: float, yaw: float = 15, shadow: float = 1.0
) -> tuple[Relief, Sheet | None]:
    """Of the drawn person, turned by yaw, with something of skin's colour beside the near cheek:
    so many mm off the middle, and so wide. shadow: how bright the far half is."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480, yaw=yaw)
    u, v = millimetres(image.shape, fit.camera)
    image[(u > 0) & (matte > 0)] = (image[(u > 0) & (matte > 0)] * shadow).astype(np.uint8)
    beside = (u < -start) & (((u + start) / width) ** 2 + (v / 32) ** 2 < 1)
    image[beside] = SKIN
    soft = cv2.GaussianBlur(beside.astype(np.float32), (0, 0), 1.0)
    relief = Relief.build(image, np.maximum(matte, soft), fit, model)
    return relief, relief.far


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("start", [72, 84])
def test_a_hidden_ear_begins_under_the_far_cheek(start: float) -> None:
    """As near to it as the cheek is broad, even if hair parts the other ear from its cheek."""
    relief, ear = _far_side(start, 24)
    assert ear is not None
    turn = relief.frame.turn
    across = (ear.points[ear.opacity > 0.5] @ turn)[:, 0]
    side = np.abs((relief.frame.points[list(TEMPLES)] @ turn)[:, 0]).mean()
    assert np.percentile(across, 10) == pytest.approx(side - ROOT_MM, abs=0.5)
    assert across.max() > side + 5


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_hidden_ear_stands_out_of_nothing_that_the_photo_shows() -> None:
    relief, ear = _far_side(72, 30, yaw=4)
    assert ear is not None
    x, y = relief.rest["far"][ear.opacity > 0.5, :2].T[:, None]
    assert (cv2.remap(relief.source[1], x, y, cv2.INTER_LINEAR) > 0.5).mean() > 0.9


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_hidden_ear_lies_in_its_own_sides_shadow() -> None:
    levels = []
    for shadow in (1.0, 0.55):
        relief, ear = _far_side(72, 24, shadow=shadow)
        assert ear is not None
        pose = relief.fit.parameters.pose - np.array([35, 0, 0], np.float32)
        drawing = Drawing(relief, replace(relief.fit.parameters, pose=pose))
        points = relief.fit.camera.project(drawing.points["far"][ear.opacity > 0.9])
        row, end = round(points[:, 1].mean()), points[:, 0].max()
        per_mm = relief.fit.camera.focal / 1000
        seen = (slice(row - 8, row + 8), slice(round(end - 12 * per_mm), round(end - 4 * per_mm)))
        levels.append(relief.warp(drawing.parameters)[0][seen].mean())
    assert levels[1] / levels[0] == pytest.approx(0.55, abs=0.05)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_fair_hair_is_no_ear() -> None:
    assert _far_side(72, 75)[1] is None


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
@pytest.mark.parametrize("whole", [True, False])
def test_an_ear_half_in_shadow_stays_the_photos_own(
    whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fills its place; one of which the photo shows a part does not."""
    monkeypatch.setattr(farside, "MISSING", 0.7)
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480, yaw=10)
    u, v = millimetres(image.shape, fit.camera)
    near = (u < 0) & (((u + 72) / 14) ** 2 + (v / 32) ** 2 < 1)
    far = (u > 0) & (((u - 72) / 24) ** 2 + (v / 32) ** 2 < 1)
    dark = far & (v < -3)
    image[near | far], image[dark] = SKIN, (28, 22, 18)
    ears = near | (far if whole else far & ~dark)
    soft = cv2.GaussianBlur(ears.astype(np.float32), (0, 0), 1.0)
    relief = Relief.build(image, np.maximum(matte, soft), fit, model)
    assert (relief.far is None) == whole
