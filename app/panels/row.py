"""One parameter of the rig: slider, number, menu."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.editor import GROUP_LABELS, Editor
from app.theme import Theme
from app.widgets.menu import PassingMenu
from app.widgets.number import NumberBox
from app.widgets.slider import Slider
from core.rig.table import RigParameter


class ParameterRow(QWidget):
    """Shows one value of the editor and changes it."""

    def __init__(
        self, entry: RigParameter, editor: Editor, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.entry = entry
        self._editor = editor
        self.slider = Slider(entry, theme)
        self.number = NumberBox(entry)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 8, 0)
        row.setSpacing(2)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        s = self.slider
        s.dragStarted.connect(lambda: editor.begin(entry.label))
        s.dragged.connect(lambda value: self._set(value))
        s.dragEnded.connect(editor.end)
        s.dragCancelled.connect(editor.cancel)
        s.stepped.connect(lambda value: self._set(value, merge=entry.name))
        s.resetRequested.connect(self.reset)
        s.menuRequested.connect(self._menu)
        self.number.committed.connect(lambda value: self._set(value))
        self.refresh()

    def refresh(self) -> None:
        """Show the editor's value."""
        name, group = self.entry.name, self.entry.group
        value, default = self._editor.value(name), self._editor.default(name)
        self.slider.set_value(value, default, group in self._editor.state.muted)
        self.number.set_value(value, self._editor.is_changed(name))
        enabled = self._editor.editable and group not in self._editor.locked
        if enabled != self.isEnabled():
            self.setEnabled(enabled)

    def reset(self) -> None:
        """Back to the default."""
        self._editor.end()
        self._editor.reset([self.entry.name], f"Reset {self.entry.label}")

    def menu(self) -> QMenu:
        """Reset, Copy value, Paste value, Reset group."""
        menu = PassingMenu(self)
        reset = menu.addAction("Reset", self.reset)
        reset.setEnabled(self._editor.is_changed(self.entry.name))
        menu.addSeparator()
        menu.addAction("Copy value", self._copy)
        pasted = _clipboard_number()
        paste = menu.addAction("Paste value", lambda: self._set(pasted or 0.0))
        paste.setEnabled(pasted is not None)
        menu.addSeparator()
        group = self.entry.group
        every = menu.addAction(
            f"Reset {GROUP_LABELS[group]}", lambda: self._editor.reset_group(group)
        )
        every.setEnabled(self._editor.is_group_changed(group))
        return menu

    def _menu(self, where: QPoint) -> None:
        self.menu().popup(where)

    def _set(self, value: float, merge: str = "") -> None:
        self._editor.set_values({self.entry.name: value}, self.entry.label, merge)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._editor.value(self.entry.name):g}")


def _clipboard_number() -> float | None:
    try:
        value = float(QGuiApplication.clipboard().text().strip().replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e6 else None
