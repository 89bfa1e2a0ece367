"""A face that drives another: the filter, differences on a rig, recordings."""

from __future__ import annotations

import numpy as np
import pytest

from core.motion.driving import Recording, driven
from core.motion.one_euro import OneEuroFilter
from core.motion.timeline import Timeline
from core.rig.table import get_value
from models.face.parameters import FaceParameters


def test_the_filter_is_the_exponential_one_at_rest_speed() -> None:
    smooth, alpha = OneEuroFilter(rest=2.0), 1 / (1 + 1 / (2 * np.pi * 2.0 / 30))
    found = [smooth(np.array([v]), i / 30)[0] for i, v in enumerate([0.0, 1.0, 1.0, 1.0])]
    np.testing.assert_allclose(found, [0, *(1 - (1 - alpha) ** np.arange(1, 4))])


def test_it_calms_noise_and_follows_speed() -> None:
    rng = np.random.default_rng(0)
    calm, quick = OneEuroFilter(rest=1.0, follow=0.5), OneEuroFilter(rest=1.0, follow=0.5)
    noise = rng.normal(0, 0.2, 300)
    rest = np.array([calm(np.array([v]), i / 30)[0] for i, v in enumerate(noise)])
    assert rest[50:].std() < 0.45 * noise.std()
    ramp = np.arange(60) * 2.0
    late = ramp - [quick(np.array([v]), i / 30)[0] for i, v in enumerate(ramp)]
    assert late[-1] / 2 < 1  # less than a frame behind
    assert quick(np.array([9.0]), 0.0)[0] == pytest.approx(ramp[-1] - late[-1])


def test_differences_move_the_rig_within_bounds() -> None:
    base = FaceParameters(pose=np.array([80, 0, 0], np.float32)).with_expression({"jawOpen": 0.4})
    change = np.zeros(51, np.float32)
    change[:] = -0.1
    change[list(range(51))[17]] = 0.8  # jawOpen in ARKit's order
    moved = driven(base, np.array([20, -5, 3]), change)
    np.testing.assert_allclose(moved.pose, [90, -5, 3])
    assert get_value(moved, "jawOpen") == 1
    assert get_value(moved, "browInnerUp") == 0


def test_a_recording_is_laid_over_the_timeline() -> None:
    recording = Recording(start=10, base=FaceParameters())
    for i in range(61):
        pose = np.array([i / 2, 0, 0], np.float32)
        recording.add(100 + i / 60, FaceParameters(pose=pose))
    before = Timeline(24, 20).with_key("yaw", 0, -9).with_key("yaw", 12, 5).with_key("roll", 3, 1)
    after = recording.onto(before)
    assert after.length == 35
    assert after.values(10)["yaw"] == 0 and after.values(34)["yaw"] == pytest.approx(30)
    assert after.values(22)["yaw"] == pytest.approx(15)
    assert after.key_at("yaw", 0) == before.key_at("yaw", 0)
    assert set(after.tracks) == {"yaw", "roll"}
    assert Recording(0, FaceParameters()).onto(before) is before
