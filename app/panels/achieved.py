"""What was requested and what the picture measures, control by control, with Achieve it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
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

from app.editor import Editor
from app.measurements import TOLERANCES, Measurements, achievable
from app.theme import Theme
from core.rig.table import GROUPS, PARAMETERS, RigParameter, get_value

# The pose is always shown; of the expressions those that were changed.
MOST_ROWS = 24
_COLUMNS = ("Control", "Requested", "Achieved", "")
_LEADING = ("Identity", "Light, SH error")
_TIPS = (
    "How much it is still the same person: 1 without an edit, about 0 for a stranger",
    "How far the light that is seen lies from the light that was asked for",
)


class AchievedPage(QWidget):
    """A table, a button to measure, and what a correction is doing."""

    def __init__(self, editor: Editor, measurements: Measurements, theme: Theme) -> None:
        super().__init__()
        self._editor = editor
        self._measurements = measurements
        self._theme = theme
        self._names: list[str] = []
        self.buttons: dict[str, QPushButton] = {}
        self.table = self._make_table()
        self.measure = QPushButton("Measure")
        self.measure.setToolTip("Fit the picture on the screen anew and compare")
        self.measure.clicked.connect(measurements.measure)
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(measurements.cancel)
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the correction")
        line = QHBoxLayout()
        line.setSpacing(6)
        line.addWidget(self.measure)
        line.addWidget(self.progress, 1)
        line.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 2, 8, 10)
        column.setSpacing(8)
        column.addWidget(self.table, 1)
        column.addWidget(self.note)
        column.addLayout(line)
        theme.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show requests, readings and the correction."""
        names = self._shown()
        if names != self._names:
            self._rebuild(names)
        measurements = self._measurements
        reading = measurements.reading
        for row, name in enumerate(names, len(_LEADING)):
            self._fill(row, PARAMETERS[name])
        identity = reading.identity if reading else None
        error = reading.light_error() if reading else None
        self._set(0, 2, "" if identity is None else f"{identity:.2f}")
        self._set(1, 2, "" if error is None else f"{100 * error:.0f} %")
        busy = bool(measurements.correcting)
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        self.progress.setValue(round(100 * measurements.progress))
        self.measure.setEnabled(not busy and not measurements.busy)
        self.note.setText(self._note())

    def _note(self) -> str:
        measurements, reading = self._measurements, self._measurements.reading
        if measurements.correcting:
            return f"Correcting {PARAMETERS[measurements.correcting].label}…"
        if reading and reading.reason:
            return reading.reason
        if measurements.outcome:
            return measurements.outcome
        if reading is None and not measurements.busy:
            return "Open a photo or make a person; its picture is measured after each edit."
        return "" if measurements.current else "Measuring…"

    def _shown(self) -> list[str]:
        pose, expression = (next(g for g in GROUPS if g.name == n) for n in ("pose", "expression"))
        changed = [p.name for p in expression.parameters if self._editor.is_changed(p.name)]
        return [*(p.name for p in pose.parameters), *changed][:MOST_ROWS]

    def _fill(self, row: int, entry: RigParameter) -> None:
        measurements, reading = self._measurements, self._measurements.reading
        wanted = measurements.wanted(entry.name)
        request = get_value(self._editor.effective, entry.name)
        corrected = abs(wanted - request) > 1e-4
        tip = f"Corrected: {_text(request, entry)} is asked of the picture" if corrected else ""
        self._set(row, 1, _text(wanted, entry), tip=tip)
        text, colour, near = "", "", True
        if reading and reading.measured:
            value = get_value(reading.measured, entry.name)
            text = _text(value, entry)
            near = abs(value - wanted) <= TOLERANCES[entry.unit] + 1e-6
            colour = "" if near else self._theme.colours.warning
        if not measurements.current:
            colour = self._theme.colours.muted
        self._set(row, 2, text, colour)
        button, obstacle = self.buttons[entry.name], measurements.obstacle(entry.name)
        button.setVisible(not near)
        button.setEnabled(not obstacle)
        how = "Correct the request until the picture measures this"
        button.setToolTip(obstacle or how)

    def _rebuild(self, names: list[str]) -> None:
        self._names = names
        self.buttons = {}
        self.table.setRowCount(len(_LEADING) + len(names))
        for row, label in enumerate(_LEADING):
            self._set(row, 0, label, tip=_TIPS[row])
            self.table.removeCellWidget(row, 3)
        for row, name in enumerate(names, len(_LEADING)):
            entry = PARAMETERS[name]
            assert achievable(entry)
            self._set(row, 0, entry.label)
            button = QPushButton("Achieve it")
            button.setObjectName("flat")
            button.setAccessibleName(f"Achieve {entry.label}")
            button.clicked.connect(partial(self._measurements.achieve, name))
            self.buttons[name] = button
            self.table.setCellWidget(row, 3, _kept(button))

    def _set(self, row: int, column: int, text: str, colour: str = "", tip: str = "") -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            item.setTextAlignment(_aligned(column))
            self.table.setItem(row, column, item)
        item.setText(text)
        item.setToolTip(tip)
        # The sheet's own colour follows the theme by itself.
        item.setData(Qt.ItemDataRole.ForegroundRole, QColor(colour) if colour else None)

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, len(_COLUMNS))
        for column, text in enumerate(_COLUMNS):
            heading = QTableWidgetItem(text)
            heading.setTextAlignment(_aligned(column))
            table.setHorizontalHeaderItem(column, heading)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        table.setShowGrid(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        table.setAccessibleName("Requested and achieved")
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        return table


def _kept(button: QPushButton) -> QWidget:
    """A place that stays as wide when its button is hidden, which a table would show again."""
    policy = button.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    button.setSizePolicy(policy)
    place = QWidget()
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(button)
    return place


def _aligned(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _text(value: float, entry: RigParameter) -> str:
    text = f"{value:.1f}{entry.unit}" if entry.unit == "°" else f"{value:.2f}"
    return text.replace("-", "−")
