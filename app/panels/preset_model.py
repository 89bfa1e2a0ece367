"""The presets that the list shows: names, thumbnails of the present face, renaming."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QIcon, QPixmap

from app.editor import GROUP_LABELS, Editor
from app.previews import Previews
from app.theme import Theme
from core.engine.messages import FaceParameters
from core.errors import MienError
from core.rig.library import OWN, Preset, PresetFolder, built_in

ICON = 78
CELL = QSize(ICON + 14, ICON + 28)
Index = QModelIndex | QPersistentModelIndex


class PresetModel(QAbstractListModel):
    """failed: a sentence."""

    failed = Signal(str)

    def __init__(
        self,
        editor: Editor,
        previews: Previews,
        folder: PresetFolder,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._previews = previews
        self._folder = folder
        self._theme = theme
        self._built_in = built_in()
        self._shown: list[Preset] = list(self._built_in)
        self._filter = ("", "")
        self._face: object = None
        previews.arrived.connect(self._arrived)

    def show(self, section: str, text: str) -> None:
        """Only presets of a section ("" for all) whose name holds every word of a text."""
        self._filter = (section, text)
        self.refresh()

    def refresh(self) -> None:
        """The folder may hold others now."""
        section, text = self._filter
        words = text.lower().split()
        self.beginResetModel()
        self._shown = [
            p
            for p in (*self._folder, *self._built_in)
            if section in ("", p.section)
            and all(w in f"{p.name} {_kind(p)}".lower() for w in words)
        ]
        self.endResetModel()

    def look_again(self) -> None:
        """Another face may be there: its thumbnails are asked for where they are seen."""
        editor = self._editor
        face = (editor.document.face, editor.photo, editor.person, editor.state.method)
        if face != self._face:
            self._face = face
            self._tell(0, len(self._shown) - 1)

    def preset(self, index: object) -> Preset | None:
        """The preset at an index."""
        if isinstance(index, QModelIndex | QPersistentModelIndex) and index.isValid():
            return self._shown[index.row()]
        return None

    def row(self, preset: Preset) -> int | None:
        """Where a preset is shown."""
        return next((i for i, p in enumerate(self._shown) if p is preset), None)

    # The model's side towards Qt.

    def rowCount(self, parent: Index | None = None) -> int:
        """How many are shown."""
        return 0 if parent and parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Name, picture or tooltip."""
        preset = self._shown[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return preset.name
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(preset)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return f"{preset.name}: {_kind(preset)}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """One's own can be renamed."""
        usual = super().flags(index)
        own = self._shown[index.row()].path is not None
        return usual | Qt.ItemFlag.ItemIsEditable if own else usual

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename one's own."""
        try:
            self._folder.rename(self._shown[index.row()], str(value))
        except MienError as error:
            self.failed.emit(str(error))
            return False
        self.refresh()
        return True

    # Inside.

    def _picture(self, preset: Preset) -> QIcon:
        picture = self._previews.picture(preset, partial(self._parameters, preset))
        if picture:
            return picture
        blank = QPixmap(ICON, ICON)
        blank.fill(QColor(self._theme.colours.field))
        return QIcon(blank)

    def _parameters(self, preset: Preset) -> FaceParameters:
        """The preset on the face without an edit, so that an edit costs no new thumbnails."""
        baseline = self._editor.baseline
        return preset.excerpt.onto(baseline, baseline)

    def _arrived(self, key: object) -> None:
        row = self.row(key) if isinstance(key, Preset) else None
        if row is not None:
            self._tell(row, row)

    def _tell(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first), self.index(last), [Qt.ItemDataRole.DecorationRole])


def _kind(preset: Preset) -> str:
    kinds = " and ".join(GROUP_LABELS[g].lower() for g in preset.excerpt.groups)
    return f"my {kinds}" if preset.section == OWN else kinds
