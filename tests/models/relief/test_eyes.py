"""Lids that close: bare of lashes, below the brow alone; no shadow on a lowered gaze."""

import numpy as np
import pytest

from models.face.model import DEFAULT_FACE_MODEL, FaceModel
from models.face.parameters import FaceParameters
from models.relief.eyes import Eyes

pytestmark = pytest.mark.skipif(not DEFAULT_FACE_MODEL.is_file(), reason="no face model")


def test_a_lid_takes_skin_from_further_up_only_as_it_closes() -> None:
    model = FaceModel.load(level=1)
    rest = FaceParameters()
    vertices = model.vertices(rest.identity, rest.expression)
    eyes = Eyes.of(model, vertices)
    np.testing.assert_array_equal(eyes.lashes(vertices), 0)
    blink = rest.with_expression({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0})
    rise = eyes.lashes(model.vertices(blink.identity, blink.expression))
    above_lid, rim, brow, cheek = 27, 159, 105, 50
    assert rise[above_lid] > 1
    assert rise[[rim, brow, cheek]].max() < 0.05


def test_a_lowered_gaze_is_not_darkened_like_a_blink() -> None:
    model = FaceModel.load(level=1)
    rest = FaceParameters()
    eyes = Eyes.of(model, model.vertices(rest.identity, rest.expression))

    def darkest(**weights: float) -> float:
        posed = rest.with_expression(weights)
        moved = model.vertices(posed.identity, posed.expression)
        return float(eyes.shadow(moved, np.ones((len(moved), 3), np.float32)).min())

    assert darkest(eyeBlinkLeft=1.0, eyeBlinkRight=1.0) < 0.6
    assert darkest(eyeLookDownLeft=0.8, eyeLookDownRight=0.8) > 0.98
