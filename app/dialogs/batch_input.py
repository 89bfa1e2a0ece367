"""What a batch begins with: photos, a project, or people who do not exist."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QWidget,
)

from app.theme import Theme
from app.widgets.combo import Combo
from app.widgets.spin import plain
from core.document.project import SUFFIX
from core.errors import JobError
from core.export.job import Input, People, Photos, SavedProject

PHOTOS, PROJECT, PEOPLE = range(3)
_BETWEEN = ";"


class InputChoice(QWidget):
    """A kind, and what belongs to it. document: the window's document can be the input."""

    changed = Signal()

    def __init__(self, theme: Theme, folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._start = folder
        self._seeds: tuple[int, ...] = ()
        self.kind = Combo(theme, "Input", "What the batch begins with")
        for text in ("Folders of photos", "A project", "People who do not exist"):
            self.kind.addItem(text)
        self.kind.setFixedWidth(180)
        self.photos = self._field("Folders of photos", "A folder; several are parted by ;")
        self.project = self._field("Project", "The document in the window; or choose a project")
        self.count = QSpinBox()
        self.count.setRange(1, 1_000_000)
        self.count.setValue(10)
        plain(self.count)
        self.count.setFixedSize(84, 24)
        self.count.setAccessibleName("Number of people")
        people = _line(self.count, QLabel("people, drawn from the seed below"))
        people.layout().addStretch(1)  # type: ignore[union-attr]
        self._stack = QStackedWidget()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.browse = _button("Browse…", self._browse_photos)
        self.add = _button("Add…", self._add_photos)
        self.add.setToolTip("Another folder behind these")
        self.add.setEnabled(False)
        self.photos.textChanged.connect(lambda text: self.add.setEnabled(bool(text.strip())))
        self._stack.addWidget(_line(self.photos, self.browse, self.add))
        self._stack.addWidget(_line(self.project, _button("Browse…", self._browse_project)))
        self._stack.addWidget(people)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.kind)
        row.addWidget(self._stack, 1)
        self.kind.setCurrentIndex(PEOPLE)
        self._stack.setCurrentIndex(PEOPLE)
        self.kind.currentIndexChanged.connect(self._stack.setCurrentIndex)
        self.kind.currentIndexChanged.connect(self.changed)
        self.count.valueChanged.connect(self.changed)

    @property
    def takes_document(self) -> bool:
        """Whether the window's document is the input."""
        return self.kind.currentIndex() == PROJECT and not self.project.text().strip()

    def input(self, document: Path) -> Input:
        """What is chosen; document: where the window's will be saved. Raises JobError."""
        kind = self.kind.currentIndex()
        if kind == PEOPLE:
            kept = len(self._seeds) == self.count.value()
            return People(seeds=self._seeds) if kept else People(self.count.value())
        if kind == PROJECT:
            typed = self.project.text().strip()
            path = Path(os.path.expanduser(typed)) if typed else document
            if typed and not os.path.isfile(path):
                raise JobError(f"There is no project {path}; choose another.")
            return SavedProject(path)
        paths = self._paths()
        if not paths:
            raise JobError("Choose a folder of photos.")
        missing = next((path for path in paths if not os.path.exists(path)), None)
        if missing:
            raise JobError(f"There is no {missing}; choose another folder.")
        return Photos(paths)

    def show_input(self, given: Input) -> None:
        """Show another input."""
        self._seeds = ()
        match given:
            case Photos(paths):
                self.photos.setText(f"{_BETWEEN} ".join(str(p) for p in paths))
                self.kind.setCurrentIndex(PHOTOS)
            case SavedProject(path):
                self.project.setText(str(path))
                self.kind.setCurrentIndex(PROJECT)
            case People(count, seeds):
                self._seeds = seeds
                self.count.setValue(len(seeds) or count)
                self.kind.setCurrentIndex(PEOPLE)

    def _paths(self) -> tuple[Path, ...]:
        """The folders and photos; a whole text that names one may hold the sign between."""
        text = self.photos.text().strip()
        one = text and os.path.exists(os.path.expanduser(text))
        parts = [text] if one else [p.strip() for p in text.split(_BETWEEN) if p.strip()]
        return tuple(Path(os.path.expanduser(part)) for part in parts)

    def _field(self, name: str, hint: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(hint)
        field.textChanged.connect(self.changed)
        return field

    def _browse_photos(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of photos", self._start)
        if folder:
            self.photos.setText(folder)

    def _add_photos(self) -> None:
        paths = self._paths()
        start = str(paths[-1].parent) if paths else self._start
        folder = QFileDialog.getExistingDirectory(self, "Another folder of photos", start)
        if folder:
            self.show_input(Photos((*paths, Path(folder))))

    def _browse_project(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Project", self._start, f"Mien projects (*{SUFFIX})"
        )
        if path:
            self.project.setText(path)


def _button(text: str, call: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(lambda: call())
    return button


def _line(*parts: QWidget) -> QWidget:
    """Widgets in a row; a text field takes the room."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for part in parts:
        row.addWidget(part, int(isinstance(part, QLineEdit)))
    return holder
