"""The generated person: seed, variety, what the next one keeps, and the way between two."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QIcon, QIntValidator, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.editor import GROUP_LABELS, Editor
from app.panels.fold import Fold, rule
from app.people import NOISE, START_TRUNCATION, People
from app.slots import SLOTS
from app.theme import Theme
from app.widgets.buttons import IconButton, SlotButton
from app.widgets.menu import PassingMenu
from app.widgets.number import NumberBox
from app.widgets.slider import Slider

SLOT = 44
KEEP: dict[str, str] = {
    "identity": "Shape", "albedo": "Skin", NOISE: "Hair", "expression": "Expr.", "light": "Light",
    "pose": "Pose",
}  # fmt: skip


@dataclass(frozen=True)
class PercentSpec:
    """A share, as sliders want it."""

    label: str
    tooltip: str
    soft: tuple[float, float] = (0.0, 100.0)
    hard: tuple[float, float] = (0.0, 100.0)
    step: float = 1.0
    unit: str = "%"


VARIETY = PercentSpec(
    "Variety",
    "How far people may be from the average (truncation): 0 is the mean person, 100 the whole "
    "variety of the people that the generator has learned from. Percent.",
)


class PersonPanel(QWidget):
    """Hidden unless the document is a generated person."""

    def __init__(
        self, people: People, editor: Editor, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._people = people
        self._editor = editor
        self._theme = theme
        self.keep: dict[str, QPushButton] = {}
        self.slots: dict[str, SlotButton] = {}
        self._shown: dict[str, object] = {}
        self._make_fields()
        self.fold = Fold("Person", theme, self._fill, strong=True)
        self.former = IconButton(
            theme, "undo", "Former person: back to who was here before (Shift+Space)",
            people.former,
        )  # fmt: skip
        self.new = IconButton(theme, "dice", "New person: nobody real (Space)", people.new)
        self.fold.header.addWidget(self.former)
        self.fold.header.addWidget(self.new)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.fold)
        column.addWidget(rule())
        self.hide()
        people.changed.connect(self.refresh)
        editor.photoChanged.connect(self.refresh)
        editor.awaited.changed.connect(self.refresh)
        editor.locksChanged.connect(self.refresh)
        # Queued, since the history's end moves it too.
        editor.history.indexChanged.connect(self.refresh, Qt.ConnectionType.QueuedConnection)

    def refresh(self) -> None:
        """Show the document's person."""
        person = self._editor.person
        self.setVisible(person is not None and self._people.available)
        self.setEnabled(not self._editor.awaited.name)
        if person is None:
            return
        self.fold.set_open(self.fold.is_open() or not self._shown)
        self.former.setEnabled(self._editor.former is not None)
        if not self.seed.hasFocus():
            self.seed.setText("" if person.seed is None else str(person.seed))
        percent = 100 * (
            self._people.truncation if self._editor.dragging_document else person.truncation
        )
        self.variety.set_value(percent, 100 * START_TRUNCATION)
        self.variety_number.set_value(percent, percent != 100 * START_TRUNCATION)
        for widget in (self.variety, self.variety_number):
            widget.setEnabled(person.seed is not None)
        for group, chip in self.keep.items():
            chip.setChecked(group in self._editor.locked)
        self.between.blockSignals(True)
        self.between.setValue(round(100 * self._people.share))
        self.between.blockSignals(False)
        self.between.setEnabled(self._people.mixable)
        for name, button in self.slots.items():
            self._show_slot(name, button)

    # Layout.

    def _make_fields(self) -> None:
        people, theme = self._people, self._theme
        self.seed = QLineEdit()
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("The number that makes this person; the same seed, the same person")
        self.seed.setPlaceholderText("mixed")
        self.seed.setValidator(QIntValidator(0, 2_147_483_647, self.seed))
        self.seed.setMaxLength(10)
        self.seed.setAcceptDrops(False)
        self.seed.returnPressed.connect(self._take_seed)
        self.seed.editingFinished.connect(self.refresh)
        self.variety, self.variety_number = Slider(VARIETY, theme), NumberBox(VARIETY)
        self.variety.dragStarted.connect(people.begin_truncation)
        self.variety.dragged.connect(lambda v: people.set_truncation(v / 100))
        self.variety.dragEnded.connect(people.end_truncation)
        self.variety.dragCancelled.connect(self._editor.cancel)
        self.variety.resetRequested.connect(lambda: people.set_truncation(START_TRUNCATION))
        for changed in (self.variety.stepped, self.variety_number.committed):
            changed.connect(lambda v: people.set_truncation(v / 100))
        self.between = QSlider(Qt.Orientation.Horizontal)
        self.between.setRange(0, 100)
        self.between.setAccessibleName("Between person A and person B")
        self.between.setToolTip("From person A to person B; fill both first")
        self.between.sliderPressed.connect(people.begin_mix)
        self.between.valueChanged.connect(lambda v: people.mix(v / 100))
        self.between.sliderReleased.connect(people.end_mix)

    def _fill(self, layout: QVBoxLayout) -> None:
        new = QPushButton("New person")
        new.setToolTip("Another person who does not exist (Space)")
        new.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        new.clicked.connect(self._people.new)
        label = QLabel("Seed")
        label.setObjectName("muted")
        layout.addLayout(_line(label, self.seed, new, stretch=1))
        layout.addLayout(_slider_line(self.variety, self.variety_number))
        layout.addLayout(self._keep_line())
        layout.addLayout(self._slot_line())

    def _keep_line(self) -> QHBoxLayout:
        label = QLabel("Keep")
        label.setObjectName("muted")
        label.setToolTip("What the next person takes over from this one")
        line = _line(label)
        line.setSpacing(2)
        for group, text in KEEP.items():
            name = GROUP_LABELS.get(group, "Hair, clothes and backdrop")
            button = QPushButton(text)
            button.setObjectName("chip")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setCheckable(True)
            button.setToolTip(f"Lock {name}: the next person keeps it")
            button.setAccessibleName(f"Keep {name}")
            button.toggled.connect(lambda on, g=group: self._editor.set_locked(g, on))
            self.keep[group] = button
            line.addWidget(button, 1)
        return line

    def _slot_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(20, 4, 14, 4)
        line.setSpacing(6)
        for name in SLOTS:
            button = SlotButton("Person", name, SLOT)
            button.clicked.connect(partial(self._use_slot, name))
            button.menuRequested.connect(partial(self._slot_popup, name))
            button.pointed.connect(partial(self._look_at_slot, name))
            self.slots[name] = button
        line.addWidget(self.slots["A"])
        line.addWidget(self.between, 1)
        line.addWidget(self.slots["B"])
        return line

    def _use_slot(self, name: str) -> None:
        if self._people.slots.get(name):
            self._people.show(name)
        else:
            self._people.store(name)

    def slot_menu(self, name: str) -> QMenu:
        """What can be done with a slot."""
        menu = PassingMenu(self)
        menu.addAction(f"Keep this person as {name}", lambda: self._people.store(name))
        show = menu.addAction(f"Show person {name}", lambda: self._people.show(name))
        show.setEnabled(self._people.slots.get(name) is not None)
        return menu

    def _slot_popup(self, name: str, at: QPoint) -> None:
        self.slot_menu(name).popup(at)

    def _look_at_slot(self, name: str, on: bool) -> None:
        self._people.look(name if on else None)

    def _show_slot(self, name: str, button: SlotButton) -> None:
        slot = self._people.slots.get(name)
        if self._shown.get(name, button) is slot:
            return
        self._shown[name] = slot
        picture = slot.picture if slot else None
        button.setIcon(QIcon(QPixmap.fromImage(picture)) if picture else QIcon())
        if slot:
            button.setToolTip(f"Person {name}: click to show, right-click to replace")
        else:
            button.setToolTip(f"Person {name}: click to keep this person here")

    def _take_seed(self) -> None:
        text = self.seed.text()
        if text:
            self._people.take_seed(int(text))
            self.seed.clearFocus()


def _line(*widgets: QWidget, stretch: int = -1) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(20, 2, 14, 4)
    line.setSpacing(6)
    for index, widget in enumerate(widgets):
        line.addWidget(widget, 1 if index == stretch else 0)
    return line


def _slider_line(slider: Slider, number: NumberBox) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(6, 0, 8, 0)
    line.setSpacing(2)
    line.addWidget(slider, 1)
    line.addWidget(number)
    return line
