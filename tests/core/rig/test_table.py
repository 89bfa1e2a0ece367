"""The table covers every number of the rig once, and moves just the one asked for."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ParameterError
from core.rig.table import (
    GROUPS,
    PARAMETERS,
    get_value,
    group,
    parameter,
    reset_group,
    set_values,
    values,
)
from models.face.parameters import EXPRESSION_NAMES, FaceParameters


def _flat(parameters: FaceParameters) -> np.ndarray:
    arrays = (parameters.pose, parameters.identity, parameters.expression, parameters.albedo,
              parameters.light)  # fmt: skip
    return np.concatenate([a.ravel() for a in arrays])


def test_every_number_of_the_rig_has_one_entry() -> None:
    places = {(p.array, p.index) for p in PARAMETERS.values()}
    assert len(places) == len(PARAMETERS) == 3 + 51 + 27 + 80 + 80
    assert sum(len(g.parameters) for g in GROUPS) == len(PARAMETERS)
    assert {p.name for p in group("expression").parameters} == set(EXPRESSION_NAMES)
    for name in PARAMETERS:
        changed = _flat(set_values(FaceParameters(), {name: 0.25})) != _flat(FaceParameters())
        assert changed.sum() == 1, name


def test_defaults_are_those_of_the_parameters() -> None:
    for name, value in values(FaceParameters()).items():
        entry = parameter(name)
        assert value == pytest.approx(entry.default)
        assert entry.hard[0] <= entry.soft[0] <= entry.default <= entry.soft[1] <= entry.hard[1]
        assert entry.tooltip and entry.label


def test_mirror_and_link_pair_up() -> None:
    for entry in PARAMETERS.values():
        for partner in (entry.mirror, entry.link):
            if partner is not None:
                assert partner in PARAMETERS and partner != entry.name
        if entry.mirror:
            assert parameter(entry.mirror).mirror == entry.name
        if entry.link:
            assert parameter(entry.link).link == entry.name
    assert parameter("mouthSmileLeft").link == "mouthSmileRight"
    # Both eyes look to one side together; a jaw cannot go to both.
    assert parameter("eyeLookInLeft").link == "eyeLookOutRight"
    assert parameter("jawLeft").link is None


def test_set_leaves_the_original_alone_and_get_reads_back() -> None:
    base = FaceParameters()
    changed = set_values(base, {"yaw": 12.5, "jawOpen": 0.5, "lightBlue3": -1, "albedo80": 2})
    assert get_value(changed, "yaw") == 12.5
    assert changed.light[3, 2] == -1
    assert changed.albedo[79] == 2
    np.testing.assert_array_equal(_flat(base), _flat(FaceParameters()))
    np.testing.assert_array_equal(_flat(reset_group(changed, "light"))[-27:], _flat(base)[-27:])


@pytest.mark.parametrize(
    ("values_", "words"),
    [
        ({"jawOpne": 0.5}, "did you mean jawOpen"),
        ({"xyzzy": 0.5}, "no rig parameter"),
        ({"yaw": 91.0}, "from -90 to 90"),
        ({"yaw": float("nan")}, "cannot be nan"),
        ({"jawOpen": float("inf")}, "cannot be inf"),
    ],
)
def test_wrong_values_are_explained(values_: dict[str, float], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        set_values(FaceParameters(), values_)


def test_clamp_and_trained_range() -> None:
    entry = parameter("jawOpen")
    assert entry.clamp(9) == 1.5
    assert entry.in_soft_range(1) and not entry.in_soft_range(1.2)
