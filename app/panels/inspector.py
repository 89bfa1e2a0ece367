"""The inspector: requested and achieved values, coefficients, light, and embeddings, as plots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.editor import Editor
from app.measurements import Measurements
from app.panels.achieved import AchievedPage
from app.theme import Theme

WIDTH = 372
_PAUSE_MS = 120


@runtime_checkable
class Page(Protocol):
    """A widget that shows the present state when told to."""

    def refresh(self) -> None: ...


class InspectorPanel(QWidget):
    """Pages behind a row of chips, made when first shown; only the one in sight is kept fresh."""

    def __init__(self, editor: Editor, measurements: Measurements, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(296)
        self.measurements = measurements
        self._builders: dict[str, Callable[[], QWidget]] = {
            "Achieved": lambda: AchievedPage(editor, measurements, theme),
            "Coefficients": lambda: _coefficients(editor, measurements, theme),
            "Light": lambda: _light(editor, measurements, theme),
            "Embedding": lambda: _embedding(measurements, theme),
        }
        self.pages: dict[str, QWidget] = {}
        self.chips: dict[str, QPushButton] = {}
        self._stack = QStackedWidget()
        row = QHBoxLayout()
        row.setContentsMargins(10, 8, 8, 6)
        row.setSpacing(3)
        group = QButtonGroup(self)
        for name in self._builders:
            chip = QPushButton(name)
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.setAccessibleName(f"Inspect: {name}")
            chip.clicked.connect(lambda _=False, n=name: self.show_page(n))
            group.addButton(chip)
            row.addWidget(chip, 1)
            self.chips[name] = chip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._stack, 1)
        # Plots are drawn a few times a second while a slider moves, not with each step.
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self._refresh)
        measurements.changed.connect(self._changed)
        editor.locksChanged.connect(self._refresh)
        self.show_page("Achieved")

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        if name not in self.pages:
            self.pages[name] = self._builders[name]()
            self._stack.addWidget(self.pages[name])
        self.chips[name].setChecked(True)
        self._stack.setCurrentWidget(self.pages[name])
        self._refresh()

    def sizeHint(self) -> QSize:
        """Wide enough for all words of the table; it may be made narrower."""
        return QSize(WIDTH, super().sizeHint().height())

    def showEvent(self, event: QShowEvent) -> None:
        """What is in sight is measured after each edit."""
        super().showEvent(event)
        self.measurements.watch(True)
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """What is not is left alone."""
        super().hideEvent(event)
        self.measurements.watch(False)

    def _changed(self) -> None:
        if isinstance(self._stack.currentWidget(), AchievedPage):
            self._refresh()
        elif not self._later.isActive():
            self._later.start()

    def _refresh(self) -> None:
        page = self._stack.currentWidget()
        if self.isVisible() and isinstance(page, Page):
            page.refresh()


# The plots' library is imported when the first of them is shown.


def _coefficients(editor: Editor, measurements: Measurements, theme: Theme) -> QWidget:
    from app.panels.plots import CoefficientsPage

    return CoefficientsPage(editor, measurements, theme)


def _light(editor: Editor, measurements: Measurements, theme: Theme) -> QWidget:
    from app.panels.plots import LightPage

    return LightPage(editor, measurements, theme)


def _embedding(measurements: Measurements, theme: Theme) -> QWidget:
    from app.panels.plots import EmbeddingPage

    return EmbeddingPage(measurements, theme)
