"""Where nothing moves the photo stays: closed cases, and a blink of a drawn person."""

from dataclasses import replace

import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.face.parameters import FaceParameters
from models.relief.drawing import Drawing
from models.relief.relief import Relief
from models.relief.stillness import Stillness
from tests.models.relief.heads import picture


def test_a_moved_point_marks_where_it_was_and_is() -> None:
    still = Stillness.over((60, 80), 5.0)
    still.mark(np.array([[20.0, 30, 900]], np.float32), np.array([[50.0, 30, 900]], np.float32))
    share = still.share(1.0, slice(0, 60), slice(0, 80), 1.5)
    assert share[30, 20] < 1e-3
    assert share[30, 50] < 1e-3
    np.testing.assert_allclose(share[:10], 1)
    np.testing.assert_allclose(share[30, 70:], 1)


def test_strips_and_scales_agree() -> None:
    still = Stillness.over((60, 80), 5.0)
    still.mark_within(
        np.array([[20, 20], [40, 20], [30, 40]], np.float32),
        np.array([[21, 20], [41, 20], [31, 40]], np.float32),
    )
    whole = still.share(2.0, slice(0, 120), slice(0, 160), 3.0)
    np.testing.assert_allclose(
        still.share(2.0, slice(40, 70), slice(0, 160), 3.0), whole[40:70], atol=1e-6
    )
    small = still.share(1.0, slice(0, 60), slice(0, 80), 1.5)
    np.testing.assert_allclose(whole.reshape(60, 2, 80, 2).mean((1, 3)), small, atol=0.05)


@pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")
def test_a_blink_moves_the_eyes_alone() -> None:
    model = FaceModel.load(level=1)
    image, matte, fit = picture(model)
    relief = Relief.build(image, matte, fit, model)
    whole = slice(0, image.shape[0]), slice(0, image.shape[1])

    def share(parameters: FaceParameters) -> np.ndarray:
        return Drawing(relief, parameters).stillness.share(1.0, *whole, 1.5)

    blink = share(fit.parameters.with_expression({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}))
    eye, chin = (np.rint(relief.face.uv[i]).astype(int) for i in (159, 152))
    assert blink[eye[1], eye[0]] < 0.9
    assert blink[chin[1] :].min() > 0.999
    turn = share(replace(fit.parameters, pose=np.array([20, 0, 0], np.float32)))
    assert turn[eye[1], eye[0]] < 0.01
    assert turn[-5:].min() > 0.999
