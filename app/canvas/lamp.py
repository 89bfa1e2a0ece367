"""The key light under the hand; apart from the other gestures, for it needs arrays."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from app.editor import Editor
from core.rig.key_light import KeyLight, change_key_light, read_key_light
from core.rig.table import PARAMETERS, get_value

DEGREES_PER_PIXEL = 0.5
MAX_ELEVATION = 85.0
# The lamp a drag brings in where the light has none.
_LEAST_LAMP = 0.35


class MoveLight:
    """Right drag: the key light follows the pointer around the head."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._light = editor.parameters.light.copy()
        self._key = read_key_light(self._light)
        x, y, z = self._key.direction
        self._azimuth = math.degrees(math.atan2(x, z))
        self._elevation = math.degrees(math.asin(min(max(y, -1.0), 1.0)))
        editor.begin("Move light")

    def moved(self, dx: float, dy: float, shift: bool) -> None:
        """Right moves the lamp to the picture's right, up moves it up."""
        azimuth = math.radians(self._azimuth + DEGREES_PER_PIXEL * dx)
        height = self._elevation - DEGREES_PER_PIXEL * dy
        elevation = math.radians(min(max(height, -MAX_ELEVATION), MAX_ELEVATION))
        direction = (
            math.sin(azimuth) * math.cos(elevation),
            math.sin(elevation),
            math.cos(azimuth) * math.cos(elevation),
        )
        set_key_light(self._editor, self._light, self._key, replace(self._key, direction=direction))

    def finished(self) -> None:
        """One step."""
        self._editor.end()

    def cancelled(self) -> None:
        """As before."""
        self._editor.cancel()


def set_key_light(
    editor: Editor, light: np.ndarray, old: KeyLight, new: KeyLight, text: str = "Move light"
) -> None:
    """Change the key light of coefficients (9, 3) and give them to the editor."""
    if new.direction != old.direction and new.intensity < _LEAST_LAMP:
        new = replace(new, intensity=_LEAST_LAMP)
    changed = change_key_light(light, old, new)
    mine = replace(editor.parameters, light=changed)
    names = [n for n, entry in PARAMETERS.items() if entry.group == "light"]
    editor.set_values({n: get_value(mine, n) for n in names}, text)
