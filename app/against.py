"""A against B: what is kept of a face's edits, or of people, on the canvas with a line between."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.canvas.compare import Compare
from app.canvas.painting import to_image
from app.canvas.view import Canvas
from app.controller import Controller
from app.editor import Editor
from app.engine_link import EngineLink
from app.people import People
from app.slots import SLOTS
from app.snapshots import Snapshots
from app.widgets.messages import Message
from core.document.state import same_parameters
from core.engine import messages as m
from core.engine.inspection import Previewed
from core.engine.policy import REST_SIZES

# Larger ones would hold the engine up.
_LARGEST = REST_SIZES[1]
_SECONDS = 6.0


class Against(QObject):
    """Asks for the two pictures while they are wanted. ended: an edit wants to be seen instead."""

    ended = Signal()
    message = Signal(object)

    def __init__(
        self, editor: Editor, link: EngineLink, controller: Controller, canvas: Canvas,
        snapshots: Snapshots, people: People,
    ) -> None:  # fmt: skip
        super().__init__()
        self._editor = editor
        self._client = link.client
        self._controller = controller
        self._canvas = canvas
        self._snapshots = snapshots
        self._people = people
        self._keys: dict[str, tuple[object, ...]] = {}
        self._asked: dict[int, str] = {}
        self._pictures: dict[str, QImage] = {}
        self._seen = (editor.person, editor.effective)
        link.arrived.connect(self._arrived)
        editor.changed.connect(self._edited)
        for signal in (controller.pictureShown, canvas.viewChanged, snapshots.changed,
                       people.slots.changed):  # fmt: skip
            signal.connect(self._refresh)

    def begin(self) -> bool:
        """Ask for the pictures; says whether there is both an A and a B."""
        missing = self._missing
        if missing:
            what = "person" if self._editor.person else "edit"
            text = f"Keep this {what} as A and another as B; then the two can be compared."
            if len(missing) == 1:
                text = f"Keep another {what} as {missing[0]} too; then the two can be compared."
            keep = f"Keep as {missing[0]}", partial(self._snapshots.keep, missing[0])
            self.message.emit(Message(text, action=keep, key="against", seconds=_SECONDS))
            return False
        self._seen = (self._editor.person, self._editor.effective)
        self._ask()
        return True

    # Inside.

    @property
    def _missing(self) -> list[str]:
        """The names under which nothing is kept."""
        return [name for name in SLOTS if self._kept(name) is None]

    def _kept(self, name: str) -> tuple[object, m.FaceParameters, np.ndarray | None] | None:
        """What tells one apart, its parameters, and a person's noise."""
        if self._editor.person:
            slot = self._people.slots.get(name)
            return (slot.person, slot.person.parameters, slot.person.noise) if slot else None
        edit = self._snapshots.get(name)
        return (edit, edit.shown(self._editor.baseline), None) if edit else None

    def _refresh(self) -> None:
        if self._canvas.compare() is Compare.AGAINST:
            if self._missing:
                self.ended.emit()
            else:
                self._ask()

    def _ask(self) -> None:
        editor = self._editor
        if editor.photo and not self._controller.has_face():
            return  # the face's first picture will start this again
        wanted = self._canvas.wanted_size()
        size = next((s for s in REST_SIZES if wanted <= s <= _LARGEST), _LARGEST)
        for name in SLOTS:
            kept = self._kept(name)
            if kept is None:
                continue
            key = (editor.photo, editor.document.face, editor.state.method, kept[0], size)
            if self._keys.get(name) != key:
                if self._keys.get(name, ())[:2] != key[:2]:
                    self._pictures.pop(name, None)
                self._keys[name] = key
                request = self._client.preview(kept[1], size, kept[2], whole=True)
                self._asked = {r: n for r, n in self._asked.items() if n != name} | {request: name}
        self._canvas.pictures.kept = (self._pictures.get("A"), self._pictures.get("B"))
        self._canvas.update()

    def _arrived(self, event: object) -> None:
        if isinstance(event, m.Reply) and (name := self._asked.pop(event.id, "")):
            if isinstance(event, Previewed):
                self._pictures[name] = to_image(event.picture)
            self._refresh()

    def _edited(self) -> None:
        """What is kept does not show an edit: the result does."""
        if self._canvas.compare() is Compare.AGAINST:
            (person, parameters), editor = self._seen, self._editor
            if editor.person is not person or not same_parameters(editor.effective, parameters):
                self.ended.emit()
