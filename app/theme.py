"""Colours and the style sheet: a neutral grey around the picture, one accent."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from string import Template

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPalette
from PySide6.QtWidgets import QApplication

from app import icons

# The first of these that is installed; the system's own font comes after them.
FONTS = ("Inter", "Segoe UI Variable Text", "Segoe UI", "SF Pro Text", "Noto Sans", "Cantarell")
FONT_PIXELS = 12


@dataclass(frozen=True)
class Colours:
    """All colours of a theme, as "#rrggbb"."""

    dark: bool
    canvas: str
    panel: str
    raised: str
    field: str
    hover: str
    border: str
    track: str
    text: str
    muted: str
    disabled: str
    accent: str
    on_accent: str
    handle: str
    warning: str
    error: str


DARK = Colours(
    True, canvas="#151618", panel="#202124", raised="#2a2b2f", field="#18191b", hover="#34363b",
    border="#323438", track="#3b3d42", text="#dfe1e5", muted="#92959c", disabled="#5d6067",
    accent="#4f9cf0", on_accent="#0b1622", handle="#eceef1", warning="#e5a84b", error="#e8685f",
)  # fmt: skip
LIGHT = Colours(
    False, canvas="#d3d5d9", panel="#f4f5f6", raised="#ffffff", field="#ffffff", hover="#e6e8eb",
    border="#d2d5da", track="#cfd2d7", text="#1f2226", muted="#686d75", disabled="#a9adb4",
    accent="#2270cf", on_accent="#ffffff", handle="#ffffff", warning="#b06e00", error="#c5372c",
)  # fmt: skip


class Choice(enum.StrEnum):
    """What the person may choose."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


_SHEET = Template("""
* { outline: none; }
QMainWindow, QDialog, QWidget#panel, QScrollArea#panelScroll, QWidget#panelBody {
  background: $panel; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 2px 3px; }
QMenuBar { background: $panel; color: $text; padding: 2px 4px; }
QMenuBar::item { padding: 5px 9px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; color: $text; border: 1px solid $border; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 10px; border-radius: 4px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $disabled; background: transparent; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }
QMenu::indicator { width: 12px; height: 12px; left: 7px; }
QFrame#toolbar { background: $panel; border: none; border-bottom: 1px solid $border; }
QFrame#status { background: $panel; border: none; border-top: 1px solid $border; }
QFrame#status QLabel { color: $muted; }
QFrame#rule { background: $border; border: none; }
QWidget#panel { border-left: 1px solid $border; }
QMainWindow::separator { background: $border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QDockWidget { color: $text; }
QUndoView { background: transparent; border: none; padding: 4px; }
QUndoView::item { border-radius: 5px; padding: 4px 6px; color: $text; }
QUndoView::item:hover { background: $hover; }
QUndoView::item:selected { background: $hover; color: $accent; }
QListView#presets { background: transparent; border: none; }
QListView#presets::item { border-radius: 6px; padding: 3px; color: $text; }
QListView#presets::item:hover { background: $hover; }
QListView#presets::item:selected { background: $hover; color: $accent; }
QDockWidget::title { background: $panel; padding: 6px 10px; border-bottom: 1px solid $border; }
QDockWidget > QWidget { background: $panel; color: $text; }
QTabBar::tab { background: $field; color: $muted; padding: 5px 12px; border: 1px solid $border;
  margin-right: -1px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { background: $panel; color: $text; }
QTabBar::tab:focus { border-color: $accent; }
QAbstractItemView { background: $panel; color: $text; border: none;
  selection-background-color: $hover; selection-color: $text; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 5px;
  padding: 4px; color: $text; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $track; }
QToolButton:checked { background: $hover; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $disabled; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton#mini { padding: 1px; border-radius: 4px; }
QToolButton#segment { border-radius: 0; background: $field; border: 1px solid $border;
  padding: 4px 7px; margin-left: -1px; }
QToolButton#segment:checked { background: $hover; border-color: $border; }
QToolButton#segment:focus { border-color: $accent; }
QPushButton { background: $raised; color: $text; border: 1px solid $border; border-radius: 5px;
  padding: 4px 11px; min-height: 16px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $track; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $disabled; }
QPushButton#primary { background: $accent; color: $on_accent; border: 1px solid $accent;
  font-weight: 600; }
QPushButton#primary:hover { border-color: $text; }
QPushButton#primary:disabled { background: $raised; border-color: $border; color: $disabled; }
QPushButton#flat { background: transparent; border: none; color: $muted; padding: 3px 6px; }
QPushButton#flat:hover { color: $text; }
QPushButton#flat:focus { color: $accent; }
QPushButton#chip { background: $field; color: $muted; padding: 2px; border-radius: 10px; }
QPushButton#chip:hover { background: $hover; }
QPushButton#chip:checked { background: $hover; color: $accent; border-color: $accent; }
QPushButton#chip:focus { border-color: $accent; }
QToolButton#slot { background: $field; border: 1px solid $border; padding: 1px; color: $muted; }
QToolButton#slot:hover { border-color: $muted; }
QToolButton#slot:focus { border-color: $accent; }
QToolButton#method { border-radius: 0; background: $field; border: 1px solid $border;
  padding: 4px 8px; margin-left: -1px; color: $muted; }
QToolButton#method:checked { background: $hover; color: $accent; }
QToolButton#method:focus { border-color: $accent; }
QToolButton#method:disabled { color: $disabled; }
QComboBox { background: $field; color: $text; border: 1px solid $border; border-radius: 5px;
  padding: 3px 8px; min-height: 18px; }
QComboBox:hover { background: $hover; }
QComboBox:focus { border-color: $accent; }
QComboBox:disabled { color: $disabled; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: none; width: 0; height: 0; }
QComboBox QAbstractItemView, QListView#completions { background: $raised; color: $text;
  border: 1px solid $border; selection-background-color: $accent; selection-color: $on_accent;
  padding: 2px; }
QListView#completions::item { padding: 3px 4px; }
QComboBox QAbstractItemView::item { padding: 4px 6px; border-radius: 4px; color: $text; }
QComboBox QAbstractItemView::item:selected { background: $accent; color: $on_accent; }
QLineEdit, QAbstractSpinBox { background: $field; color: $text; border: 1px solid $border;
  border-radius: 5px; padding: 3px 7px; selection-background-color: $accent;
  selection-color: $on_accent; }
QLineEdit:focus, QAbstractSpinBox:focus { border-color: $accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled { color: $disabled; }
QAbstractSpinBox { padding: 1px 0; }
QAbstractSpinBox QLineEdit { border: none; padding: 0; background: transparent; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QLineEdit#number { border: 1px solid transparent; background: transparent; color: $muted;
  border-radius: 4px; padding: 1px 4px; }
QLineEdit#number:hover { background: $field; border-color: $border; }
QLineEdit#number:focus { background: $field; border-color: $accent; color: $text; }
QLineEdit#number[changed="true"] { color: $text; }
QLineEdit#number[outside="true"] { color: $warning; }
QLineEdit#number:disabled { color: $disabled; }
QLabel { color: $text; background: transparent; }
QLabel#muted { color: $muted; }
QLabel[kind="muted"] { color: $muted; }
QLabel[kind="warning"] { color: $warning; }
QLabel[kind="error"] { color: $error; }
QLabel#section { color: $muted; font-weight: 600; }
QFrame#card { background: $raised; border: 1px solid $border; border-radius: 8px; }
QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { background: transparent; width: 9px; margin: 0; }
QScrollBar::handle:vertical { background: $track; border-radius: 3px; min-height: 32px;
  margin: 1px 2px; }
QScrollBar::handle:vertical:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
  background: none; height: 0; }
QSlider::groove:horizontal { height: 3px; background: $track; border-radius: 1px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 1px; }
QSlider::handle:horizontal { width: 10px; height: 10px; margin: -4px 0; border-radius: 5px;
  background: $handle; border: 1px solid $border; }
QSlider::handle:horizontal:focus { border-color: $accent; }
QSlider::sub-page:horizontal:disabled { background: $disabled; }
QSlider::handle:horizontal:disabled { background: $disabled; }
QProgressBar { background: $track; border: none; border-radius: 2px; max-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QSplitter::handle { background: $border; width: 1px; }
QTableWidget, QPlainTextEdit { background: $field; color: $text; border: 1px solid $border;
  border-radius: 5px; gridline-color: $border; }
QTableWidget::item:selected { background: $hover; color: $text; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QHeaderView::section { background: $panel; color: $muted; border: none; padding: 5px; }
""")


class Theme(QObject):
    """The theme in use; painted widgets read `colours` and repaint on `changed`."""

    changed = Signal()

    def __init__(self, application: QApplication, choice: Choice = Choice.DARK) -> None:
        super().__init__(application)
        self._application = application
        self.choice = choice
        self.colours = DARK
        application.setStyle("Fusion")
        application.setWindowIcon(icons.application())
        font = QFont(application.font())
        font.setFamilies([*FONTS, font.family()])
        font.setPixelSize(FONT_PIXELS)
        application.setFont(font)
        application.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._apply(choice)

    def choose(self, choice: Choice) -> None:
        """Apply a theme to the whole application; `changed` follows in the loop's next turn."""
        self._apply(choice)
        QTimer.singleShot(0, self, self.changed.emit)

    def icon(self, name: str, checked: str = "") -> QIcon:
        """An icon in this theme's colours; accent when checked."""
        c = self.colours
        return icons.icon(name, c.text, c.accent, c.disabled, checked)

    def quiet_icon(self, name: str, checked: str = "") -> QIcon:
        """An icon that stays in the background until it is checked."""
        c = self.colours
        return icons.icon(name, c.muted, c.accent, c.disabled, checked)

    def still_icon(self, name: str) -> QIcon:
        """An icon that looks the same checked or not."""
        c = self.colours
        return icons.icon(name, c.muted, c.muted, c.disabled)

    def _apply(self, choice: Choice) -> None:
        self.choice = choice
        self.colours = self._resolve()
        self._application.setPalette(_palette(self.colours))
        # From one sheet straight to another Qt dresses a widget once for each of its parents too,
        # which takes several times as long.
        self._application.setStyleSheet("")
        self._application.setStyleSheet(_SHEET.substitute(vars(self.colours)))

    def _resolve(self) -> Colours:
        if self.choice is Choice.SYSTEM:
            scheme = self._application.styleHints().colorScheme()
            return LIGHT if scheme == Qt.ColorScheme.Light else DARK
        return LIGHT if self.choice is Choice.LIGHT else DARK

    def _system_changed(self) -> None:
        if self.choice is Choice.SYSTEM and self._resolve() != self.colours:
            self.choose(self.choice)


class Dresser(QObject):
    """Calls `dress` now and after every change of the theme, as long as its owner lives."""

    def __init__(self, theme: Theme, owner: QObject, dress: Callable[[], None]) -> None:
        super().__init__(owner)
        self._dress = dress
        theme.changed.connect(self.dress)
        dress()

    def dress(self) -> None:
        """Dress anew."""
        self._dress()


def _palette(c: Colours) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: c.panel,
        QPalette.ColorRole.WindowText: c.text,
        QPalette.ColorRole.Base: c.field,
        QPalette.ColorRole.AlternateBase: c.panel,
        QPalette.ColorRole.Text: c.text,
        QPalette.ColorRole.PlaceholderText: c.muted,
        QPalette.ColorRole.Button: c.raised,
        QPalette.ColorRole.ButtonText: c.text,
        QPalette.ColorRole.ToolTipBase: c.raised,
        QPalette.ColorRole.ToolTipText: c.text,
        QPalette.ColorRole.Highlight: c.accent,
        QPalette.ColorRole.HighlightedText: c.on_accent,
        QPalette.ColorRole.Link: c.accent,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(c.disabled))
    return palette
