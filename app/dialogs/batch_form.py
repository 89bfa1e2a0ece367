"""The job of a batch as a form: input, controls, outputs, folder and names."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from app.dialogs.batch_input import InputChoice
from app.dialogs.batch_outputs import OutputChoice
from app.dialogs.batch_variations import Variations
from app.dialogs.export import NAME_TIP
from app.theme import Theme
from app.widgets.check import CheckBox
from app.widgets.spin import plain
from core.document.project import SUFFIX, Project
from core.errors import JobError
from core.export.executors import core_count, most_workers
from core.export.job import DEFAULT_NAMES, Job, Outputs, Photos
from core.export.naming import safe_name

# The document of the window: its name, itself, and its photo's path or bytes.
Document = tuple[str, Project, str | bytes | None]
_MOST_DRAWS, _MOST_SEED = 1_000_000, 2**31 - 1
_TIP = NAME_TIP.replace("{face}: the number of the face in its photo, from 1\n", "")


class BatchForm(QWidget):
    """changed: the job may be another now. document: the window's, if it has one."""

    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        folder: str,
        document: Callable[[], Document | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._folder = folder
        self.document = document
        self.input = InputChoice(theme, folder)
        self.variations = Variations(theme)
        self.outputs = OutputChoice(theme)
        self.outputs.show_choice(Outputs(), ())
        self.outputs.show_signing(None)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setHorizontalSpacing(14)
        self._form.setVerticalSpacing(10)
        self._row("Input", self.input)
        self._row("Controls", self.variations)
        self._row("", self._numbers())
        self._row("Outputs", self.outputs)
        self._row("Folder", self._place())
        self.names = QLineEdit(DEFAULT_NAMES)
        self.names.setAccessibleName("Name template")
        self.names.setToolTip(_TIP)
        self._row("Names", self.names)
        self.shown = QLabel()
        self.shown.setWordWrap(True)
        self.shown.setMinimumHeight(2 * self.shown.fontMetrics().lineSpacing())
        self.shown.setAccessibleName("What will be made")
        self._form.addRow("", self.shown)
        for part in (self.input, self.variations, self.outputs):
            part.changed.connect(self.changed)
        for field in (self.out, self.names):
            field.textChanged.connect(self.changed)
        for number in (self.seed, self.draws):
            number.valueChanged.connect(self.changed)
        self.relative.toggled.connect(self.changed)

    def job(self) -> Job:
        """What the form says. Raises MienError."""
        out = self.folder()
        document = self.document() if self.input.takes_document else None
        if self.input.takes_document and document is None:
            raise JobError("The window holds no photo or person; open one, or choose a project.")
        name = safe_name(os.path.splitext(document[0])[0]) if document else ""
        return Job(
            self.input.input(out / f"{name}{SUFFIX}"), out, self.seed.value(),
            self.variations.edits(), self.draws.value(), self.relative.isChecked(),
            self.outputs.outputs(), self.outputs.datasets(), self.names.text(),
            self.outputs.signing(),
        ).checked()  # fmt: skip

    def show_job(self, job: Job) -> None:
        """Fill the form from a job."""
        self.input.show_input(job.input)
        self.variations.set_edits(job.edits)
        self.outputs.show_choice(job.outputs, job.datasets)
        self.outputs.show_signing(job.sign)
        self.out.setText(str(job.out))
        self.names.setText(job.names)
        self.seed.setValue(min(job.seed, _MOST_SEED))
        self.draws.setValue(job.draws)
        self.relative.setChecked(job.relative)

    def show_photos(self, paths: Sequence[str]) -> None:
        """Fill folders and photos in, and a folder beside the first one to write to."""
        self.input.show_input(Photos(tuple(map(Path, paths))))
        path = Path(paths[0])
        self.out.setText(str(path.with_name(f"{path.name}-batch")))

    def folder(self) -> Path:
        """Where to write. Raises JobError."""
        typed = self.out.text().strip()
        if not typed:
            raise JobError("Choose a folder to write to.")
        return Path(os.path.abspath(os.path.expanduser(typed)))

    def say(self, text: str, kind: str) -> None:
        """The line below the names. kind: muted, warning or error."""
        self.shown.setText(text)
        self.shown.setProperty("kind", kind)
        self.shown.style().polish(self.shown)

    # Inside.

    def _row(self, text: str, content: QWidget) -> None:
        label = QLabel(text)
        label.setObjectName("muted")
        self._form.addRow(label, content)

    def _numbers(self) -> QWidget:
        self.draws = _spin("Pictures for each input and grid point", 1, _MOST_DRAWS, 1)
        self.seed = _spin("Seed", 0, _MOST_SEED, 0)
        self.seed.setToolTip("All that is drawn at random depends on it, and on the item's number")
        self.relative = CheckBox(
            self._theme, "Add to the input's own values",
            "A yaw of 10 then turns each head by 10 degrees from where it is",
        )  # fmt: skip
        parts = (QLabel("Draws"), self.draws, QLabel("Seed"), self.seed, self.relative)
        self.draws.setToolTip("Pictures for each input and grid point, drawn anew each time")
        return _line(*parts)

    def _place(self) -> QWidget:
        self.out = QLineEdit()
        self.out.setAccessibleName("Folder to write to")
        self.out.setPlaceholderText("A folder of its own; it is made if there is none")
        browse = QPushButton("Browse…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        self.workers = _spin("Workers", 1, most_workers(), core_count())
        self.workers.setToolTip("Processes that make pictures; one for each core is quickest")
        line = _line(self.out, browse, QLabel("Workers"), self.workers, stretch=False)
        return line

    def _browse(self) -> None:
        start = self.out.text() or self._folder
        folder = QFileDialog.getExistingDirectory(self, "Write the batch to", start)
        if folder:
            self.out.setText(folder)


def _spin(name: str, low: int, high: int, value: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setValue(value)
    spin.setAccessibleName(name)
    plain(spin)
    spin.setFixedSize(84, 24)
    return spin


def _line(*parts: QWidget, stretch: bool = True) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for part in parts:
        row.addWidget(part, 0 if stretch or not isinstance(part, QLineEdit) else 1)
    if stretch:
        row.addStretch(1)
    return holder
