"""The settings: every change counts at once and is kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
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
from core.settings import PREVIEW_SIZES

_THEMES = (("As the system", "system"), ("Dark", "dark"), ("Light", "light"))
_FOLDERS = (("open", "Photos to open"), ("export", "Exported pictures"), ("project", "Projects"))
_FILES = "PEM files (*.pem *.crt *.cer *.key);;All files (*)"


class SettingsDialog(QDialog):
    """One form. gpus: the names of the GPUs that the engine found."""

    def __init__(
        self, settings: Settings, theme: Theme, gpus: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._settings, self._theme = settings, theme
        self._filling = False
        self._shows: list[Callable[[], None]] = []
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(560)
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setVerticalSpacing(8)
        self._grid.setHorizontalSpacing(14)
        self._section("Window")
        self._combo("theme", "Theme", _THEMES, "The colours of the window")
        self._section("Engine")
        self._combo("device", "Device", _devices(gpus), "What the generator's pictures are made by")
        sizes = [(f"Up to {s:,} px", s) for s in PREVIEW_SIZES[:-1]]
        whole = ("As large as the screen needs", PREVIEW_SIZES[-1])
        self._combo(
            "preview_size",
            "Preview",
            (whole, *reversed(sizes)),
            "The longest side of the picture on the canvas; exports are always full size",
        )
        self._memory()
        self._section("Files")
        for purpose, label in _FOLDERS:
            self._folder(purpose, label)
        self._check("autosave", "Keep unsaved work, and offer it after a crash")
        self._section("Exported pictures")
        self._check("embed_settings", "Embed the settings, so that a dropped picture restores them")
        self._path("certificate", "Certificate", "Signs exported pictures with content credentials")
        self._path("private_key", "Private key", "The certificate's own key")
        self._lay_out()
        settings.changed.connect(self._show_values)
        self._show_values()

    def _lay_out(self) -> None:
        reset, close = QPushButton("Reset to defaults"), QPushButton("Close")
        reset.setToolTip("Choices and shortcuts as Mien came; files and folders stay")
        reset.setAutoDefault(False)
        reset.clicked.connect(self._settings.reset)
        close.setDefault(True)
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(reset)
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 18, 14)
        column.addLayout(self._grid)
        column.addSpacing(12)
        column.addLayout(row)

    # Rows.

    def _section(self, title: str) -> None:
        label = QLabel(title)
        label.setObjectName("section")
        label.setContentsMargins(0, 10, 0, 0)
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 3)

    def _row(self, label: str, *widgets: QWidget) -> None:
        name, row = QLabel(label), self._grid.rowCount()
        name.setBuddy(widgets[0])
        self._grid.addWidget(name, row, 0)
        for place, widget in enumerate(widgets, 1):
            last = place == len(widgets)
            self._grid.addWidget(widget, row, place, 1, 3 - place if last else 1)

    def _control(self, key: str, widget: QWidget, show: Callable[[], None]) -> None:
        """A control of one value; the environment may have fixed it."""
        widget.setObjectName(widget.objectName() or f"setting_{key}")
        if key in self._settings.fixed:
            widget.setEnabled(False)
            widget.setToolTip(f"Set by the variable MIEN_{key.upper()}")
        self._shows.append(show)

    def _combo(
        self, key: str, label: str, choices: tuple[tuple[str, Any], ...], tooltip: str
    ) -> None:
        combo = Combo(self._theme, label, tooltip)
        for text, value in choices:
            combo.addItem(text, value)
        combo.activated.connect(lambda _: self._change(key, combo.currentData()))
        self._row(label, combo)
        self._control(
            key, combo, lambda: combo.setCurrentIndex(max(0, combo.findData(self._value(key))))
        )

    def _memory(self) -> None:
        box = QSpinBox()
        box.setRange(0, 1024)
        box.setSuffix(" GB")
        box.setSpecialValueText("No limit")
        plain(box)
        box.setKeyboardTracking(False)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setAccessibleName("Memory limit")
        box.setToolTip("What the engine may take (Linux); 2 GB do for photos of 20 megapixels")
        box.valueChanged.connect(lambda value: self._change("memory_limit", value))
        self._row("Memory limit", box)
        self._control("memory_limit", box, lambda: box.setValue(self._value("memory_limit")))

    def _check(self, key: str, text: str) -> None:
        check = CheckBox(self._theme, text, "")
        check.toggled.connect(lambda on: self._change(key, on))
        self._grid.addWidget(check, self._grid.rowCount(), 0, 1, 3)
        self._control(key, check, lambda: check.setChecked(self._value(key)))

    def _folder(self, purpose: str, label: str) -> None:
        line = self._line(label, "Where the dialog begins; it follows what you choose there")
        line.setReadOnly(True)
        choose = self._button(f"Choose the folder for: {label}", partial(self._ask, purpose, label))
        self._row(label, line, choose)
        self._shows.append(lambda: line.setText(self._settings.folder(purpose)))

    def _path(self, key: str, label: str, tooltip: str) -> None:
        line = self._line(label, tooltip)
        line.setPlaceholderText("None")
        line.editingFinished.connect(lambda: self._change(key, line.text().strip()))
        choose = self._button(f"Choose the file: {label}", partial(self._ask_file, key, label))
        choose.setEnabled(key not in self._settings.fixed)
        self._row(label, line, choose)
        self._control(key, line, lambda: line.setText(self._value(key)))

    def _line(self, name: str, tooltip: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setToolTip(tooltip)
        return line

    def _button(self, name: str, clicked: Callable[[], None]) -> QPushButton:
        button = QPushButton("Browse…")
        button.setAccessibleName(name)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: clicked())
        return button

    # Values.

    def _value(self, key: str) -> Any:
        return getattr(self._settings.values, key)

    def _change(self, key: str, value: Any) -> None:
        if not self._filling and value != self._value(key):
            self._settings.change(**{key: value})

    def _show_values(self) -> None:
        self._filling = True
        for show in self._shows:
            show()
        self._filling = False

    def _ask(self, purpose: str, label: str) -> None:
        start = self._settings.folder(purpose)
        folder = QFileDialog.getExistingDirectory(self, label, start)
        if folder:
            self._settings.change(folders={**self._settings.values.folders, purpose: folder})

    def _ask_file(self, key: str, label: str) -> None:
        path, _ = QFileDialog.getOpenFileName(self, label, self._value(key), _FILES)
        if path:
            self._change(key, path)


def _devices(gpus: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """GPUs are offered where there are some."""
    gpu = ((f"GPU ({gpus[0]})", "cuda"),) if gpus else (("GPU (none was found)", "cuda"),)
    return ("Automatic", "auto"), ("Processor", "cpu"), *gpu
