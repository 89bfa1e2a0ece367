"""What the mouse means on the canvas, as small objects that live from press to release."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt

from app.canvas.viewport import Viewport
from app.editor import Editor
from core.rig.table import PARAMETERS

DEGREES_PER_PIXEL = 0.25
# What a drag with a button changes.
EDITED = {Qt.MouseButton.LeftButton: "pose", Qt.MouseButton.RightButton: "light"}


class Gesture(Protocol):
    """moved gets the distance from the press in canvas px, and whether Shift is held."""

    def moved(self, dx: float, dy: float, shift: bool) -> None:
        """Follow the mouse."""

    def finished(self) -> None:
        """The button went up."""

    def cancelled(self) -> None:
        """Esc: everything as before."""


class TurnHead:
    """Left drag: yaw and pitch; with Shift roll."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._start = {n: editor.value(n) for n in ("yaw", "pitch", "roll")}
        editor.begin("Turn head")

    def moved(self, dx: float, dy: float, shift: bool) -> None:
        """The nose follows the pointer."""
        change = {"roll": dx} if shift else {"yaw": dx, "pitch": -dy}
        values = {}
        for name, start in self._start.items():
            low, high = PARAMETERS[name].soft
            wanted = start + DEGREES_PER_PIXEL * change.get(name, 0.0)
            values[name] = min(max(wanted, min(low, start)), max(high, start))
        self._editor.set_values(values, "Turn head")

    def finished(self) -> None:
        """One step."""
        self._editor.end()

    def cancelled(self) -> None:
        """As before."""
        self._editor.cancel()


class Pan:
    """Middle drag, or left drag with Space held."""

    def __init__(self, owner: PanOwner) -> None:
        self._owner = owner
        self._start = owner.viewport

    def moved(self, dx: float, dy: float, shift: bool) -> None:
        """The picture follows the pointer."""
        self._owner.set_viewport(self._start.moved(dx, dy))

    def finished(self) -> None:
        """Nothing more."""

    def cancelled(self) -> None:
        """As before."""
        self._owner.set_viewport(self._start)


class PanOwner(Protocol):
    """Whoever can be panned."""

    viewport: Viewport

    def set_viewport(self, viewport: Viewport) -> None:
        """Show another part."""


def edit_gesture(group: str, editor: Editor) -> Gesture:
    """The beginning of a drag that changes one of EDITED."""
    if group == "pose":
        return TurnHead(editor)
    from app.canvas.lamp import MoveLight

    return MoveLight(editor)
