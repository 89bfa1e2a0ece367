"""Looking at a preset, or at what is kept as A or B, before it is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    import numpy as np

    from app.editor import Editor
    from core.document.state import EditState, PersonState
    from core.engine.terms import FaceParameters

# A pointer that only passes by shows nothing.
_REST_MS = 80


@dataclass(frozen=True, eq=False)
class Look:
    """What is rendered for a while. noise: of a person, (N,) float32; None without one."""

    parameters: FaceParameters
    noise: np.ndarray | None


class Trial(QObject):
    """What the picture shows and the document does not hold; any change ends it.

    changed: the picture is of others now.
    """

    changed = Signal()

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._look: Look | None = None
        self._wanted: Look | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_REST_MS)
        self._timer.timeout.connect(self._show)
        editor.changed.connect(self._end)

    @property
    def active(self) -> bool:
        """Whether something is looked at."""
        return self._look is not None

    @property
    def shown(self) -> FaceParameters:
        """What is to be rendered."""
        return self._look.parameters if self._look else self._editor.effective

    @property
    def noise(self) -> np.ndarray | None:
        """The code of the person to be rendered, (N,) float32; None without one."""
        person = self._editor.person
        return self._look.noise if self._look else person.noise if person else None

    def look(self, parameters: FaceParameters | None) -> None:
        """Show the face at parameters as soon as the pointer rests; None: as it is."""
        state = self._editor.state
        self.look_at(replace(state, parameters=parameters) if parameters else None)

    def look_at(self, state: EditState | None) -> None:
        """The same for a whole edit."""
        editor, person = self._editor, self._editor.person
        noise = person.noise if person else None
        self._want(Look(state.shown(editor.baseline), noise) if state else None)

    def look_at_person(self, person: PersonState | None) -> None:
        """The same for a person."""
        self._want(Look(person.parameters, person.noise) if person else None)

    def _want(self, look: Look | None) -> None:
        editor = self._editor
        busy = editor.dragging or editor.playing or not editor.editable
        self._wanted = None if busy else look
        self._timer.start()

    def _show(self) -> None:
        if self._look is not self._wanted:
            self._look = self._wanted
            self.changed.emit()

    def _end(self) -> None:
        self._look = self._wanted = None
