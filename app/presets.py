"""Applying presets to the present face, blended, as one step that can be adjusted afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QSignalBlocker, Signal

from app.editor import GROUP_LABELS, Editor
from app.widgets.messages import Message
from core.engine.messages import FaceParameters
from core.rig.library import Preset


@dataclass(frozen=True)
class _Applied:
    """The preset applied last, and where the history stood after it. text: its step's."""

    preset: Preset
    index: int
    text: str


class Presets(QObject):
    """blend: how much of a preset is taken, 0 to 1. changed: the blend, or what it belongs to."""

    changed = Signal()
    message = Signal(object)

    def __init__(self, editor: Editor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._last: _Applied | None = None
        self._before = editor.parameters
        self._dragging = False
        self.blend = 1.0

    def apply(self, preset: Preset) -> None:
        """Take a preset over at the present blend; one step."""
        locked = [g for g in preset.excerpt.groups if g in self._editor.locked]
        if locked:
            names = " and ".join(GROUP_LABELS[g] for g in locked)
            text = f"{names} is locked, so the preset leaves it as it is."
            self.message.emit(Message(text, key="locked", seconds=6))
        self._take(preset)

    def look(self, preset: Preset | None) -> None:
        """Show what a preset would do at the present blend, without a step; None: no longer."""
        self._editor.trial.look(self._made(preset, self._editor.parameters) if preset else None)

    @property
    def adjustable(self) -> Preset | None:
        """The preset that the blend slider changes: the last step's."""
        history, last = self._editor.history, self._last
        here = last and (history.index(), history.undoText()) == (last.index, last.text)
        return last.preset if last and here else None

    def begin(self) -> None:
        """The blend slider is taken up: the last step, if it is a preset's, is made anew."""
        preset = self.adjustable
        if preset and not self._dragging:
            self._dragging = True
            self._take_back()
            self._before = self._editor.parameters
            self._editor.begin(preset.title)
            self._set(preset)

    def set_blend(self, blend: float) -> None:
        """How much of a preset is taken, 0 to 1; inside a drag or as one step."""
        self.blend = min(max(blend, 0.0), 1.0)
        preset = self._last.preset if self._last else None
        if self._dragging and preset:
            self._set(preset)
        elif adjustable := self.adjustable:
            self._take_back()
            self._take(adjustable)
        self.changed.emit()

    def end(self) -> None:
        """The blend slider is let go."""
        if self._dragging and self._last:
            self._dragging = False
            self._editor.end()
            self._remember(self._last.preset)

    def cancel(self) -> None:
        """The blend slider's drag is given up: the preset comes back as it was."""
        if self._dragging:
            self._dragging = False
            with QSignalBlocker(self._editor):
                self._editor.cancel()
            self._editor.history.redo()

    def _take(self, preset: Preset) -> None:
        self._before = self._editor.parameters
        self._set(preset)
        self._remember(preset)
        self.changed.emit()

    def _set(self, preset: Preset) -> None:
        made = self._made(preset, self._before)
        self._editor.set_groups(preset.excerpt.groups, made, self._text(preset))

    def _made(self, preset: Preset, before: FaceParameters) -> FaceParameters:
        """A preset on a face, at the present blend."""
        editor = self._editor
        return preset.excerpt.onto(before, editor.baseline, self.blend, editor.locked)

    def _remember(self, preset: Preset) -> None:
        self._last = _Applied(preset, self._editor.history.index(), self._text(preset))

    def _take_back(self) -> None:
        """The next picture is that of the new blend."""
        sections = self._editor.document.sections
        with QSignalBlocker(self._editor):
            self._editor.history.undo()
        if self._editor.document.sections is not sections:
            self._editor.sectionsChanged.emit()  # its keys are gone

    def _text(self, preset: Preset) -> str:
        return f"{preset.title} {round(100 * self.blend)} %"
