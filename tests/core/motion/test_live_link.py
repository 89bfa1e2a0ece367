"""Takes as the Live Link Face app writes them: a hand-made one, its variants, and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ParameterError
from core.motion.live_link import HEADER, read_take, write_take
from core.motion.thinning import thinned
from core.motion.timeline import Timeline, value_at
from core.rig.table import get_value
from models.face.parameters import FaceParameters

# Written down from a file of the app, version 1.3.
APP_HEADER = (
    "Timecode,BlendShapeCount,EyeBlinkLeft,EyeLookDownLeft,EyeLookInLeft,EyeLookOutLeft,"
    "EyeLookUpLeft,EyeSquintLeft,EyeWideLeft,EyeBlinkRight,EyeLookDownRight,EyeLookInRight,"
    "EyeLookOutRight,EyeLookUpRight,EyeSquintRight,EyeWideRight,JawForward,JawRight,JawLeft,"
    "JawOpen,MouthClose,MouthFunnel,MouthPucker,MouthRight,MouthLeft,MouthSmileLeft,"
    "MouthSmileRight,MouthFrownLeft,MouthFrownRight,MouthDimpleLeft,MouthDimpleRight,"
    "MouthStretchLeft,MouthStretchRight,MouthRollLower,MouthRollUpper,MouthShrugLower,"
    "MouthShrugUpper,MouthPressLeft,MouthPressRight,MouthLowerDownLeft,MouthLowerDownRight,"
    "MouthUpperUpLeft,MouthUpperUpRight,BrowDownLeft,BrowDownRight,BrowInnerUp,BrowOuterUpLeft,"
    "BrowOuterUpRight,CheekPuff,CheekSquintLeft,CheekSquintRight,NoseSneerLeft,NoseSneerRight,"
    "TongueOut,HeadYaw,HeadPitch,HeadRoll,LeftEyeYaw,LeftEyePitch,LeftEyeRoll,RightEyeYaw,"
    "RightEyePitch,RightEyeRoll"
)
NAMES = APP_HEADER.split(",")[2:]


def row(code: str, **values: float) -> str:
    """A row of the app."""
    return f"{code},61," + ",".join(f"{values.get(n, 0.0):.10f}" for n in NAMES)


HAND_MADE = "\n".join([
    APP_HEADER,
    row("23:59:58:30.250", JawOpen=0.1, MouthSmileLeft=0.6, HeadYaw=0.2),
    row("23:59:59:00.250", JawOpen=0.5, MouthSmileLeft=0.6, HeadPitch=-0.1),
    "23:59:59:10.250,0," + "," * 60,
    row("23:59:59:30.250", JawOpen=0.3, MouthSmileLeft=0.6, HeadRoll=0.3, TongueOut=0.5),
    row("00:00:00:00.250", JawOpen=0.9, JawLeft=0.25, MouthSmileLeft=0.6),
    row("00:00:00:00.250", JawOpen=0.7, JawLeft=0.25, MouthSmileLeft=0.6),
    "",
]).encode()  # fmt: skip


def test_a_hand_made_take_is_read_as_written() -> None:
    take = read_take(HAND_MADE, "take.csv")
    np.testing.assert_allclose(take.times, [0, 0.5, 1, 1.5], atol=1e-9)
    np.testing.assert_allclose(take.curves["jawOpen"], [0.1, 0.5, 0.3, 0.7])
    np.testing.assert_allclose(take.curves["jawLeft"], [0, 0, 0, 0.25])
    assert take.fps == 2
    assert take.notes == ("tongueOut is left out: the face model has no tongue.",)


def test_signs_of_the_head_are_those_of_the_conventions() -> None:
    curves = read_take(HAND_MADE).curves
    degrees = 180 / np.pi
    np.testing.assert_allclose(curves["yaw"][0], -0.2 * degrees)
    np.testing.assert_allclose(curves["pitch"][1], 0.1 * degrees)
    np.testing.assert_allclose(curves["roll"][2], 0.3 * degrees)


def test_the_timeline_goes_straight_between_the_rows() -> None:
    timeline = read_take(HAND_MADE).timeline(60)
    assert (timeline.fps, timeline.length) == (60, 91)
    assert timeline.value("jawOpen", 45) == pytest.approx(0.4)
    assert timeline.value("yaw", 15) == pytest.approx(np.degrees(-0.1))
    assert len(timeline.tracks["mouthSmileLeft"]) == 2
    assert "mouthSmileRight" not in timeline.tracks


def test_a_mirrored_take_swaps_the_sides() -> None:
    curves = read_take(HAND_MADE).mirrored().curves
    np.testing.assert_allclose(curves["mouthSmileRight"], 0.6)
    np.testing.assert_allclose(curves["jawRight"], [0, 0, 0, 0.25])
    assert curves["yaw"][0] > 0 > curves["roll"][2]


def test_a_recentred_take_begins_straight() -> None:
    curves = read_take(HAND_MADE).recentred().curves
    np.testing.assert_allclose(curves["yaw"], np.degrees([0, 0.2, 0.2, 0.2]))


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("\n", "\r\n"),
        lambda t: "\ufeff" + t,
        lambda t: t.replace(",", ";").replace(".", ","),
        lambda t: t.replace(APP_HEADER, APP_HEADER.lower()),
        lambda t: t.replace("SmileLeft", "Smile_L").replace("JawOpen", "jaw open"),
        lambda t: t.replace(":30.250", ";30.250"),
        lambda t: t.replace("RightEyeRoll", "RightEyeRoll,Device") + "\n\n",
    ],
)
def test_variants_of_the_app_and_of_spreadsheets(change) -> None:  # type: ignore[no-untyped-def]
    take, plain = read_take(change(HAND_MADE.decode()).encode()), read_take(HAND_MADE)
    np.testing.assert_allclose(take.times, plain.times)
    assert take.curves.keys() == plain.curves.keys()
    for name, curve in plain.curves.items():
        np.testing.assert_allclose(take.curves[name], curve)


def test_missing_columns_and_time_codes_are_made_up_for() -> None:
    take = read_take(b"JawOpen,MouthClose\n0,0.5\n1,0.5\n")
    np.testing.assert_allclose(take.times, [0, 1 / 60])
    assert set(take.curves) == {"jawOpen", "mouthClose"}
    assert take.notes[0].startswith("Missing columns stay at rest: eyeBlinkLeft")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xd8\xff\xe0" * 9, "is not a CSV text"),
        (b"", "no column of a blend shape"),
        (b"time,x\n1,2\n", "no column of a blend shape"),
        (HAND_MADE.splitlines()[0], "no face in any frame"),
        (HAND_MADE.replace(b"0.7000000000", b"oops"), "no number but 'oops' in row 7, column jaw"),
        (HAND_MADE.replace(b"0.7000000000", b"nan"), "no number but 'nan' in row 7"),
        (HAND_MADE.replace(b"0.7000000000", b""), "no number but '' in row 7"),
    ],
)
def test_bad_files_are_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(ParameterError, match=words) as error:
        read_take(data, "take.csv")
    assert str(error.value).startswith("take.csv") and str(error.value).count(". ") == 0


def test_what_is_written_has_the_apps_columns_and_comes_back() -> None:
    base = FaceParameters(pose=np.array([5, 0, -8], np.float32)).with_expression({"jawOpen": 0.3})
    timeline = Timeline(30, 20).swept("pitch", -10, 20).swept("eyeLookOutLeft", 0, 1)
    data = write_take(timeline, base)
    header, first = data.decode().splitlines()[:2]
    assert header == APP_HEADER == ",".join(HEADER)
    assert first.startswith("00:00:00:00.000,61,") and len(first.split(",")) == 63
    take = read_take(data)
    assert take.fps == 30 and len(take.times) == 20
    for frame in (0, 7, 19):
        shown = timeline.at(base, frame)
        for name in ("yaw", "pitch", "roll", "jawOpen", "eyeLookOutLeft"):
            assert take.curves[name][frame] == pytest.approx(get_value(shown, name), abs=1e-6)
    # The app's eyes turn to the subject's right for positive yaw.
    last = dict(zip(HEADER, data.decode().splitlines()[-1].split(","), strict=True))
    assert float(last["LeftEyeYaw"]) == pytest.approx(-0.58)


def test_thinned_curves_stay_within_the_tolerance() -> None:
    frames = np.arange(400)
    curve = np.sin(frames / 17) + 0.3 * np.sin(frames / 3)
    track = thinned(curve, 0.02)
    back = np.array([value_at(track, float(f)) for f in frames])
    assert np.abs(back - curve).max() <= 0.02
    assert len(track) < 200
