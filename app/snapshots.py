"""Edits A and B of a face: kept with the document, to switch between and to mix."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.editor import GROUP_LABELS, Editor
from app.people import People
from app.slots import SLOTS
from app.widgets.messages import Message
from core.document.encoding import edit_from, edit_to, parameters_from
from core.document.project import carry_over
from core.document.state import EditState, same_parameters
from core.engine.messages import FaceParameters
from core.rig.table import values

SECTION = "snapshots"


class Snapshots(QObject):
    """changed: a slot was filled or emptied, or another face is edited.

    With a generated person A and B are people; `keep` and `switch` serve both.
    """

    changed = Signal()
    message = Signal(object)

    def __init__(self, editor: Editor, people: People, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._people = people
        self._edits: dict[str, EditState] = {}
        self._kept: dict[str, Any] = {}
        self._fit = editor.baseline
        self._last = SLOTS[1]
        self.share = 0.0
        editor.sectionsChanged.connect(self._read)
        editor.photoChanged.connect(self._read)

    def get(self, name: str) -> EditState | None:
        """The edit kept under one of SLOTS for the face that is edited."""
        return self._edits.get(name)

    @property
    def mixable(self) -> bool:
        """Whether both slots are filled."""
        return len(self._edits) == len(SLOTS)

    def keep(self, name: str) -> None:
        """Keep the present edit, or the present person; one step."""
        editor = self._editor
        self._last = name
        if editor.person:
            self._people.store(name)
        elif editor.editable:
            fitted = values(editor.baseline)
            edits = {**self._section(), name: {**edit_to(editor.state), "fitted": fitted}}
            section = {**self._sections(), str(editor.document.face): edits}
            self.share = float(SLOTS.index(name))
            editor.set_section(SECTION, section, f"Keep edit {name}")

    def show(self, name: str) -> None:
        """The edit of a slot again; one step."""
        edit = self.get(name)
        if edit:
            self._last, self.share = name, float(SLOTS.index(name))
            self._editor.set_state(edit, f"Edit {name}")
            self.changed.emit()

    def look(self, name: str | None) -> None:
        """Show the edit of a slot without a step; None: no longer."""
        edit = self.get(name) if name else None
        self._editor.trial.look_at(self._editor.with_locks(edit) if edit else None)

    def switch(self) -> None:
        """From A to B and back, of the edit or of people."""
        slots = self._people.slots if self._editor.person else self
        other = SLOTS[1 - SLOTS.index(self._last)]
        filled = [name for name in (other, self._last) if slots.get(name)]
        if not filled:
            self.message.emit(Message("Nothing is kept as A or B yet; keep something first."))
        elif self._editor.person:
            self._last = filled[0]
            self._people.show(filled[0])
        else:
            self.show(filled[0])

    def begin_mix(self) -> None:
        """The slider between the slots is taken up."""
        if self.mixable:
            self._editor.begin("Between A and B")

    def mix(self, share: float) -> None:
        """An edit between A (0) and B (1); inside a drag or as one step."""
        a, b = (self.get(name) for name in SLOTS)
        if a and b:
            self.share = min(max(share, 0.0), 1.0)
            between = a.parameters.blend(b.parameters, self.share)
            self._editor.set_groups(GROUP_LABELS, between, "Between A and B")
            self.changed.emit()

    def end_mix(self) -> None:
        """The slider between the slots is let go."""
        self._editor.end()

    def _sections(self) -> dict[str, Any]:
        section = self._editor.document.sections.get(SECTION)
        return section if isinstance(section, dict) else {}

    def _section(self) -> dict[str, Any]:
        section = self._sections().get(str(self._editor.document.face))
        return section if isinstance(section, dict) else {}

    def _read(self) -> None:
        """The face's slots; what a damaged file holds in their place is passed over."""
        section, fit = self._section(), self._editor.baseline
        same = same_parameters(fit, self._fit)
        if same and section == self._kept:
            return
        found: dict[str, EditState] = {}
        for name in SLOTS:
            kept = section.get(name)
            if same and kept == self._kept.get(name) and name in self._edits:
                found[name] = self._edits[name]
            elif kept is not None:
                try:
                    found[name] = _on(fit, kept)
                except (KeyError, TypeError, ValueError, AttributeError):
                    continue
        self._edits, self._kept, self._fit = found, section, fit
        self.changed.emit()


def _on(fit: FaceParameters, kept: Any) -> EditState:
    """An edit as it was kept; on a face that is fitted otherwise now it changes by as much."""
    edit = edit_from(kept)
    if "fitted" not in kept:
        return edit
    fitted = parameters_from(kept["fitted"])
    return replace(edit, parameters=carry_over(edit.parameters, fitted, fit))
