"""Presets with thumbnails of the present face: choose, blend, keep one's own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCursor, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.groups import GroupsDialog
from app.editor import GROUP_LABELS, Editor
from app.panels.person import PercentSpec
from app.panels.preset_model import CELL, ICON, PresetModel
from app.presets import Presets
from app.previews import Previews
from app.settings import Settings
from app.theme import Theme
from app.widgets.buttons import IconButton
from app.widgets.menu import PassingMenu
from app.widgets.messages import Message
from app.widgets.number import NumberBox
from app.widgets.slider import Slider
from core.errors import MienError
from core.folders import data_folder
from core.rig.excerpt import Excerpt
from core.rig.library import OWN, SUFFIX, Preset, PresetFolder

BLEND = PercentSpec(
    "Blend",
    "How much of a preset is taken: 0 leaves the face, 100 is the whole preset. It changes the "
    "preset applied last, and counts for the next ones. Percent.",
)
SECTIONS = (("", "All"), ("expression", "Expression"), ("light", "Light"), ("pose", "Pose"),
            (OWN, "Mine"))  # fmt: skip


class PresetList(QListView):
    """Thumbnails in a grid; Enter, Space and a click choose. pointed: at an index, or at none."""

    chosen = Signal(object)
    pointed = Signal(QModelIndex)
    deleteRequested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.entered.connect(self.pointed)
        self.viewportEntered.connect(lambda: self.pointed.emit(QModelIndex()))
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def _scrolled(self) -> None:
        """Another one comes under a pointer at rest."""
        if self.viewport().underMouse():
            at = self.viewport().mapFromGlobal(QCursor.pos())
            self.pointed.emit(self.indexAt(at))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space apply, Delete removes; the rest is the list's."""
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if self.currentIndex().isValid():
                self.chosen.emit(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Delete):
            self.deleteRequested.emit()
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer goes elsewhere."""
        super().leaveEvent(event)
        self.pointed.emit(QModelIndex())


class PresetPanel(QWidget):
    """message: to show over the canvas."""

    message = Signal(object)

    def __init__(
        self, editor: Editor, previews: Previews, theme: Theme, settings: Settings
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(296)
        self._editor = editor
        self._theme = theme
        self._settings = settings
        self.folder = PresetFolder(data_folder() / "presets")
        self.presets = Presets(editor, self)
        self.presets.message.connect(self.message)
        self.presets.changed.connect(self._show_blend)
        self.model = PresetModel(editor, previews, self.folder, theme, self)
        self.model.failed.connect(self._say)
        self.list = self._make_list()
        self._make_fields()
        self._lay_out()
        editor.changed.connect(self._refresh)
        editor.photoChanged.connect(self._refresh)
        editor.history.indexChanged.connect(self._show_blend)
        self._refresh()
        self._show_blend()
        QTimer.singleShot(0, self._load)

    def apply(self, preset: Preset) -> None:
        """Take a preset over."""
        if self._editor.editable:
            self.presets.apply(preset)

    def current(self) -> Preset | None:
        """The preset under the keyboard's cursor."""
        return self.model.preset(self.list.currentIndex())

    def menu(self) -> QMenu:
        """What can be done with one's own presets."""
        menu, preset = PassingMenu(self), self.current()
        own = preset is not None and preset.path is not None
        menu.addAction("Save the present edit…", self.save).setEnabled(self._editor.editable)
        menu.addAction("Import…", self._import)
        menu.addSeparator()
        menu.addAction("Rename", self._edit_name).setEnabled(own)
        menu.addAction("Export…", self._export).setEnabled(preset is not None)
        menu.addAction("Delete", self.delete).setEnabled(own)
        return menu

    def save(self) -> GroupsDialog:
        """Ask for a name and groups, then keep the present edit as a preset."""
        editor = self._editor
        changed = [g for g in GROUP_LABELS if editor.is_group_changed(g)]
        dialog = GroupsDialog(
            self._theme, "Save preset", "Save", GROUP_LABELS, changed, lambda _: add(),
            self.window(),
        )  # fmt: skip
        name = dialog.add_name(editor.history.undoText().partition(": ")[2])

        def add() -> None:
            excerpt = Excerpt(dialog.chosen(), editor.parameters, editor.baseline)
            try:
                preset = self.folder.add(name.text(), excerpt)
            except MienError as error:
                self._say(str(error))
            else:
                self._chips[OWN].setChecked(True)
                self._show(preset)

        dialog.open()
        return dialog

    def take_in(self, path: str) -> None:
        """Copy a preset's file from elsewhere."""
        try:
            self._show(self.folder.take_in(Path(path)))
        except MienError as error:
            self._say(str(error))

    def delete(self) -> None:
        """Remove one's own preset, after a question."""
        preset = self.current()
        if preset is None or preset.path is None:
            return
        answer = QMessageBox.question(
            self, "Delete preset", f"Delete the preset {preset.name} for good?"
        )
        if answer == QMessageBox.StandardButton.Yes:
            try:
                self.folder.delete(preset)
            except MienError as error:
                self._say(str(error))
            self.model.refresh()

    # Layout.

    def _make_list(self) -> PresetList:
        view = PresetList()
        view.setModel(self.model)
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setMovement(QListView.Movement.Static)
        view.setIconSize(QSize(ICON, ICON))
        view.setGridSize(CELL)
        view.setWordWrap(True)
        view.setUniformItemSizes(True)
        view.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        view.setAccessibleName("Presets")
        view.setObjectName("presets")
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda at: self.menu().popup(view.viewport().mapToGlobal(at))
        )
        view.clicked.connect(self._chosen)
        view.chosen.connect(self._chosen)
        view.deleteRequested.connect(self.delete)
        view.pointed.connect(lambda index: self.presets.look(self.model.preset(index)))
        return view

    def _make_fields(self) -> None:
        presets, theme = self.presets, self._theme
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search presets")
        self.search.setAccessibleName("Search presets")
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)
        self._icon = QAction(self)
        self.search.addAction(self._icon, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._first)
        self.save_button = IconButton(theme, "save", "Save the present edit as a preset", self.save)
        self.more = IconButton(theme, "more", "More for presets", self._popup)
        self.blend, self.number = Slider(BLEND, theme), NumberBox(BLEND)
        self.blend.dragStarted.connect(presets.begin)
        self.blend.dragged.connect(lambda v: presets.set_blend(v / 100))
        self.blend.dragEnded.connect(presets.end)
        self.blend.dragCancelled.connect(presets.cancel)
        self.blend.resetRequested.connect(lambda: presets.set_blend(1.0))
        for changed in (self.blend.stepped, self.number.committed):
            changed.connect(lambda v: presets.set_blend(v / 100))
        theme.changed.connect(self._dress)
        self._dress()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(10, 8, 8, 4)
        top.setSpacing(4)
        for widget in (self.search, self.save_button, self.more):
            top.addWidget(widget)
        chips = QHBoxLayout()
        chips.setContentsMargins(10, 0, 8, 4)
        chips.setSpacing(3)
        self._chips: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for section, text in SECTIONS:
            chip = QPushButton(text)
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.setChecked(not section)
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.setAccessibleName(f"Show presets: {text}")
            chip.clicked.connect(self._filter)
            group.addButton(chip)
            chips.addWidget(chip, 1)
            self._chips[section] = chip
        self._empty = QLabel("No preset has that name")
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(2, 4, 8, 6)
        bottom.setSpacing(2)
        bottom.addWidget(self.blend, 1)
        bottom.addWidget(self.number)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addLayout(chips)
        column.addWidget(self._empty)
        middle = QHBoxLayout()
        middle.setContentsMargins(8, 2, 0, 0)
        middle.addWidget(self.list)
        column.addLayout(middle, 1)
        column.addLayout(bottom)

    def _dress(self) -> None:
        self._icon.setIcon(self._theme.quiet_icon("search"))

    # Inside.

    def _load(self) -> None:
        for problem in self.folder.load():
            self._say(problem)
        self.model.refresh()
        self._filter()

    def _refresh(self) -> None:
        self.list.setEnabled(self._editor.editable)
        self.save_button.setEnabled(self._editor.editable)
        if not self._editor.dragging:
            self.model.look_again()

    def _show_blend(self) -> None:
        percent = 100 * self.presets.blend
        self.blend.set_value(percent, 100.0)
        self.number.set_value(percent, percent != 100)

    def _filter(self, _what: object = None) -> None:
        section = next(s for s, chip in self._chips.items() if chip.isChecked())
        self.model.show(section, self.search.text())
        own = section == OWN and not self.search.text()
        self._empty.setText("Save an edit to find it here" if own else "No preset has that name")
        self._empty.setVisible(self.model.rowCount() == 0)

    def _first(self) -> None:
        self.list.setFocus()
        self.list.setCurrentIndex(self.model.index(0))

    def _show(self, preset: Preset) -> None:
        self.search.clear()
        self._filter()
        row = self.model.row(preset)
        if row is not None:
            self.list.setCurrentIndex(self.model.index(row))

    def _chosen(self, index: object) -> None:
        preset = self.model.preset(index)
        if preset:
            self.apply(preset)

    def _edit_name(self) -> None:
        self.list.edit(self.list.currentIndex())

    def _popup(self) -> None:
        self.menu().popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Import preset", self._settings.folder("presets"), f"Presets (*{SUFFIX})"
        )
        if path:
            self._settings.set_folder("presets", path)
            self.take_in(path)

    def _export(self) -> None:
        preset = self.current()
        if preset is None:
            return
        start = str(Path(self._settings.folder("presets")) / f"{preset.name}{SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(self, "Export preset", start, f"Presets (*{SUFFIX})")
        if path:
            self._settings.set_folder("presets", path)
            try:
                # The dialog has asked before an existing file is replaced.
                self.folder.export(preset, Path(path), overwrite=True)
            except MienError as error:
                self._say(str(error))

    def _say(self, text: str) -> None:
        self.message.emit(Message(text, "warning", key=text))
