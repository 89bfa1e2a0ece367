"""Settings, shortcuts, the log, About; and what a changed setting does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QMessageBox

from app.settings import Settings
from app.shortcuts import Shortcuts
from app.theme import Theme
from app.widgets.messages import Message
from core.engine.messages import GeneratorState
from core.log import log_path

if TYPE_CHECKING:
    from app.window import MainWindow

# A value that is still being typed shall not restart the engine at each digit.
PATIENCE_MS = 600


class Help(QObject):
    """One of each dialog at most; the engine starts anew when its settings change."""

    def __init__(self, window: MainWindow, settings: Settings, theme: Theme) -> None:
        super().__init__(window)
        self._window, self._settings, self._theme = window, settings, theme
        self._gpus: tuple[str, ...] = ()
        self._dialogs: dict[str, QDialog] = {}
        self._engine = self._engine_values()
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._renew)
        self.shortcuts: Shortcuts | None = None
        window.link.arrived.connect(self._hear)
        settings.changed.connect(self._changed)

    def begin(self) -> None:
        """Once the window is there: apply the settings, and tell what was wrong with them."""
        self.shortcuts = Shortcuts(self._window.actions_, self._settings, self)
        self._settings.problem.connect(self._tell)
        self._changed()
        for notice in self._settings.notices:
            self._tell(notice)

    def show_settings(self) -> None:
        """All settings."""
        from app.dialogs.settings import SettingsDialog

        if not self._raise("settings"):
            dialog = SettingsDialog(self._settings, self._theme, self._gpus, self._window)
            self._show("settings", dialog)

    def show_shortcuts(self) -> None:
        """List what keys and mouse do."""
        from app.dialogs.shortcuts import ShortcutsDialog

        if self.shortcuts and not self._raise("shortcuts"):
            self._show("shortcuts", ShortcutsDialog(self.shortcuts, self._window))

    def show_log(self) -> None:
        """Open the log with the system's own program for texts."""
        path = log_path("window")
        if not path.exists():
            self._tell(f"There is no log yet; {path.parent} may not be writable.")
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self._tell(f"No program opened the log; it is {path}.")

    def show_about(self) -> None:
        """Say what this is."""
        text = (
            "<b>Mien</b><br>An interactive face-rig editor for photos and people who do not exist."
            "<br><br>The engine runs in a process of its own; no picture leaves this computer."
            f"<br><br>Log: {log_path('window')}<br>Engine's log: {log_path('engine')}"
        )
        QMessageBox.about(self._window, "About Mien", text)

    # Inside.

    def _raise(self, name: str) -> bool:
        dialog = self._dialogs.get(name)
        if dialog:
            dialog.raise_()
            dialog.activateWindow()
        return dialog is not None

    def _show(self, name: str, dialog: QDialog) -> None:
        self._dialogs[name] = dialog
        dialog.destroyed.connect(lambda: self._dialogs.pop(name, None))
        dialog.show()

    def _tell(self, text: str) -> None:
        self._window.messages.show_message(Message(text, "warning", key=text))

    def _hear(self, event: object) -> None:
        if isinstance(event, GeneratorState):
            self._gpus = event.gpus

    def _engine_values(self) -> tuple[object, ...]:
        return self._settings.values.device, self._settings.values.memory_limit

    def _changed(self) -> None:
        values = self._settings.values
        if self._theme.choice is not self._settings.theme:
            self._theme.choose(self._settings.theme)
        self._window.controller.set_preview_size(values.preview_size)
        if self._engine_values() != self._engine:
            self._patience.start()

    def _renew(self) -> None:
        if self._engine_values() != self._engine:
            self._engine = self._engine_values()
            # The new process reads the file.
            self._settings.flush()
            self._window.link.client.renew()
