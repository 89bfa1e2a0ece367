"""The ear that the photo's own turn hid."""

import cv2
import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.relief import farside
from models.relief.farside import ROOT_MM, TEMPLES
from models.relief.relief import Relief
from models.relief.sheets import Sheet
from tests.models.relief.heads import millimetres, picture

SKIN = np.array([205, 160, 135])


def _far_side(start: float, width: float) -> tuple[Relief, Sheet | None]:
    """Of the drawn person, turned, with something of skin's colour beside the near cheek: so many
    mm off the middle, and so wide."""
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model, 480, yaw=15)
    u, v = millimetres(image.shape, fit.camera)
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
