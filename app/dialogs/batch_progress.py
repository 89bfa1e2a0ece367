"""How far a batch is, and what failed in it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.widgets.messages import SHOW_FOLDER, show_folder
from core.export.records import Progress

_STEPS = 10_000
_HEIGHT = 110


def progress_text(progress: Progress) -> str:
    """Done and failed items, rate, time left."""
    parts = [f"{progress.done:,} of {progress.total:,} done"]
    if progress.failed:
        parts.append(f"{progress.failed:,} failed")
    if progress.seconds_left is not None:
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        parts += [f"{progress.rate:.2g} a second", f"{minutes}:{seconds:02d} left"]
    return "   ·   ".join(parts)


class BatchProgress(QWidget):
    """A bar, a line with a button for the folder that it speaks of, and a list of failures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the batch")
        self.line = QLabel("")
        self.line.setWordWrap(True)
        self.line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._folder = ""
        self.show_folder = QPushButton(SHOW_FOLDER)
        self.show_folder.setAutoDefault(False)
        self.show_folder.clicked.connect(lambda: show_folder(self._folder))
        self.failures = QTableWidget(0, 2)
        self.failures.setHorizontalHeaderLabels(["Input", "Why it was left out"])
        self.failures.setAccessibleName("What failed")
        self.failures.verticalHeader().hide()
        self.failures.setShowGrid(False)
        self.failures.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.failures.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.failures.setTabKeyNavigation(False)
        self.failures.setMinimumHeight(_HEIGHT)
        header = self.failures.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.bar)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.line, 1)
        row.addWidget(self.show_folder)
        column.addLayout(row)
        column.addWidget(self.failures, 1)
        self.begin()

    def begin(self) -> None:
        """A run begins."""
        self.bar.setValue(0)
        self.failures.setRowCount(0)
        self.failures.hide()
        self.say("Starting…")

    def show_progress(self, progress: Progress) -> None:
        """Move the bar, renew the line."""
        self.bar.setValue(round(progress.fraction * _STEPS))
        self.say(progress_text(progress))

    def add_failure(self, source: str, reason: str) -> None:
        """One more that was left out."""
        row = self.failures.rowCount()
        self.failures.insertRow(row)
        for column, text in enumerate((source, reason)):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            self.failures.setItem(row, column, item)
        self.failures.show()

    def say(self, text: str, kind: str = "", folder: str = "") -> None:
        """A line below the bar. kind: "", warning or error. folder: what can be shown with it."""
        self._folder = folder
        self.show_folder.setVisible(bool(folder))
        self.line.setText(text)
        self.line.setProperty("kind", kind)
        self.line.style().polish(self.line)
