"""How much of the edit is shown, and how its seam is blended on saving."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.editor import Editor
from app.states import FEATHER_PX
from app.theme import Theme
from app.widgets.number import NumberBox
from app.widgets.slider import Slider


@dataclass(frozen=True)
class ResultSpec:
    """A number of the result, as sliders want it."""

    label: str
    soft: tuple[float, float]
    hard: tuple[float, float]
    step: float
    tooltip: str
    unit: str = ""


STRENGTH = ResultSpec(
    "Strength", (0.0, 100.0), (0.0, 100.0), 1.0,
    "Blends from the photo (0) to the edit (100). Percent.", "%",
)  # fmt: skip
FEATHER = ResultSpec(
    "Seam feather", (0.0, 100.0), (0.0, 500.0), 1.0,
    "How softly the edit runs into the rest of the photo when it is saved. Pixels of the photo.",
    "px",
)  # fmt: skip


class ResultControls(QWidget):
    """Two sliders at the foot of the panel."""

    def __init__(self, editor: Editor, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 6)
        column.setSpacing(0)
        self.strength, self.strength_number = _row(column, STRENGTH, theme)
        self.feather, self.feather_number = _row(column, FEATHER, theme)
        self.strength.dragStarted.connect(lambda: editor.begin("Strength"))
        self.strength.dragged.connect(self._set_strength)
        self.strength.dragEnded.connect(editor.end)
        self.strength.dragCancelled.connect(editor.cancel)
        self.strength.stepped.connect(self._set_strength)
        self.strength.resetRequested.connect(lambda: self._set_strength(100.0))
        self.strength_number.committed.connect(self._set_strength)
        # No picture shows the seam: a drag changes the document at its end alone.
        self.feather.dragged.connect(self._show_feather)
        self.feather.dragEnded.connect(lambda: editor.set_feather(self.feather.value()))
        self.feather.dragCancelled.connect(self.refresh)
        self.feather.stepped.connect(editor.set_feather)
        self.feather.resetRequested.connect(lambda: editor.set_feather(FEATHER_PX))
        self.feather_number.committed.connect(editor.set_feather)
        self.refresh()

    def refresh(self) -> None:
        """Show the editor's state."""
        strength = self._editor.state.strength * 100
        self.strength.set_value(strength, 100.0)
        self.strength_number.set_value(strength, strength != 100.0)
        self._show_feather(self._editor.document.feather)
        self.setEnabled(self._editor.editable)
        # Nothing of a person is pasted anywhere.
        self.feather.setVisible(self._editor.person is None)
        self.feather_number.setVisible(self._editor.person is None)

    def _set_strength(self, percent: float) -> None:
        self._editor.set_strength(percent / 100)

    def _show_feather(self, feather: float) -> None:
        self.feather.set_value(feather, FEATHER_PX)
        self.feather_number.set_value(feather, feather != FEATHER_PX)


def _row(column: QVBoxLayout, spec: ResultSpec, theme: Theme) -> tuple[Slider, NumberBox]:
    slider, number = Slider(spec, theme), NumberBox(spec)
    row = QHBoxLayout()
    row.setContentsMargins(6, 0, 8, 0)
    row.setSpacing(2)
    row.addWidget(slider, 1)
    row.addWidget(number)
    column.addLayout(row)
    return slider, number
