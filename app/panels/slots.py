"""Edits A and B at the foot of the rig panel, and the way between them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSlider, QWidget

from app.editor import Editor
from app.previews import Previews
from app.slots import SLOTS
from app.snapshots import Snapshots
from app.widgets.buttons import SlotButton
from app.widgets.menu import PassingMenu

SIDE = 36


class SlotControls(QWidget):
    """Hidden while a generated person is shown, whose panel has slots for people."""

    def __init__(self, snapshots: Snapshots, previews: Previews, editor: Editor) -> None:
        super().__init__()
        self._snapshots = snapshots
        self._previews = previews
        self._editor = editor
        self.buttons = {name: self._button(name) for name in SLOTS}
        self.between = QSlider(Qt.Orientation.Horizontal)
        self.between.setRange(0, 100)
        self.between.setAccessibleName("Between edit A and edit B")
        self.between.setToolTip("From edit A to edit B; fill both first")
        self.between.sliderPressed.connect(snapshots.begin_mix)
        self.between.valueChanged.connect(lambda v: snapshots.mix(v / 100))
        self.between.sliderReleased.connect(snapshots.end_mix)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 2)
        row.setSpacing(8)
        row.addWidget(self.buttons["A"])
        row.addWidget(self.between, 1)
        row.addWidget(self.buttons["B"])
        for signal in (snapshots.changed, editor.photoChanged, editor.changed):
            signal.connect(self.refresh)
        previews.arrived.connect(self.refresh)
        self.refresh()

    def refresh(self, _key: object = None) -> None:
        """Show what is kept."""
        self.setVisible(self._editor.person is None and self._editor.editable)
        self.between.blockSignals(True)
        self.between.setValue(round(100 * self._snapshots.share))
        self.between.blockSignals(False)
        self.between.setEnabled(self._snapshots.mixable)
        for name, button in self.buttons.items():
            self._show(name, button)

    def menu(self, name: str) -> QMenu:
        """What can be done with a slot."""
        menu = PassingMenu(self)
        menu.addAction(f"Keep this edit as {name}", lambda: self._snapshots.keep(name))
        show = menu.addAction(f"Show edit {name}", lambda: self._snapshots.show(name))
        show.setEnabled(self._snapshots.get(name) is not None)
        return menu

    def _button(self, name: str) -> SlotButton:
        button = SlotButton("Edit", name, SIDE)
        button.clicked.connect(lambda: self._click(name))
        button.menuRequested.connect(lambda at: self.menu(name).popup(at))
        button.pointed.connect(lambda on: self._snapshots.look(name if on else None))
        return button

    def _click(self, name: str) -> None:
        if self._snapshots.get(name):
            self._snapshots.show(name)
        else:
            self._snapshots.keep(name)

    def _show(self, name: str, button: SlotButton) -> None:
        edit = self._snapshots.get(name)
        if edit is None or not self.isVisible():
            button.setIcon(QIcon())
            button.setToolTip(f"Edit {name}: click to keep this edit here")
            return
        baseline = self._editor.baseline
        picture = self._previews.picture(edit, lambda: edit.shown(baseline))
        button.setIcon(picture or QIcon())
        button.setToolTip(f"Edit {name}: click to show, right-click to replace (X switches)")
