"""Which controls a batch moves, and how: one row for each."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.theme import Theme
from app.widgets.buttons import IconButton
from app.widgets.combo import Combo
from core.errors import JobError
from core.export.job import CONTROLS, KINDS, NAMED, SHARES, SWITCHES, Control, Kind, Value
from core.rig.table import GROUPS, PARAMETERS

_GROUPS = {g.name: g.label for g in GROUPS}
KIND_LABELS: dict[Kind, tuple[str, str]] = {
    "fixed": ("Fixed", "one value"),
    "grid": ("Grid", "each of these, with each of other grids"),
    "uniform": ("Random, even", "lowest, highest"),
    "normal": ("Random, normal", "mean, deviation"),
    "choice": ("Random, one of", "values to choose from"),
}
_LISTED = ", "


def label_of(name: str) -> str:
    """What a control is called, with its group and name for the filter."""
    if name in PARAMETERS:
        entry = PARAMETERS[name]
        unit = f" in {entry.unit}" if entry.unit else ""
        return f"{_GROUPS[entry.group]}: {entry.label}{unit} ({name})"
    words = {
        "light": "Light preset",
        "expression": "Expression preset",
        "method": "Source of pixels",
    }
    return words.get(name, name.capitalize())


def usual(name: str) -> Control:
    """What a control does when it is added: the range that Mien is trained for."""
    if name in NAMED:
        return Control("choice", NAMED[name][:2])
    if name in SWITCHES:
        return Control("fixed", (True,))
    return Control("uniform", (0.5, 1.0) if name in SHARES else PARAMETERS[name].soft)


class ControlRow(QFrame):
    """A control, how it moves, its values."""

    changed = Signal()
    removed = Signal()

    def __init__(self, name: str, control: Control, theme: Theme) -> None:
        super().__init__()
        self.name = name
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 4, 2)
        row.setSpacing(8)
        label = QLabel(label_of(name))
        label.setToolTip(PARAMETERS[name].tooltip if name in PARAMETERS else "")
        label.setMinimumWidth(250)
        self.kind = Combo(theme, f"{name}: how it moves", "Fixed, on a grid, or drawn at random")
        for kind, (text, _) in KIND_LABELS.items():
            self.kind.addItem(text, kind)
        self.kind.setCurrentIndex(KINDS.index(control.kind))
        self.kind.setFixedWidth(136)
        self.values = QLineEdit(_LISTED.join(_text(v) for v in control.values))
        self.values.setAccessibleName(f"{name}: values")
        row.addWidget(label)
        row.addWidget(self.kind)
        row.addWidget(self.values, 1)
        row.addWidget(IconButton(theme, "close", f"Leave {name} alone", self.removed.emit))
        self.kind.currentIndexChanged.connect(self._refresh)
        self.values.textChanged.connect(self.changed)
        self._refresh()

    def control(self) -> Control:
        """What the row says. Raises JobError."""
        typed = self.values.text().replace(";", ",").split(",")
        parts = tuple(_value(self.name, part.strip()) for part in typed if part.strip())
        if not parts:
            raise JobError(f"{label_of(self.name)} has no value; give one, or remove the row.")
        return Control(self.kind.currentData(), parts)

    def _refresh(self) -> None:
        hint = KIND_LABELS[self.kind.currentData()][1]
        self.values.setPlaceholderText(hint)
        named = NAMED.get(self.name)
        self.values.setToolTip(hint + (": " + ", ".join(named) if named else ""))
        self.changed.emit()


class Variations(QWidget):
    """The rows and a field that finds controls by any part of their name."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names = {label_of(name): name for name in CONTROLS}
        self.rows: list[ControlRow] = []
        self.finder = QLineEdit()
        self.finder.setPlaceholderText("Add a control: type yaw, jaw, smile, light…")
        self.finder.setAccessibleName("Add a control")
        completer = QCompleter(list(self._names), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(12)
        if popup := completer.popup():
            popup.setObjectName("completions")
        self.finder.setCompleter(completer)
        completer.activated.connect(self._add_found, Qt.ConnectionType.QueuedConnection)
        self.finder.returnPressed.connect(self._add_typed)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self._empty = QLabel("Every picture is as its input: nothing moves.")
        self._empty.setObjectName("muted")
        self._column.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.finder)
        column.addLayout(self._column)

    def add(self, name: str, control: Control | None = None) -> ControlRow:
        """A row for a control, or the one that it has."""
        for row in self.rows:
            if row.name == name:
                row.values.setFocus()
                return row
        row = ControlRow(name, control or usual(name), self._theme)
        row.changed.connect(self.changed)
        row.removed.connect(lambda: self.remove(row))
        self._column.insertWidget(len(self.rows), row)
        self.rows.append(row)
        self._empty.hide()
        self.changed.emit()
        return row

    def remove(self, row: ControlRow) -> None:
        """Leave a control alone again."""
        self.rows.remove(row)
        row.hide()
        row.deleteLater()
        self._empty.setVisible(not self.rows)
        self.changed.emit()

    def edits(self) -> dict[str, Control]:
        """The controls by name. Raises JobError."""
        return {row.name: row.control() for row in self.rows}

    def set_edits(self, edits: Mapping[str, Control]) -> None:
        """Show other controls."""
        for row in list(self.rows):
            self.remove(row)
        for name, control in edits.items():
            self.add(name, control)

    def _add_found(self, label: str) -> None:
        if label in self._names:
            self.add(self._names[label])
            self.finder.clear()

    def _add_typed(self) -> None:
        """Enter takes the first control that fits."""
        typed = self.finder.text().strip().lower()
        if not typed:
            return
        exact = next((n for n in CONTROLS if n.lower() == typed), None)
        near = next((n for label, n in self._names.items() if typed in label.lower()), None)
        found = exact or near
        if found:
            self.add(found)
            self.finder.clear()


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else f"{value:g}"


def _value(name: str, typed: str) -> Value:
    """A value as the job has it. Raises JobError for what is no number where one is needed."""
    if name in NAMED:
        return typed
    if name in SWITCHES:
        if typed.lower() in ("yes", "true", "no", "false"):
            return typed.lower() in ("yes", "true")
        raise JobError(f"{label_of(name)} cannot be {typed!r}; write yes or no.")
    try:
        return float(typed.replace("−", "-"))
    except ValueError as error:
        raise JobError(f"{label_of(name)} cannot be {typed!r}; write a number.") from error
