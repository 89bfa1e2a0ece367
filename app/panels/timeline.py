"""The timeline dock: what plays, what is keyed, and the rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.motion import Motion
from app.panels.timeline_view import TimelineView
from app.theme import Theme
from app.widgets.combo import Combo
from app.widgets.spin import plain
from core.motion.timeline import EASINGS, FPS_RANGE, LONGEST
from core.rig.table import PARAMETERS

_BUTTONS = ("first_frame", "play", "loop", "key", "auto_key")
_MORE = ("sweep", "webcam", "import_take", "export_take", "animation")


class TimelinePanel(QWidget):
    """A bar of the motion commands over the rows."""

    def __init__(
        self, motion: Motion, theme: Theme, actions: dict[str, QAction],
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._motion = motion
        self.view = TimelineView(motion, theme)
        self.frame = _spin("Frame", "The playhead; , and . step it", LONGEST)
        self.length = _spin("Length", "How many frames there are", LONGEST)
        self.length.setMinimum(1)
        self.fps = QDoubleSpinBox()
        self.fps.setRange(*FPS_RANGE)
        self.fps.setDecimals(2)
        _narrow(self.fps, 56, 64)
        _dress(self.fps, "Frames a second", "How fast it plays")
        self.easing = Combo(
            theme, "Easing", "How values go on from the chosen keys, or from new ones"
        )
        self.easing.addItems([e.capitalize() for e in EASINGS])
        _narrow(self.easing, 70, 88)
        self.add = Combo(theme, "Add a row", "Key another parameter at the playhead")
        _narrow(self.add, 80, 130)
        self._lay_out(actions)
        self.frame.valueChanged.connect(motion.go)
        self.length.valueChanged.connect(lambda n: motion.set_range(length=n))
        self.fps.valueChanged.connect(lambda f: motion.set_range(fps=f))
        self.easing.activated.connect(self._ease)
        self.add.activated.connect(self._add)
        motion.changed.connect(self._refresh)
        motion.moved.connect(self._moved)
        self.view.selectionChanged.connect(self._show_easing)
        self._refresh()

    def _lay_out(self, actions: dict[str, QAction]) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 5, 10, 5)
        bar.setSpacing(4)
        _add_buttons(bar, actions, _BUTTONS)
        bar.addSpacing(8)
        for label, box in (("Frame", self.frame), ("of", self.length), ("at", self.fps)):
            name = QLabel(label)
            name.setObjectName("muted")
            bar.addWidget(name)
            bar.addWidget(box)
        rate = QLabel("fps")
        rate.setObjectName("muted")
        bar.addWidget(rate)
        bar.addSpacing(8)
        bar.addWidget(self.easing)
        bar.addWidget(self.add)
        bar.addStretch(1)
        _add_buttons(bar, actions, _MORE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.view, 1)

    def _refresh(self) -> None:
        timeline = self._motion.timeline
        with QSignalBlocker(self.length), QSignalBlocker(self.fps):
            self.length.setValue(timeline.length)
            self.fps.setValue(timeline.fps)
        self.add.clear()
        self.add.addItem("Add a row…")
        for name, entry in PARAMETERS.items():
            if name not in timeline.tracks:
                self.add.addItem(entry.label, name)
        self._moved()

    def _moved(self) -> None:
        with QSignalBlocker(self.frame):
            self.frame.setMaximum(self._motion.timeline.length - 1)
            self.frame.setValue(self._motion.frame)

    def _show_easing(self) -> None:
        keys = [self._motion.timeline.key_at(*k) for k in self.view.selected]
        kinds = {k.easing for k in keys if k}
        self.easing.setCurrentIndex(EASINGS.index(kinds.pop()) if len(kinds) == 1 else (
            -1 if kinds else EASINGS.index(self._motion.easing)
        ))  # fmt: skip

    def _ease(self, index: int) -> None:
        self._motion.set_easing(EASINGS[index], self.view.selected)

    def _add(self, index: int) -> None:
        if name := self.add.itemData(index):
            self._motion.key_row(name)
        self.add.setCurrentIndex(0)


def _spin(name: str, tip: str, largest: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(0, largest)
    _narrow(box, 48, 60)
    _dress(box, name, tip)
    return box


def _narrow(box: QWidget, least: int, most: int) -> None:
    """Let a box give way in a narrow window."""
    box.setMinimumWidth(least)
    box.setMaximumWidth(most)


def _dress(box: QSpinBox | QDoubleSpinBox, name: str, tip: str) -> None:
    plain(box)
    box.setKeyboardTracking(False)
    box.setAccessibleName(name)
    box.setToolTip(tip)


def _add_buttons(bar: QHBoxLayout, actions: dict[str, QAction], names: Sequence[str]) -> None:
    for name in names:
        button = QToolButton()
        button.setDefaultAction(actions[name])
        button.setIconSize(QSize(16, 16))
        button.setFixedHeight(26)
        button.setAccessibleName(actions[name].text().replace("&", "").rstrip("…"))
        bar.addWidget(button)
