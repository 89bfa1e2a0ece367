"""Named lights as spherical harmonics: each is a few lamps around the camera.

Left and right are the picture's here, since the light stays when the head turns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from core.errors import ParameterError
from models.face.lighting import directional_light, sh_basis
from models.face.parameters import neutral_light

Colour = tuple[float, float, float]

WHITE: Colour = (1.0, 1.0, 1.0)
WARM: Colour = (1.0, 0.78, 0.55)
GOLD: Colour = (1.0, 0.62, 0.32)
COOL: Colour = (0.72, 0.86, 1.0)
SKY: Colour = (0.80, 0.90, 1.0)
MOON: Colour = (0.50, 0.64, 1.0)
PINK: Colour = (1.0, 0.35, 0.62)
CYAN: Colour = (0.25, 0.75, 1.0)


@dataclass(frozen=True)
class Lamp:
    """One distant lamp.

    azimuth: degrees from the camera's direction to the image right. elevation: degrees upwards.
    intensity: radiance of a white surface that faces it. colour: linear RGB.
    """

    azimuth: float
    elevation: float
    intensity: float
    colour: Colour = WHITE

    @property
    def direction(self) -> np.ndarray:
        """Unit vector (3,) towards the lamp, camera frame."""
        a, e = np.radians((self.azimuth, self.elevation))
        return np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])


@dataclass(frozen=True)
class LightPreset:
    """A named light: lamps and the radiance that comes from everywhere (linear RGB)."""

    label: str
    lamps: tuple[Lamp, ...]
    ambient: float
    ambient_colour: Colour = WHITE

    def coefficients(self, photo: np.ndarray | None = None) -> np.ndarray:
        """SH coefficients (9, 3), linear light, camera frame.

        photo: the light (9, 3) fitted to a photo, whose exposure and white balance the preset
        takes over; without it the preset is as it stands.
        """
        total = directional_light(np.array([0.0, 0.0, 1.0]), 0.0, self.ambient_colour, self.ambient)
        for lamp in self.lamps:
            total = total + directional_light(lamp.direction, lamp.intensity, lamp.colour)
        return total.astype(np.float32) if photo is None else exposed_like(total, photo)


def exposed_like(light: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """A light (9, 3) at the exposure and white balance of a photo whose fitted light is given.

    How bright skin is and how bright its light cannot be told apart in one photo: what the
    fit took for light is the measure. The default light at the default exposure is 1.
    """
    usual = facing_level(neutral_light())
    gain = np.clip(facing_level(photo) / usual, 0.05, 20.0)
    return (np.asarray(light) * gain).astype(np.float32)


def light_of_another(light: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """The light (9, 3) fitted to another photo, as bright as this photo's, its colour kept."""
    gain = float(facing_level(photo).mean() / max(float(facing_level(light).mean()), 1e-3))
    return (np.asarray(light) * np.clip(gain, 0.05, 20.0)).astype(np.float32)


def facing_level(light: np.ndarray) -> np.ndarray:
    """(3,) mean shading of a face that looks at the camera: over normals up to 60 degrees off."""
    turn, lean = np.meshgrid(np.radians(np.arange(0, 360, 15)), np.radians([10, 25, 40, 55]))
    normals = np.stack(
        [np.sin(lean) * np.cos(turn), np.sin(lean) * np.sin(turn), np.cos(lean)], axis=-1
    )
    weight = np.sin(lean)[..., None]
    shading = np.maximum(sh_basis(normals) @ np.asarray(light, np.float32), 0)
    return np.asarray((shading * weight).sum((0, 1)) / weight.sum())


_PRESETS: dict[str, LightPreset] = {
    "studio": LightPreset("Studio", (Lamp(-35, 30, 0.75), Lamp(45, 10, 0.25)), 0.28),
    "soft-front": LightPreset("Soft front", (Lamp(0, 20, 0.45),), 0.60),
    "flat": LightPreset("Flat", (), 1.0),
    "left": LightPreset("From left", (Lamp(-75, 15, 1.05),), 0.16),
    "right": LightPreset("From right", (Lamp(75, 15, 1.05),), 0.16),
    "top": LightPreset("From above", (Lamp(0, 70, 1.15),), 0.20),
    "below": LightPreset("From below", (Lamp(0, -55, 0.95),), 0.16),
    "rembrandt": LightPreset("Rembrandt", (Lamp(-50, 42, 1.10),), 0.14),
    "rim": LightPreset("Rim", (Lamp(-120, 20, 1.1), Lamp(120, 20, 1.1), Lamp(0, 10, 0.2)), 0.16),
    "warm-right": LightPreset("Warm right", (Lamp(60, 20, 1.05, WARM),), 0.26, COOL),
    "cool-left": LightPreset("Cool left", (Lamp(-60, 20, 1.05, COOL),), 0.24, WARM),
    "sunset": LightPreset("Sunset", (Lamp(70, 8, 1.25, GOLD),), 0.26, (0.75, 0.70, 0.85)),
    "overcast": LightPreset("Overcast", (Lamp(0, 75, 0.55, SKY),), 0.55, SKY),
    "window": LightPreset("Window", (Lamp(-65, 20, 0.95, SKY),), 0.22, (1.0, 0.93, 0.84)),
    "candle": LightPreset("Candle", (Lamp(-20, -30, 0.85, GOLD),), 0.10, WARM),
    "moonlight": LightPreset("Moonlight", (Lamp(-40, 50, 0.55, MOON),), 0.12, MOON),
    "neon": LightPreset("Neon", (Lamp(-70, 5, 0.95, PINK), Lamp(70, 5, 0.95, CYAN)), 0.12),
}

LIGHT_PRESETS: Mapping[str, LightPreset] = MappingProxyType(_PRESETS)


def light_preset(name: str, photo: np.ndarray | None = None) -> np.ndarray:
    """SH coefficients (9, 3) of a named light, exposed like a photo's light (9, 3) when given.

    Raises ParameterError.
    """
    preset = LIGHT_PRESETS.get(name)
    if preset is None:
        raise ParameterError(
            f"There is no light {name!r}; choose one of {', '.join(LIGHT_PRESETS)}."
        )
    return preset.coefficients(photo)
