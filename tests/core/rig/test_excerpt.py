"""Groups of a face as text, and what they do to another face."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.errors import ParameterError
from core.rig.excerpt import FORMAT, Excerpt, excerpt_text, read_excerpt
from core.rig.lights import LIGHT_PRESETS, facing_level
from core.rig.presets import random_person
from models.face.parameters import FaceParameters

GROUPS = ("pose", "expression", "light", "identity", "albedo")


def _face(seed: int) -> FaceParameters:
    rng = np.random.default_rng(seed)
    pose = rng.uniform(-20, 20, 3).astype(np.float32)
    light = FaceParameters().light * np.float32(rng.uniform(0.5, 2))
    face = replace(random_person(seed), pose=pose, light=light)
    return face.with_expression({"mouthSmileLeft": rng.uniform(0, 1)})


def test_the_text_is_lossless() -> None:
    excerpt = Excerpt(GROUPS, _face(1), _face(2))
    again, name = read_excerpt(excerpt_text(excerpt, "Anna’s smile"))
    assert name == "Anna’s smile" and set(again.groups) == set(GROUPS)
    for group in GROUPS:
        np.testing.assert_array_equal(getattr(again.parameters, group), getattr(_face(1), group))
        np.testing.assert_array_equal(getattr(again.fitted, group), getattr(_face(2), group))


def test_only_the_named_groups_are_taken() -> None:
    excerpt = Excerpt(("pose", "expression"), _face(1))
    target = _face(3)
    made = excerpt.onto(target, target, without={"pose"})
    np.testing.assert_array_equal(made.expression, _face(1).expression)
    for group in ("pose", "light", "identity", "albedo"):
        np.testing.assert_array_equal(getattr(made, group), getattr(target, group))


def test_blending_goes_straight_between_both() -> None:
    excerpt, target = Excerpt(("pose",), _face(1)), _face(3)
    made = excerpt.onto(target, target, weight=0.25)
    np.testing.assert_allclose(made.pose, 0.75 * target.pose + 0.25 * _face(1).pose, rtol=1e-5)


def test_a_change_is_carried_over_and_kept_in_range() -> None:
    pose = np.array([10, 0, 0], np.float32)
    edited = replace(_face(1), pose=_face(1).pose + pose)
    excerpt = Excerpt(("pose",), edited, _face(1))
    other = _face(3)
    made = excerpt.onto(other, other, by_change=True)
    np.testing.assert_allclose(made.pose, other.pose + pose, atol=1e-5)
    far = replace(other, pose=np.array([85, 0, 0], np.float32))
    assert excerpt.onto(far, far, by_change=True).pose[0] == 90


def test_a_light_takes_over_the_exposure_and_comes_back_unchanged() -> None:
    lit = LIGHT_PRESETS["rembrandt"].coefficients()
    excerpt = Excerpt(("light",), replace(FaceParameters(), light=lit))
    dark = replace(FaceParameters(), light=FaceParameters().light * np.float32(0.5))
    made = excerpt.onto(dark, dark)
    np.testing.assert_allclose(facing_level(made.light), 0.5 * facing_level(lit), rtol=1e-4)
    np.testing.assert_array_equal(excerpt.onto(dark, FaceParameters()).light, lit)


def test_a_text_written_by_hand() -> None:
    text = json.dumps(
        {"format": FORMAT, "version": 1, "values": {"expression": {"jawOpen": 1, "tail": 2},
                                                    "tail": {"wag": 1}}}
    )  # fmt: skip
    excerpt, name = read_excerpt(text)
    assert (excerpt.groups, name) == (("expression",), "")
    assert excerpt.parameters.expression.sum() == 1


BASE = {"format": FORMAT, "version": 1, "values": {"pose": {"yaw": 3}}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not an edit"),
        ("smile", "not an edit"),
        ("[" * 100_000, "not an edit"),
        ("{}", "not an edit"),
        ("x" * 1_000_000, "too long"),
        (json.dumps({**BASE, "version": 9}), "update Mien"),
        (json.dumps({**BASE, "version": "1"}), "update Mien"),
        (json.dumps({**BASE, "values": [1]}), "damaged"),
        (json.dumps({**BASE, "values": {"pose": 3}}), "damaged"),
        (json.dumps({**BASE, "values": {"tail": {"wag": 3}}}), "no group"),
        (json.dumps({**BASE, "values": {"pose": {"yaw": "3"}}}), "not a number"),
        (json.dumps({**BASE, "values": {"pose": {"yaw": True}}}), "not a number"),
        (json.dumps({**BASE, "values": {"pose": {"yaw": 900}}}), "yaw cannot be"),
        (json.dumps({**BASE, "values": {"pose": {"yaw": 10**400}}}), "yaw cannot be"),
        (json.dumps({**BASE, "values": {"pose": {"yaw": float("nan")}}}), "yaw cannot be"),
        (json.dumps({**BASE, "fitted": {"pose": {"yaw": 900}}}), "yaw cannot be"),
    ],
)
def test_other_texts_are_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ParameterError, match=says):
        read_excerpt(text)
