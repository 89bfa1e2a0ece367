"""Dialogs of motion: a sweep, a take to read, an animation to write."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.theme import Theme
from app.widgets.check import CheckBox
from app.widgets.combo import Combo
from app.widgets.spin import plain
from core.motion.timeline import LONGEST
from core.rig.table import PARAMETERS


class _Form(QDialog):
    """Rows with labels over OK and Cancel; it goes when it is closed, once its values are read."""

    def __init__(self, title: str, accept: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.form = QFormLayout()
        self.form.setSpacing(8)
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.note.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = buttons.addButton(accept, QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.finished.connect(self.deleteLater)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addLayout(self.form)
        column.addWidget(self.note)
        column.addWidget(buttons)
        self.setMinimumWidth(340)

    def add(self, label: str, box: QWidget, tip: str) -> None:
        """A row."""
        box.setAccessibleName(label.replace("&", ""))
        box.setToolTip(tip)
        self.form.addRow(label, box)

    def say(self, text: str) -> None:
        """A line under the rows."""
        self.note.setText(text)
        self.note.show()


class SweepDialog(_Form):
    """Which parameter goes from where to where, over how many frames."""

    def __init__(self, theme: Theme, frames: int, parent: QWidget | None = None) -> None:
        super().__init__("Sweep", "Sweep", parent)
        self.parameter = Combo(theme, "Parameter", "What moves")
        self.parameter.setEditable(True)
        self.parameter.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        for name, entry in PARAMETERS.items():
            self.parameter.addItem(entry.label, name)
        if completer := self.parameter.completer():
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
            if popup := completer.popup():
                popup.setObjectName("completions")
        self.start, self.end = QDoubleSpinBox(), QDoubleSpinBox()
        self.frames = QSpinBox()
        self.frames.setRange(2, LONGEST)
        self.frames.setValue(max(2, frames))
        for box in (self.start, self.end, self.frames):
            plain(box)
        self.add("&Parameter", self.parameter, "What moves; type to find it")
        self.add("&From", self.start, "The value at frame 0")
        self.add("&To", self.end, "The value at the last frame")
        self.add("F&rames", self.frames, "How many; a shorter timeline grows")
        self.parameter.currentIndexChanged.connect(self._chosen)
        self._chosen()

    def values(self) -> tuple[str, float, float, int]:
        """Name of the parameter, start, end, frames."""
        name = str(self.parameter.currentData())
        return name, self.start.value(), self.end.value(), self.frames.value()

    def _chosen(self) -> None:
        entry = PARAMETERS[str(self.parameter.currentData())]
        for box, value in ((self.start, entry.soft[0]), (self.end, entry.soft[1])):
            box.setRange(*entry.hard)
            box.setSingleStep(entry.step)
            box.setDecimals(1 if entry.step >= 0.5 else 2)
            box.setSuffix(entry.unit)
            box.setValue(value)


class TakeDialog(_Form):
    """How a take of Live Link Face is read."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(f"Live Link take: {name}", "Read", parent)
        self.mirror, self.recentre = (CheckBox(theme, "", "") for _ in range(2))
        self.recentre.setChecked(True)
        self.add("&Mirror", self.mirror, "Left and right change places, as in a mirror")
        self.add("&Begin straight", self.recentre, "The head looks into the camera at frame 0")
        self.say("The take replaces the present timeline; Undo brings it back.")


class AnimationDialog(_Form):
    """How large an animation is written. size: of its long side, at most `largest` px."""

    def __init__(
        self, frames: int, fps: float, largest: int, parent: QWidget | None = None
    ) -> None:
        super().__init__("Export animation", "Choose file…", parent)
        self.size_ = QSpinBox()
        plain(self.size_)
        self.size_.setRange(64, largest)
        self.size_.setSingleStep(2)
        self.size_.setSuffix(" px")
        self.size_.setValue(min(largest, 1080))
        self.add("&Long side", self.size_, f"At most the picture's own, {largest} px")
        self.say(f"{frames} frames at {fps:g} a second, {frames / fps:.1f} s, in full quality.")
