"""Pictures that Mien exported bring their settings back when they are opened."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app import files, projects
from app.controller import Controller
from app.editor import Editor
from app.settings import Settings
from app.widgets.messages import Message

KEY = "settings"


class Restoring(QObject):
    """Opens pictures: a generated person as a person, an edited photo with an offer to go on."""

    message = Signal(object)

    def __init__(
        self,
        window: QWidget,
        editor: Editor,
        controller: Controller,
        settings: Settings,
        reading: files.ProjectFiles,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._editor = editor
        self._controller = controller
        self._settings = settings
        self._reading = reading
        self._wanted = ""
        reading.looked.connect(self._looked)

    def open(self, path: str) -> None:
        """Open a picture, with what its file says of how it was made."""
        self._wanted = path
        beside = [os.path.dirname(path), os.path.dirname(os.path.dirname(path))]
        used = [os.path.dirname(recent) for recent in self._settings.recent]
        folders = dict.fromkeys([*beside, self._settings.folder("open"), *used])
        self._reading.look(path, [Path(folder) for folder in folders])

    # Inside.

    def _looked(self, found: files.Embedded) -> None:
        if found.path != self._wanted:
            return  # another picture was opened meanwhile
        name, settings = os.path.basename(found.path), found.settings
        if settings and settings.project.person and self._same_generator(found):
            self._editor.load(projects.without_photo(settings.project), f"Open {name}")
            self._editor.history.setClean()  # the picture holds all of it
            self._controller.photoOpened.emit(found.path)
            return
        self._controller.open_photo(found.path, name)
        if found.fault:
            self._say(found.fault, "warning")
        elif settings and settings.project.edits and not settings.project.person:
            self._offer(found)

    def _same_generator(self, found: files.Embedded) -> bool:
        now = self._controller.generator_key
        made = found.settings.weights.get("generator", "") if found.settings else ""
        if now and made and now != made:
            name = os.path.basename(found.path)
            text = f"{name} was made by another generator than yours, so it opens as a picture."
            self._say(text, "warning")
            return False
        return True

    def _offer(self, found: files.Embedded) -> None:
        assert found.settings
        name, original = found.settings.project.photo_name, found.original
        if original:
            text = f"This picture is an edit of {name}, which is still there."
            self._say(text, action=("Restore the edit", lambda: self._restore(found, original)))
        elif name and found.settings.photo_sha256:
            text = f"This picture is an edit of {name}; with that photo the edit can go on."
            self._say(text, action=(f"Find {name}…", lambda: self._find(found)))

    def _find(self, found: files.Embedded) -> None:
        assert found.settings
        name = found.settings.project.photo_name
        path = files.ask_open(self._window, self._settings, f"Find {name}", False)
        if path:
            self._reading.compare(found, Path(path), self._compared)

    def _compared(self, found: files.Embedded, path: Path, same: bool) -> None:
        if same:
            self._restore(found, path)
        else:
            text = f"{path.name} is not the photo that was edited, or was changed since."
            self._say(text, "warning", ("Find again…", lambda: self._find(found)))

    def _restore(self, found: files.Embedded, original: Path) -> None:
        assert found.settings
        self._controller.open_original(found.settings.project, str(original))

    def _say(self, text: str, kind: str = "info", action: files.Action = None) -> None:
        self.message.emit(Message(text, kind, action=action, key=KEY))
