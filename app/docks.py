"""The panels that can be shown beside the canvas: one row of `DOCKS` for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

if TYPE_CHECKING:
    from app.window import MainWindow

Area = Qt.DockWidgetArea


@dataclass(frozen=True)
class Dock:
    """One panel. key: its shortcut. build: makes its content at the first showing."""

    name: str
    title: str
    key: str
    area: Area
    tip: str
    build: Callable[[MainWindow], QWidget]

    @property
    def command(self) -> str:
        """The name of the command that shows and hides it."""
        return f"dock_{self.name}"


def _history(window: MainWindow) -> QWidget:
    from app.panels.history import HistoryPanel

    return HistoryPanel(window.editor, window.theme)


def _timeline(window: MainWindow) -> QWidget:
    from app.panels.timeline import TimelinePanel

    return TimelinePanel(window.motion, window.theme, window.actions_)


def _presets(window: MainWindow) -> QWidget:
    from app.panels.presets import PresetPanel

    panel = PresetPanel(window.editor, window.previews, window.theme, window.settings)
    panel.message.connect(window.messages.show_message)
    return panel


def _inspector(window: MainWindow) -> QWidget:
    from app.measurements import Measurements
    from app.panels.inspector import InspectorPanel

    measurements = Measurements(window.editor, window.link, window.controller, window)
    return InspectorPanel(window.editor, measurements, window.theme)


DOCKS: tuple[Dock, ...] = (
    Dock("history", "History", "F9", Area.LeftDockWidgetArea, "All steps; a click goes to one",
         _history),
    Dock("timeline", "Timeline", "F8", Area.BottomDockWidgetArea,
         "Keyframes of the rig, playing and recording", _timeline),
    Dock("presets", "Presets", "F7", Area.LeftDockWidgetArea,
         "Expressions, lights and poses to choose from, and your own", _presets),
    Dock("inspector", "Inspector", "F10", Area.LeftDockWidgetArea,
         "What the picture measures against what was asked, as numbers and plots", _inspector),
)  # fmt: skip


class Workspace(QMainWindow):
    """The middle of the window: canvas and rig panel, and the docks around them.

    A window inside the window keeps the docks under the toolbar and over the status line.
    """

    def __init__(self, window: MainWindow, middle: QWidget, actions: dict[str, QAction]) -> None:
        super().__init__(window, Qt.WindowType.Widget)
        self._window = window
        self.setCentralWidget(middle)
        self._actions = actions
        self.docks: dict[str, QDockWidget] = {}
        for row in DOCKS:
            self.docks[row.name] = self._add(row)

    def restore(self, layout: QByteArray) -> None:
        """Put the docks where they were, empty."""
        if not layout.isEmpty():
            self.restoreState(layout)

    def begin(self) -> None:
        """What the panels work with is there: build those that are shown, and heed the actions."""
        for row in DOCKS:
            dock, action = self.docks[row.name], self._actions[row.command]
            action.toggled.connect(partial(self._show, row, dock))
            dock.toggleViewAction().toggled.connect(action.setChecked)
            action.setChecked(not dock.isHidden())

    def _add(self, row: Dock) -> QDockWidget:
        dock = QDockWidget(row.title, self)
        dock.setObjectName(row.command)
        dock.setAccessibleName(row.title)
        dock.hide()
        self.addDockWidget(row.area, dock)
        for other, it in zip(DOCKS, self.docks.values(), strict=False):
            if other.area == row.area:
                self.tabifyDockWidget(it, dock)
                break
        return dock

    def _show(self, row: Dock, dock: QDockWidget, shown: bool) -> None:
        if shown and dock.widget() is None:
            content = row.build(self._window)
            content.setAccessibleName(content.accessibleName() or row.title)
            dock.setWidget(content)
        focus = QApplication.focusWidget()
        if not shown and focus and dock.isAncestorOf(focus):
            # Or the toolbar's first button would have it, and take the next Space for a click.
            self._window.canvas.setFocus()
        dock.setVisible(shown)
        if shown:
            dock.raise_()
