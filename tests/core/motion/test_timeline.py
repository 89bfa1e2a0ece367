"""Timelines against closed forms, and SciPy's monotone spline."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.interpolate import PchipInterpolator

from core.errors import ParameterError
from core.motion.timeline import EASINGS, Easing, Keyframe, Timeline
from core.rig.table import get_value
from models.face.parameters import FaceParameters


def ramp(easing: Easing) -> Timeline:
    """Yaw from −20 at frame 0 to 20 at frame 10."""
    keys = (Keyframe(0, -20.0, easing), Keyframe(10, 20.0, easing))
    return Timeline(tracks={"yaw": keys})


@pytest.mark.parametrize(
    ("easing", "quarter", "half"),
    [("linear", 0.25, 0.5), ("in", 0.0625, 0.25), ("out", 0.4375, 0.75), ("in-out", 0.125, 0.5),
     ("hold", 0.0, 0.0), ("smooth", 0.15625, 0.5)],
)  # fmt: skip
def test_easings_have_their_closed_form(easing: Easing, quarter: float, half: float) -> None:
    timeline = ramp(easing)
    found = [timeline.values(f)["yaw"] for f in (0, 2.5, 5, 10)]
    np.testing.assert_allclose(found, [-20, -20 + 40 * quarter, -20 + 40 * half, 20])


def test_values_rest_before_the_first_key_and_after_the_last() -> None:
    timeline = Timeline(tracks={"yaw": (Keyframe(5, 3.0), Keyframe(9, 7.0))})
    assert [timeline.value("yaw", f) for f in (0, 5, 9, 400)] == [3, 3, 7, 7]
    assert timeline.value("pitch", 0) is None


def test_the_spline_is_scipys_inside_and_never_overshoots() -> None:
    rng = np.random.default_rng(4)
    frames = np.cumsum(rng.integers(1, 12, 40))
    values = rng.uniform(-30, 30, 40).round(2)
    keys = tuple(Keyframe(int(f), float(v)) for f, v in zip(frames, values, strict=True))
    timeline = Timeline(length=400, tracks={"yaw": keys})
    inside = np.arange(frames[1], frames[-2], 0.25)
    found = np.array([timeline.value("yaw", f) for f in inside])
    np.testing.assert_allclose(found, PchipInterpolator(frames, values)(inside), atol=1e-9)
    place = np.searchsorted(frames, inside, "right")
    low = np.minimum(values[place - 1], values[place])
    high = np.maximum(values[place - 1], values[place])
    assert ((found >= low - 1e-9) & (found <= high + 1e-9)).all()


def test_the_rig_at_a_frame_keeps_what_is_not_animated() -> None:
    base = FaceParameters(pose=np.array([1, 2, 3], np.float32)).with_expression({"jawOpen": 0.4})
    shown = ramp("linear").at(base, 7.5)
    assert get_value(shown, "yaw") == 10
    assert get_value(shown, "pitch") == 2
    assert get_value(shown, "jawOpen") == pytest.approx(0.4)


def test_keys_are_added_changed_moved_and_deleted() -> None:
    timeline = Timeline().with_key("jawOpen", 12, 0.5, "hold").with_key("jawOpen", 4, 0.1)
    assert [k.frame for k in timeline.tracks["jawOpen"]] == [4, 12]
    assert timeline.with_key("jawOpen", 12, 0.7).key_at("jawOpen", 12) == Keyframe(12, 0.7, "hold")
    moved = timeline.moved([("jawOpen", 4)], 8)
    assert moved.tracks["jawOpen"] == (Keyframe(12, 0.1),)
    assert timeline.moved([("jawOpen", 4), ("jawOpen", 12)], -9).tracks["jawOpen"][1].frame == 8
    assert timeline.moved([("yaw", 4)], 3) is timeline
    assert timeline.without_key("jawOpen", 4).without_key("jawOpen", 12).tracks == {}


def test_a_sweep_goes_evenly_and_makes_room() -> None:
    timeline = Timeline(length=5).swept("yaw", -30, 30, 31)
    assert timeline.length == 31
    np.testing.assert_allclose([timeline.values(f)["yaw"] for f in range(31)],
                               np.linspace(-30, 30, 31))  # fmt: skip
    with pytest.raises(ParameterError, match="2 frames or more"):
        timeline.swept("yaw", 0, 1, 1)


def test_files_give_back_what_was_written() -> None:
    timeline = Timeline(30, 99, False)
    for frame, easing in enumerate(EASINGS):
        timeline = timeline.with_key("jawOpen", frame, frame / 10, easing)
    assert Timeline.from_bytes(timeline.to_bytes()) == timeline


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tracks": {"jawopen": [[0, 1, "linear"]]}}, "did you mean jawOpen"),
        ({"tracks": {"jawOpen": [[0, 9, "linear"]]}}, "jawOpen cannot be 9 at frame 0"),
        ({"tracks": {"jawOpen": [[0, 0, "bounce"]]}}, "no easing 'bounce'"),
        ({"tracks": {"jawOpen": [[3, 0, "in"], [3, 1, "in"]]}}, "two keys at one frame"),
        ({"tracks": {"jawOpen": [[-1, 0, "in"]]}}, "outside frames"),
        ({"tracks": {"jawOpen": [[0, float("nan"), "in"]]}}, "cannot be nan"),
        ({"tracks": {"jawOpen": [[0]]}}, "damaged"),
        ({"tracks": []}, "damaged"),
        ({"fps": 0}, "0 frames a second"),
        ({"length": 0}, "0 frames"),
        ({"schema": 2}, "newer Mien"),
        ({"schema": "1"}, "not a timeline"),
        ({"fps": None}, "without 'fps'; write it in"),
    ],
)
def test_bad_files_are_one_sentence(change: dict[str, object], words: str) -> None:
    document = {k: v for k, v in (Timeline().to_json() | change).items() if v is not None}
    with pytest.raises(ParameterError, match=words) as error:
        Timeline.from_bytes(json.dumps(document).encode(), "walk.json")
    assert str(error.value).startswith("walk.json") and str(error.value).count(". ") == 0


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ParameterError, match=r"walk\.json is not"):
        Timeline.from_bytes(data, "walk.json")
