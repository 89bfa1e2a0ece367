"""Help: every shortcut and gesture; the keys can be changed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.actions import GESTURES
from app.shortcuts import Shortcuts

_NAME = Qt.ItemDataRole.UserRole
HOW = "Click into the field, then press the keys"


class ShortcutsDialog(QDialog):
    """A list that reads the actions themselves, so it cannot be out of date."""

    def __init__(self, shortcuts: Shortcuts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shortcuts = shortcuts
        self.setWindowTitle("Shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(640, 600)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter shortcuts")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._hide_others)
        self.table = _table()
        self.table.currentItemChanged.connect(lambda *_: self._choose())
        self.key = QKeySequenceEdit()
        self.key.setMaximumSequenceLength(1)
        self.key.setClearButtonEnabled(True)
        self.key.setAccessibleName("New key")
        self.key.setToolTip(f"{HOW}; empty takes the command's key away")
        self.key.keySequenceChanged.connect(self._weigh)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.assign = _button("Assign", self._assign)
        self.reset = _button("Reset", lambda: shortcuts.reset(self._name()))
        self.reset_all = _button("Reset all", shortcuts.reset_all)
        self._lay_out()
        shortcuts.changed.connect(self._fill)
        self._fill()

    def choose(self, name: str) -> None:
        """Go to a command's row."""
        for row in range(self.table.rowCount()):
            if self._item(row).data(_NAME) == name:
                self.table.setCurrentCell(row, 0)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        label = QLabel("&New key")
        label.setBuddy(self.key)
        for widget in (label, self.key, self.assign, self.reset):
            row.addWidget(widget, int(widget is self.key))
        row.addSpacing(16)
        row.addWidget(self.reset_all)
        column = QVBoxLayout(self)
        column.addWidget(self.filter)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        column.addWidget(self.note)

    def _fill(self) -> None:
        """Commands first, since they can be changed; then what the mouse does."""
        shortcuts, chosen = self._shortcuts, self._name()
        rows = [
            (shortcuts.text(n), ", ".join(shortcuts.keys(n)), n) for n in shortcuts.actions_
        ] + [(what, how, "") for how, what in GESTURES]
        self.table.setRowCount(len(rows))
        for index, (what, how, name) in enumerate(rows):
            for place, text in enumerate((what, how)):
                item = QTableWidgetItem(text)
                item.setData(_NAME, name)
                if name and not shortcuts.is_default(name):
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)
                self.table.setItem(index, place, item)
        self.choose(chosen or next(iter(shortcuts.actions_)))
        self._hide_others()
        self._choose()

    def _hide_others(self) -> None:
        wanted = self.filter.text().casefold()
        for row in range(self.table.rowCount()):
            texts = [self._item(row, place).text().casefold() for place in (0, 1)]
            self.table.setRowHidden(row, not any(wanted in text for text in texts))
        shown = [row for row in range(self.table.rowCount()) if not self.table.isRowHidden(row)]
        if shown and self.table.currentRow() not in shown:
            self.table.setCurrentCell(shown[0], 0)

    def _choose(self) -> None:
        name = self._name()
        keys = self._shortcuts.actions_[name].shortcuts() if name else []
        self.key.setKeySequence(keys[0] if keys else QKeySequence())
        self.key.setEnabled(bool(name))
        self.reset.setEnabled(bool(name) and not self._shortcuts.is_default(name))
        self._weigh()

    def _weigh(self) -> None:
        """Say what the key would mean."""
        name, key = self._name(), self.key.keySequence()
        self.assign.setText("Assign")
        if not name:
            self._say("Gestures of the mouse stay as they are.", False)
            return
        now = self._shortcuts.actions_[name].shortcuts()
        if key.isEmpty():
            self._say("Without a key it stays in its menu.", bool(now))
            return
        other = self._shortcuts.conflict(name, key)
        text = key.toString(QKeySequence.SequenceFormat.NativeText)
        if other == "":
            self._say(f"{text} belongs to the window itself; choose another key.", False)
        elif other:
            self._say(f"{text} is the key of “{self._shortcuts.text(other)}”.", True)
            self.assign.setText("Take over")
        else:
            free = [key] != now[:1]
            self._say(f"{text} is free." if free else HOW, free)

    def _say(self, text: str, possible: bool) -> None:
        self.note.setText(text)
        self.assign.setEnabled(possible)

    def _assign(self) -> None:
        self._shortcuts.assign(self._name(), self.key.keySequence())

    def _name(self) -> str:
        item = self.table.item(self.table.currentRow(), 0)
        return str(item.data(_NAME)) if item else ""

    def _item(self, row: int, column: int = 0) -> QTableWidgetItem:
        item = self.table.item(row, column)
        assert item is not None
        return item


def _table() -> QTableWidget:
    table = QTableWidget(0, 2)
    table.setHorizontalHeaderLabels(["What it does", "Key or gesture"])
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setTabKeyNavigation(False)
    table.setAccessibleName("Shortcuts")
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return table


def _button(text: str, clicked: object) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(lambda: clicked())  # type: ignore[operator]
    return button
