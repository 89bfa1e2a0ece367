"""Help: every shortcut and gesture."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.actions import COMMANDS, GESTURES


class ShortcutsDialog(QDialog):
    """A list that reads the actions themselves, so it cannot be out of date."""

    def __init__(self, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        self.resize(620, 680)
        rows = [*GESTURES]
        for command in COMMANDS:
            keys = actions[command.name].shortcuts()
            if keys:
                shown = keys[0].toString(QKeySequence.SequenceFormat.NativeText)
                rows.append((shown, command.text.replace("&", "").rstrip("…")))
        self.table = QTableWidget(len(rows), 2)
        self.table.setHorizontalHeaderLabels(["Key or gesture", "What it does"])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setAccessibleName("Shortcuts")
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                self.table.setItem(row, column, QTableWidgetItem(text))
        layout = QVBoxLayout(self)
        layout.addWidget(self.table)
