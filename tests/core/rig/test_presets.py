"""Named expressions and random people."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ParameterError
from core.rig.presets import EXPRESSION_PRESETS, expression_preset, random_person
from models.face.parameters import EXPRESSION_NAMES, FaceParameters


@pytest.mark.parametrize("name", EXPRESSION_PRESETS)
def test_expressions_stay_in_the_trained_range(name: str) -> None:
    weights = expression_preset(name)
    assert weights.shape == (51,)
    assert weights.min() >= 0 and weights.max() <= 1
    assert (np.count_nonzero(weights) > 0) == (name != "neutral")
    for key, value in EXPRESSION_PRESETS[name].items():
        assert weights[EXPRESSION_NAMES.index(key)] == np.float32(value)


def test_unknown_expression() -> None:
    with pytest.raises(ParameterError, match="choose one of neutral"):
        expression_preset("smug")


def test_random_people_are_repeatable_and_differ() -> None:
    one, again, other = random_person(1), random_person(1), random_person(2)
    np.testing.assert_array_equal(one.identity, again.identity)
    assert np.abs(one.identity - other.identity).max() > 1
    base = FaceParameters().with_expression({"jawOpen": 0.5})
    np.testing.assert_array_equal(random_person(1, base).expression, base.expression)
