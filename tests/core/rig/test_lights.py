"""Named lights are believable, and shine from where their names say."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ParameterError
from core.rig.lights import LIGHT_PRESETS, facing_level, light_of_another, light_preset
from models.face.lighting import sh_basis
from models.face.parameters import neutral_light

LEFT, RIGHT = [-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]
TOP, BELOW, FRONT = [0.0, 1.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]


def _irradiance(name: str, normals: list[list[float]]) -> np.ndarray:
    return np.asarray(sh_basis(np.array(normals)) @ light_preset(name))


@pytest.mark.parametrize("name", LIGHT_PRESETS)
def test_no_preset_is_black_blown_out_or_negative(name: str) -> None:
    normals = np.random.default_rng(0).standard_normal((500, 3))
    normals[:, 2] = np.abs(normals[:, 2])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    shading = sh_basis(normals) @ light_preset(name)
    assert shading.min() > 0.01
    assert shading.max() < 1.6
    assert 0.15 < shading.mean() < 1.2
    assert light_preset(name).shape == (9, 3)


@pytest.mark.parametrize(
    ("name", "bright", "dark"),
    [("left", LEFT, RIGHT), ("right", RIGHT, LEFT), ("top", TOP, BELOW), ("below", BELOW, TOP),
     ("rim", LEFT, FRONT), ("overcast", TOP, BELOW), ("window", LEFT, RIGHT)],
)  # fmt: skip
def test_light_comes_from_where_the_name_says(
    name: str, bright: list[float], dark: list[float]
) -> None:
    lit, shaded = _irradiance(name, [bright, dark])
    assert lit.mean() > 1.5 * shaded.mean()


def test_colours() -> None:
    warm, cool = _irradiance("warm-right", [RIGHT])[0], _irradiance("cool-left", [LEFT])[0]
    assert warm[0] > 1.2 * warm[2]
    assert cool[2] > 1.1 * cool[0]


def test_unknown_light() -> None:
    with pytest.raises(ParameterError, match="choose one of studio"):
        light_preset("disco")


def test_a_preset_takes_over_the_photos_exposure_and_white_balance() -> None:
    neutral = neutral_light()
    assert np.allclose(light_preset("left", neutral), light_preset("left"), atol=1e-5)
    dim_and_warm = neutral * np.array([0.5, 0.4, 0.3])
    ratio = light_preset("left", dim_and_warm) / light_preset("left")
    assert np.allclose(ratio, [[0.5, 0.4, 0.3]], atol=1e-4)


def test_a_borrowed_light_keeps_its_colour_at_the_photos_brightness() -> None:
    neutral, sunset = neutral_light(), light_preset("sunset")
    taken = light_of_another(4 * sunset, neutral)
    assert facing_level(taken).mean() == pytest.approx(facing_level(neutral).mean(), rel=1e-4)
    assert np.allclose(taken / sunset, (taken / sunset)[0, 0], atol=1e-4)
