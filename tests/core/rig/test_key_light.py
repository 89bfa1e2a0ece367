"""The key light is read back from the light it makes, and moving it moves the bright spot."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from core.rig.key_light import KeyLight, change_key_light, lit_ball, read_key_light
from core.rig.lights import LIGHT_PRESETS


def test_read_inverts_write() -> None:
    key = KeyLight((0.6, 0.0, 0.8), 0.9, (1.0, 0.5, 0.25), 0.3)
    again = read_key_light(key.coefficients())
    assert again.direction == pytest.approx(key.direction, abs=1e-4)
    assert again.intensity == pytest.approx(0.9, abs=1e-4)
    assert again.colour == pytest.approx(key.colour, abs=1e-4)
    assert again.ambient == pytest.approx(0.3, abs=1e-4)


@pytest.mark.parametrize("name", LIGHT_PRESETS)
def test_changing_nothing_changes_nothing(name: str) -> None:
    light = LIGHT_PRESETS[name].coefficients()
    key = read_key_light(light)
    assert np.allclose(change_key_light(light, key, key), light, atol=1e-5)


def test_the_ball_is_bright_where_the_lamp_is() -> None:
    key = KeyLight((0.7, 0.3, 0.65), 0.7, (1.0, 1.0, 1.0), 0.05)
    ball = lit_ball(key.coefficients(), 65).astype(float)
    level = ball[..., :3].sum(-1) * (ball[..., 3] > 250)
    y, x = np.argwhere(level == level.max()).mean(0)
    direction = np.array(key.direction) / np.linalg.norm(key.direction)
    assert ((x - 32) / 31.5, (32 - y) / 31.5) == pytest.approx(direction[:2], abs=0.08)


def test_the_balls_tones_never_burn_out_and_keep_the_order_of_lights() -> None:
    """As bright as photos have it, the lamp's side is told from the rest; more light, brighter."""

    def middle_row(intensity: float, colour: tuple[float, float, float]) -> np.ndarray:
        key = KeyLight((0.7, 0.0, 0.714), intensity, colour, 0.3)
        return lit_ball(key.coefficients(), 65)[32, 2:-2, :3].astype(int)

    rows = [middle_row(level, (1.0, 1.0, 1.0)).mean(-1) for level in (0.5, 1.0, 1.66, 3.0, 5.0)]
    lit = slice(30, None)  # towards the lamp: behind it, two orders of light undershoot
    assert all((b[lit] > a[lit]).all() for a, b in pairwise(rows))
    fitted = rows[2]
    assert fitted.max() < 240 and np.ptp(fitted) > 80
    assert fitted.argmax() < len(fitted) - 1, "the brightest spot is a spot"
    warm = middle_row(3.0, (1.0, 0.5, 0.25)).max(0)
    assert warm[0] > warm[1] + 20 and warm[1] > warm[2] + 20, "the hue is not washed out"


def test_no_lamp_keeps_the_last_direction() -> None:
    flat = LIGHT_PRESETS["flat"].coefficients()
    assert read_key_light(flat, (1.0, 0.0, 0.0)).direction == (1.0, 0.0, 0.0)
