"""Choosing groups of the rig: for a preset to save, or an edit to paste."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.editor import GROUP_LABELS
from app.theme import Theme
from app.widgets.check import CheckBox

# A space and the buttons.
_FOOT = 2


class GroupsDialog(QDialog):
    """A check box for each group; those that cannot be chosen are disabled."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        button: str,
        groups: Collection[str],
        chosen: Collection[str],
        done: Callable[[GroupsDialog], object],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self._theme = theme
        self.boxes: dict[str, CheckBox] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(18, 16, 18, 14)
        self._column.setSpacing(10)
        self.setMinimumWidth(300)
        for group, label in GROUP_LABELS.items():
            box = CheckBox(theme, label, "")
            box.setEnabled(group in groups)
            box.setChecked(group in chosen and group in groups)
            box.toggled.connect(self._refresh)
            self.boxes[group] = box
            self._column.addWidget(box)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = self._buttons.addButton(button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.accept_button.setObjectName("primary")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._column.addSpacing(8)
        self._column.addWidget(self._buttons)
        self.accepted.connect(lambda: done(self))
        self.finished.connect(self.deleteLater)
        self._refresh()

    def add_name(self, name: str) -> QLineEdit:
        """A field above the groups."""
        field = QLineEdit(name)
        field.setAccessibleName("Name")
        field.setPlaceholderText("Name")
        field.selectAll()
        self._column.insertWidget(0, field)
        self._column.insertSpacing(1, 4)
        field.setFocus()
        return field

    def add_choice(self, text: str, tip: str) -> CheckBox:
        """A check box below the groups, parted from them."""
        box = CheckBox(self._theme, text, tip)
        rule = QFrame()
        rule.setObjectName("rule")
        rule.setFixedHeight(1)
        for widget in (rule, box):
            self._column.insertWidget(self._column.count() - _FOOT, widget)
        return box

    def add_note(self, text: str) -> None:
        """A sentence below the groups."""
        note = QLabel(text)
        note.setObjectName("muted")
        note.setWordWrap(True)
        self._column.insertWidget(self._column.count() - _FOOT, note)

    def chosen(self) -> tuple[str, ...]:
        """The groups that are checked."""
        return tuple(group for group, box in self.boxes.items() if box.isChecked())

    def _refresh(self) -> None:
        self.accept_button.setEnabled(bool(self.chosen()))
