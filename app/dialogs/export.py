"""Writing one picture: name, folder, format, and what the file says of itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.settings import Settings
from app.theme import Theme
from app.widgets.check import CheckBox
from app.widgets.combo import Combo
from app.widgets.spin import plain
from core.errors import ParameterError
from core.export.naming import FIELDS, Value, preview
from core.export.options import QUALITY
from core.files import unique_path

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".webp": "WebP", ".tif": "TIFF"}
SAME = "same"
LOSSY = (".jpg", ".webp")
WIDTH = 480
NAME_TIP = "\n".join(
    [
        "What the file is called; these are filled in:",
        *(f"{{{name}}}: {what}" for name, what in FIELDS.items() if name != "index"),
        "and any control, such as {yaw} or {jawOpen:.2f}",
    ]
)
# Text and tooltip of each check box.
PROVENANCE = {
    "photo": (
        "Say in the file that the photo was changed by AI",
        "As XMP DigitalSourceType, compositeWithTrainedAlgorithmicMedia, which picture "
        "libraries and search engines read",
    ),
    "person": (
        "Say in the file that the picture was made by AI",
        "As XMP DigitalSourceType, trainedAlgorithmicMedia, which picture libraries and "
        "search engines read",
    ),
}
EMBED = (
    "Embed the settings",
    "Dropped on Mien, the picture brings this edit back. The file then holds all values of the "
    "rig and the photo's name, but no folder names",
)
SIGN = (
    "Sign with content credentials",
    "A C2PA manifest, signed with the certificate of the settings",
)


@dataclass(frozen=True)
class Subject:
    """What is to be written. values: for the name template; size: (width, height) px.

    original: the photo's path, which is never written over; suffix: of the photo's own format,
    "" for people. signed: whether content credentials are set up.
    """

    values: Mapping[str, Value]
    size: tuple[int, int] | None = None
    suffix: str = ""
    original: str = ""
    feather: float | None = None
    signed: bool = False

    @property
    def kind(self) -> str:
        """What the choices are remembered under."""
        return "person" if self.feather is None else "photo"


@dataclass(frozen=True)
class ExportChoice:
    """What the person decided. feather: px, None for people."""

    path: str
    quality: int
    provenance: bool
    settings: bool
    signed: bool
    feather: float | None


class ExportDialog(QDialog):
    """Enter exports with what was chosen the last time. decided: an ExportChoice."""

    decided = Signal(object)

    def __init__(
        self, subject: Subject, theme: Theme, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export picture")
        self.setMinimumWidth(WIDTH)
        self._subject = subject
        self._theme = theme
        self._settings = settings
        last = settings.choices(f"export-{subject.kind}")
        self._add_place(last)
        self._add_file(last)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export = QPushButton("Export")
        self.export.setObjectName("primary")
        self.export.setDefault(True)
        buttons.addButton(self.export, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(14)
        column.addLayout(self._form)
        column.addWidget(buttons)
        self._refresh()
        self.name.setFocus()
        self.name.selectAll()

    # What is chosen now.

    def path(self) -> str:
        """Where to write. Raises ParameterError with what is wrong with the name or folder."""
        name = preview(self.name.text(), [self._subject.values], self.suffix(), 1)[0]
        folder = os.path.expanduser(self.folder.text().strip())
        if not os.path.isdir(folder):
            raise ParameterError(f"There is no folder {folder or 'named'}; choose another.")
        path = os.path.join(folder, name)
        original = self._subject.original
        if original and os.path.realpath(path) == os.path.realpath(original):
            raise ParameterError("That is the photo itself; choose another name, so that it stays.")
        return path

    def suffix(self) -> str:
        """The ending of the chosen format."""
        chosen = str(self.format.currentData())
        return self._subject.suffix if chosen == SAME else chosen

    def accept(self) -> None:
        """Ask before a file is replaced, remember the choices, and tell."""
        try:
            path = self._agreed(self.path())
        except ParameterError:
            return
        if not path:
            return
        choice = ExportChoice(
            path, self.quality.value(), self.provenance.isChecked(), self.embed.isChecked(),
            self.sign.isChecked() and self._subject.signed,
            None if self.feather is None else float(self.feather.value()),
        )  # fmt: skip
        self._settings.set_folder("export", path)
        self._settings.set_choices(
            f"export-{self._subject.kind}",
            {
                "name": self.name.text(), "format": self.format.currentData(),
                "quality": choice.quality, "provenance": choice.provenance,
                "sign": self.sign.isChecked(),
            },
        )  # fmt: skip
        if choice.settings != self._settings.values.embed_settings:
            self._settings.change(embed_settings=choice.settings)
        super().accept()
        self.decided.emit(choice)

    # Inside.

    def _agreed(self, path: str) -> str:
        """The path to write to after the question about an existing file; "" for none."""
        if not os.path.lexists(path):
            return path
        question = QMessageBox(self)
        question.setWindowTitle("Export picture")
        question.setText(f"{os.path.basename(path)} exists already.")
        replace = question.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
        both = question.addButton("Keep both", QMessageBox.ButtonRole.AcceptRole)
        question.addButton(QMessageBox.StandardButton.Cancel)
        question.setDefaultButton(both)
        question.exec()
        if question.clickedButton() is both:
            return str(unique_path(path))
        return path if question.clickedButton() is replace else ""

    def _add_place(self, last: Mapping[str, Any]) -> None:
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(14)
        self._form.setVerticalSpacing(9)
        default = "{stem}" if self._subject.kind == "person" else "{stem}_edited"
        self.name = QLineEdit(str(last.get("name", default)))
        self.name.setAccessibleName("Name template")
        self.name.setToolTip(NAME_TIP)
        self.shown = QLabel()
        self.shown.setWordWrap(True)
        self.shown.setMinimumHeight(2 * self.shown.fontMetrics().lineSpacing())
        self.shown.setAccessibleName("The file's name")
        self._row("Name", self.name)
        self._form.addRow("", self.shown)
        place = QHBoxLayout()
        place.setSpacing(8)
        self.folder = QLineEdit(self._settings.folder("export", self._subject.original))
        self.folder.setAccessibleName("Folder")
        browse = QPushButton("Browse…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        place.addWidget(self.folder, 1)
        place.addWidget(browse)
        self._row("Folder", place)
        for field in (self.name, self.folder):
            field.textChanged.connect(self._refresh)

    def _add_file(self, last: Mapping[str, Any]) -> None:
        self.format = Combo(self._theme, "Format", "PNG and TIFF keep every pixel, JPEG is small")
        if self._subject.suffix:
            self.format.addItem(f"As the photo ({FORMATS[self._subject.suffix]})", SAME)
        for suffix, label in FORMATS.items():
            self.format.addItem(label, suffix)
        self.format.setCurrentIndex(max(self.format.findData(last.get("format")), 0))
        self.quality = self._spin("Quality", 1, 100, int(last.get("quality", QUALITY)))
        self.quality.setToolTip("Of JPEG and WebP, from 1 to 100; more is larger and better")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.format, 1)
        self._quality_label = QLabel("Quality")
        row.addWidget(self._quality_label)
        row.addWidget(self.quality)
        self._row("Format", row)
        if self._subject.size:
            width, height = self._subject.size
            size = QLabel(f"{width} × {height} px")
            size.setObjectName("muted")
            self._row("Size", size)
        self.feather: QSpinBox | None = None
        if self._subject.feather is not None:
            self.feather = self._spin("Seam feather", 0, 500, round(self._subject.feather))
            self.feather.setSuffix(" px")
            self.feather.setToolTip("How softly the edit runs into the rest of the photo")
            line = QHBoxLayout()
            line.addWidget(self.feather)
            line.addStretch(1)
            self._row("Seam feather", line)
        self.provenance = self._box(last, "provenance", *PROVENANCE[self._subject.kind])
        self.embed = self._box(
            {"settings": self._settings.values.embed_settings}, "settings", *EMBED
        )
        self.sign = self._box(last, "sign", *SIGN)
        self.sign.setVisible(self._subject.signed)
        self.format.currentIndexChanged.connect(self._refresh)

    def _row(self, text: str, content: QWidget | QHBoxLayout) -> None:
        label = QLabel(text)
        label.setObjectName("muted")
        if isinstance(content, QWidget):
            self._form.addRow(label, content)
        else:
            self._form.addRow(label, content)

    def _spin(self, name: str, low: int, high: int, value: int) -> QSpinBox:
        spin = QSpinBox()
        spin.setRange(low, high)
        spin.setValue(value)
        spin.setAccessibleName(name)
        plain(spin)
        spin.setFixedSize(64, 24)
        return spin

    def _box(self, last: Mapping[str, Any], name: str, text: str, tip: str) -> CheckBox:
        box = CheckBox(self._theme, text, tip)
        box.setChecked(bool(last.get(name, True)))
        self._form.addRow("", box)
        return box

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Export to", self.folder.text())
        if folder:
            self.folder.setText(folder)

    def _refresh(self) -> None:
        lossy = self.suffix() in LOSSY
        self.quality.setEnabled(lossy)
        self._quality_label.setEnabled(lossy)
        try:
            path = self.path()
        except ParameterError as error:
            text, kind = str(error), "error"
        else:
            taken = os.path.lexists(path)
            text = os.path.basename(path) + (" exists already" if taken else "")
            kind = "warning" if taken else "muted"
        self.shown.setText(text)
        self.shown.setProperty("kind", kind)
        self.shown.style().polish(self.shown)
        self.export.setEnabled(kind != "error")
