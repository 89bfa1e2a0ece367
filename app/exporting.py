"""Export Picture: from the document to the dialog, and from there to the engine."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app import files, projects
from app.controller import Controller
from app.dialogs.export import ExportChoice, ExportDialog, Subject
from app.editor import Editor
from app.settings import Settings
from app.theme import Theme
from core.export.naming import dated
from core.export.options import ExportOptions
from core.rig.table import values


class Exporting(QObject):
    """dialog: the one last shown."""

    def __init__(
        self,
        window: QWidget,
        editor: Editor,
        controller: Controller,
        theme: Theme,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._editor = editor
        self._controller = controller
        self._theme = theme
        self._settings = settings
        self._signing = ("", "")
        self.dialog: ExportDialog | None = None

    def start(self) -> None:
        """Ask how to write the picture."""
        subject = self._subject()
        if subject:
            self.dialog = ExportDialog(subject, self._theme, self._settings, self._window)
            self.dialog.decided.connect(self._export)
            self.dialog.finished.connect(self.dialog.deleteLater)
            self.dialog.open()

    # Inside.

    def _subject(self) -> Subject | None:
        editor, photo, person = self._editor, self._editor.photo, self._editor.person
        kept = self._settings.values
        self._signing = (kept.certificate, kept.private_key)
        signed = all(self._signing)
        numbers = {**values(editor.effective), **dated()}
        if person:
            seed = {} if person.seed is None else {"seed": person.seed}
            stem = person.name.lower().replace(" ", "-")
            return Subject({"stem": stem, **seed, **numbers}, signed=signed)
        if not photo or not photo.faces:
            return None
        stem, suffix = os.path.splitext(photo.name)
        suffix = {".jpeg": ".jpg", ".tiff": ".tif"}.get(suffix.lower(), suffix.lower())
        return Subject(
            {"stem": stem or "picture", "face": editor.document.face + 1, **numbers},
            (photo.width, photo.height),
            suffix if suffix in files.SAVE_SUFFIXES else ".png",
            photo.source if isinstance(photo.source, str) else "",
            editor.document.feather,
            signed,
        )

    def _export(self, choice: ExportChoice) -> None:
        if choice.feather is not None:
            self._editor.set_feather(choice.feather)
        document = projects.settings_text(self._editor) if choice.settings else ""
        certificate, key = self._signing if choice.signed else ("", "")
        options = ExportOptions(choice.quality, choice.provenance, document, certificate, key)
        self._controller.save_picture(choice.path, options)
