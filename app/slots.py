"""Two people kept with the document, to come back to and to mix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from app.canvas.painting import to_image
from app.editor import Editor
from app.engine_link import EngineLink
from core.document.encoding import person_from, person_to
from core.document.state import PersonState
from core.engine import messages as m

SECTION = "people"
SLOTS = ("A", "B")


@dataclass(frozen=True, eq=False)
class Slot:
    """A person, what the document keeps of them, and their picture once it is drawn."""

    person: PersonState
    kept: Any
    picture: QImage | None = None


class Slots(QObject):
    """changed: a slot was filled, emptied or drawn."""

    changed = Signal()

    def __init__(self, editor: Editor, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._client = link.client
        self._slots: dict[str, Slot] = {}
        self._drawing: dict[int, tuple[str, Slot]] = {}
        self._generator = False
        link.arrived.connect(self._arrived)
        editor.sectionsChanged.connect(self._read)

    def get(self, name: str) -> Slot | None:
        """What is kept under one of SLOTS."""
        return self._slots.get(name)

    def keep(self, name: str, person: PersonState) -> None:
        """Keep a person; one step."""
        kept = person_to(person)
        self._slots[name] = Slot(person, kept)
        section = {**self._section(), name: kept}
        self._editor.set_section(SECTION, section, f"Keep person {name}")
        self.changed.emit()

    def _section(self) -> dict[str, Any]:
        section = self._editor.document.sections.get(SECTION)
        return section if isinstance(section, dict) else {}

    def _read(self) -> None:
        """The document's slots; what a damaged file holds in their place is passed over."""
        section, before = self._section(), self._slots
        self._slots = {}
        for name in SLOTS:
            kept, old = section.get(name), before.get(name)
            if old and old.kept == kept:
                self._slots[name] = old
            elif kept is not None:
                try:
                    self._slots[name] = Slot(person_from(kept), kept)
                except (KeyError, TypeError, ValueError, AttributeError):
                    continue
        self._draw()
        self.changed.emit()

    def _draw(self) -> None:
        """Ask for the pictures that are missing, once there is a generator."""
        for pair in self._slots.items():
            slot = pair[1]
            if self._generator and slot.picture is None and pair not in self._drawing.values():
                request = self._client.draw_person(slot.person.parameters, slot.person.noise)
                self._drawing[request] = pair

    def _arrived(self, event: object) -> None:
        if isinstance(event, m.GeneratorState):
            self._generator = not event.reason
            self._draw()
        elif isinstance(event, m.Reply) and event.id in self._drawing:
            name, slot = self._drawing.pop(event.id)
            if self._slots.get(name) is slot and isinstance(event, m.PersonDrawn):
                self._slots[name] = replace(slot, picture=to_image(event.picture))
                self.changed.emit()
