"""The key light inside 27 coefficients: reading it, moving it, and drawing a lit ball.

The part of a lighting that one lamp and an even ambient light explain is changed; what remains
(a second lamp, a coloured wall) stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.face.lighting import BAND_0, directional_light, linear_to_srgb, sh_basis

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_BALL_ALBEDO = 0.5


@dataclass(frozen=True)
class KeyLight:
    """One lamp and an ambient light.

    direction: unit vector towards the lamp, camera frame. intensity: radiance of a white surface
    that faces it. colour: linear RGB, its largest 1. ambient: radiance from everywhere.
    """

    direction: tuple[float, float, float]
    intensity: float
    colour: tuple[float, float, float]
    ambient: float

    def coefficients(self) -> np.ndarray:
        """SH coefficients (9, 3); the ambient light is white."""
        lamp = directional_light(np.array(self.direction), self.intensity, self.colour)
        lamp[0] += self.ambient / BAND_0
        return lamp


def read_key_light(
    light: np.ndarray, fallback: tuple[float, float, float] = (0.0, 0.0, 1.0)
) -> KeyLight:
    """The key light of coefficients (9, 3); fallback is its direction where there is none."""
    light = np.asarray(light, np.float64)
    toward = np.stack([-light[3], -light[1], light[2]])
    vector = toward @ _LUMINANCE
    length = float(np.linalg.norm(vector))
    direction = vector / length if length > 1e-4 else np.array(fallback, np.float64)
    unit = directional_light(direction, 1.0)[:, 0].astype(np.float64)
    strength = float(np.linalg.norm(unit[1:4]))
    channels = np.maximum(direction @ toward / strength, 0)
    intensity = float(channels.max())
    colour = channels / intensity if intensity > 1e-6 else np.ones(3)
    ambient = float(((light[0] - unit[0] * channels) * BAND_0) @ _LUMINANCE)
    x, y, z = (float(v) for v in direction)
    r, g, b = (float(v) for v in colour)
    return KeyLight((x, y, z), intensity, (r, g, b), ambient)


def change_key_light(light: np.ndarray, old: KeyLight, new: KeyLight) -> np.ndarray:
    """Coefficients (9, 3) float32 with the old key light taken out and the new one put in."""
    return (light - old.coefficients() + new.coefficients()).astype(np.float32)


@lru_cache(maxsize=4)
def _ball_basis(size: int) -> tuple[np.ndarray, np.ndarray]:
    centre, radius = (size - 1) / 2, size / 2 - 1
    y, x = (np.mgrid[:size, :size] - centre) / radius
    away = np.hypot(x, y)
    z = np.sqrt(np.maximum(1 - away**2, 0))
    normals = np.stack([x, -y, z], -1)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)
    alpha = np.clip((1 - away) * radius + 0.5, 0, 1)
    return sh_basis(normals), (alpha * 255).astype(np.uint8)


def lit_ball(light: np.ndarray, size: int) -> np.ndarray:
    """A matte ball under coefficients (9, 3), as (size, size, 4) uint8 sRGB with alpha.

    Its tones are film's, 1 - exp(-radiance) at each pixel's brightest channel, the hue kept: a
    stronger light is always brighter and never burns out, so that its shape is seen.
    """
    basis, alpha = _ball_basis(size)
    radiance = np.maximum(basis @ np.asarray(light, np.float32), 0) * _BALL_ALBEDO
    brightest = np.maximum(radiance.max(-1, keepdims=True), 1e-6)
    toned = radiance * (-np.expm1(-brightest) / brightest)
    colour = (linear_to_srgb(toned) * 255 + 0.5).astype(np.uint8)
    return np.dstack([colour, alpha])
