"""The rig panel: filter, faces, the groups of the table, the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.editor import Editor
from app.panels.faces import FaceChooser
from app.panels.fold import Fold, rule
from app.panels.ground import PanelGround
from app.panels.group import GroupPanel
from app.panels.light import LightControls
from app.panels.person import PersonPanel
from app.panels.result import ResultControls
from app.panels.row import ParameterRow
from app.people import People
from app.theme import Theme
from app.widgets.buttons import IconButton, ShyButton
from app.widgets.combo import Combo
from core.engine.messages import FaceParameters
from core.rig.presets import EXPRESSION_PRESETS, expression_preset
from core.rig.table import GROUPS, PARAMETERS, RigGroup, RigParameter

MOST_FOUND = 40
OPEN_AT_START = ("pose", "expression", "light")
_FILTER_DELAY_MS = 120


@dataclass(frozen=True)
class _Found:
    """A parameter that the filter found, and how well."""

    rank: int
    entry: RigParameter


class RigPanel(PanelGround):
    """Everything that changes the face."""

    takeRequested = Signal(str)
    faceChosen = Signal(int)

    def __init__(
        self, editor: Editor, people: People, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._theme = theme
        self.groups: dict[str, GroupPanel] = {}
        self.light: LightControls | None = None
        self._found_rows: list[ParameterRow] = []
        self.faces = FaceChooser(editor)
        self.faces.chosen.connect(self.faceChosen)
        self.person = PersonPanel(people, editor, theme)
        self.result = ResultControls(editor, theme)
        self.filter = QLineEdit()
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FILTER_DELAY_MS)
        self._timer.timeout.connect(self.apply_filter)
        editor.changed.connect(self.refresh)
        editor.photoChanged.connect(self.faces.refresh)
        editor.locksChanged.connect(self.refresh)

    def open_groups(self) -> Iterator[None]:
        """Unfold the groups that a new window shows, one at each step."""
        for name in OPEN_AT_START:
            self.groups[name].set_open(True)
            yield

    def add_slots(self, slots: QWidget) -> None:
        """Put the edits A and B over the sliders at the foot."""
        self._foot.insertWidget(0, slots)

    def refresh(self) -> None:
        """Show the editor's state."""
        for group in self.groups.values():
            group.refresh()
        if self.light:
            self.light.refresh()
        for row in self._found_rows:
            row.refresh()
        self.result.refresh()
        self._all_reset.setEnabled(self._editor.can_reset)
        for button in self._expression_buttons:
            button.setEnabled(self._free("expression"))
        for button in self._pose_buttons:
            button.setEnabled(self._free("pose"))

    def found(self) -> list[ParameterRow]:
        """The rows that the filter shows."""
        return self._found_rows

    def apply_filter(self) -> None:
        """Show the rows that fit the text, or the groups when there is none."""
        text = self.filter.text().strip().lower()
        self._found.setVisible(bool(text))
        self._groups.setVisible(not text)
        while item := self._found_layout.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self._found_rows = []
        if not text:
            return
        entries = _search(text)
        for entry in entries[:MOST_FOUND]:
            row = ParameterRow(entry, self._editor, self._theme)
            self._found_rows.append(row)
            self._found_layout.addWidget(row)
        more = len(entries) - MOST_FOUND
        note = "No slider has that name" if not entries else f"{more} more" if more > 0 else ""
        if note:
            label = QLabel(note)
            label.setObjectName("muted")
            label.setContentsMargins(20, 6, 0, 6)
            self._found_layout.addWidget(label)

    def _free(self, group: str) -> bool:
        return self._editor.editable and group not in self._editor.locked

    # Layout.

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_top())
        body = QWidget()
        body.setObjectName("panelBody")
        self._body = QVBoxLayout(body)
        self._body.setContentsMargins(0, 0, 0, 12)
        self._body.setSpacing(0)
        self._body.addWidget(self.faces)
        self._body.addWidget(self.person)
        self._found = QWidget()
        self._found_layout = QVBoxLayout(self._found)
        self._found_layout.setContentsMargins(0, 4, 0, 8)
        self._found_layout.setSpacing(0)
        self._found.hide()
        self._body.addWidget(self._found)
        self._groups = QWidget()
        groups = QVBoxLayout(self._groups)
        groups.setContentsMargins(0, 0, 0, 0)
        groups.setSpacing(0)
        self._body.addWidget(self._groups)
        self._body.addStretch(1)
        self._pose_buttons: list[QWidget] = []
        self._expression_buttons: list[QWidget] = []
        for group in GROUPS:
            panel = self._make_group(group)
            self.groups[group.name] = panel
            groups.addWidget(panel)
            groups.addWidget(rule())
        scroll = QScrollArea()
        scroll.setObjectName("panelScroll")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        column.addWidget(scroll, 1)
        column.addWidget(rule())
        self._foot = QVBoxLayout()
        self._foot.addWidget(self.result)
        column.addLayout(self._foot)

    def _make_top(self) -> QHBoxLayout:
        theme = self._theme
        self.filter.setPlaceholderText("Filter sliders")
        self.filter.setAccessibleName("Filter sliders")
        self.filter.setClearButtonEnabled(True)
        # A photo dropped here belongs to the window.
        self.filter.setAcceptDrops(False)
        self._search_action = QAction(self)
        self.filter.addAction(self._search_action, QLineEdit.ActionPosition.LeadingPosition)
        self.filter.textChanged.connect(lambda: self._timer.start())
        # An empty one leaves Esc to the window.
        clear = QShortcut(QKeySequence("Esc"), self.filter, self.filter.clear)
        clear.setContext(Qt.ShortcutContext.WidgetShortcut)
        clear.setEnabled(False)
        self.filter.textChanged.connect(lambda text: clear.setEnabled(bool(text)))
        self.link = IconButton(
            theme, "link", "Link left and right: both sides move together", checked="link"
        )
        self.link.setChecked(True)
        self.link.toggled.connect(self._set_linked)
        self._all_reset = IconButton(theme, "reset", "Reset all groups", self._editor.reset_all)
        self._all_reset.setEnabled(False)
        theme.changed.connect(self._dress)
        self._dress()
        top = QHBoxLayout()
        top.setContentsMargins(10, 8, 8, 8)
        top.setSpacing(4)
        top.addWidget(self.filter, 1)
        top.addWidget(self.link)
        top.addWidget(self._all_reset)
        return top

    def _dress(self) -> None:
        self._search_action.setIcon(self._theme.quiet_icon("search"))

    def _set_linked(self, linked: bool) -> None:
        self._editor.linked = linked

    def _make_group(self, group: RigGroup) -> GroupPanel:
        extras = {
            "pose": self._pose_extras,
            "expression": self._expression_extras,
            "light": self._light_extras,
        }.get(group.name)
        panel = GroupPanel(group, self._editor, self._theme, extras, group.name == "light")
        panel.takeRequested.connect(self.takeRequested)
        panel.opened.connect(self.refresh)
        return panel

    def _pose_extras(self, layout: QVBoxLayout) -> None:
        front = ShyButton(
            self._theme, "front", "Frontalise", "Turn the head straight to the camera"
        )
        front.clicked.connect(self._editor.frontalise)
        take = ShyButton(self._theme, "photo", "From photo…", "Take the pose of another photo")
        take.clicked.connect(lambda: self.takeRequested.emit("pose"))
        self._pose_buttons += [front, take]
        layout.addLayout(_line(front, take))

    def _expression_extras(self, layout: QVBoxLayout) -> None:
        neutral = ShyButton(self._theme, "neutral", "Neutral", "All expressions at rest")
        neutral.clicked.connect(self._editor.neutral)
        presets = Combo(self._theme, "Expression preset", "A named expression in place of this one")
        presets.addItem("Preset…", "")
        for name in EXPRESSION_PRESETS:
            presets.addItem(name.replace("-", " ").capitalize(), name)
        presets.activated.connect(lambda i: self._expression_preset(presets, i))
        presets.highlighted.connect(
            lambda i: self._editor.trial.look(self._posed(presets.itemData(i)))
        )
        presets.closed.connect(lambda: self._editor.trial.look(None))
        take = ShyButton(
            self._theme, "photo", "From photo…", "Take the expression of another photo"
        )
        take.clicked.connect(lambda: self.takeRequested.emit("expression"))
        self._expression_buttons += [neutral, presets, take]
        layout.addLayout(_line(neutral, presets, take))

    def _expression_preset(self, box: Combo, index: int) -> None:
        name = box.itemData(index)
        box.setCurrentIndex(0)
        if posed := self._posed(name):
            label = name.replace("-", " ").capitalize()
            self._editor.set_group("expression", posed, f"Expression: {label}")

    def _posed(self, name: str) -> FaceParameters | None:
        """The face with a named expression."""
        mine = self._editor.parameters
        return replace(mine, expression=expression_preset(name)) if name else None

    def _light_extras(self, layout: QVBoxLayout) -> None:
        self.light = LightControls(self._editor, self._theme)
        self.light.take.clicked.connect(lambda: self.takeRequested.emit("light"))
        layout.addWidget(self.light)

    def folds(self) -> list[Fold]:
        """All folds, for walking through."""
        return [f for g in self.groups.values() for f in (g, *g.folds)]


def _line(*widgets: QWidget) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(20, 2, 14, 6)
    line.setSpacing(6)
    for widget in widgets:
        line.addWidget(widget)
    return line


def _search(text: str) -> list[RigParameter]:
    """Parameters that hold every word in label, name or section; the best first."""
    words = text.split()
    found = []
    for entry in PARAMETERS.values():
        hay = f"{entry.label} {entry.name} {entry.section} {entry.group}".lower()
        if all(w in hay for w in words):
            rank = 0 if entry.label.lower().startswith(text) else 1 if text in hay[:40] else 2
            found.append(_Found(rank, entry))
    return [f.entry for f in sorted(found, key=lambda f: f.rank)]
