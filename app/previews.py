"""Small pictures of the present face at other parameters, made while the engine is idle."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QIcon, QPixmap

from app.canvas.painting import to_image
from app.controller import Controller
from app.editor import Editor
from app.engine_link import EngineLink
from core.engine import messages as m
from core.engine.inspection import Previewed

SIZE = 160
# Faces whose pictures are kept.
FACES = 4
_PAUSE_MS = 60

Make = Callable[[], m.FaceParameters]


class Previews(QObject):
    """Ask with `picture`; what was not there yet is made later. arrived: the key of one."""

    arrived = Signal(object)

    def __init__(
        self, editor: Editor, link: EngineLink, controller: Controller, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._client = link.client
        self._controller = controller
        self._kept: OrderedDict[object, dict[object, QIcon | None]] = OrderedDict()
        self._wanted: dict[object, Make] = {}
        self._asked: tuple[int, object, object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PAUSE_MS)
        self._timer.timeout.connect(self._next)
        link.arrived.connect(self._arrived)
        controller.pictureShown.connect(self._timer.start)

    def picture(self, key: object, make: Make) -> QIcon | None:
        """The picture under a key; None while it is not made. make: gives its parameters."""
        kept = self._kept.get(self._face(), {})
        if key in kept:
            return kept[key]
        self._wanted[key] = make
        if self._asked is None and not self._timer.isActive():
            self._timer.start()
        return None

    def _face(self) -> object:
        """What tells faces apart: another fit, another person, another method of drawing."""
        editor = self._editor
        if editor.photo:
            return editor.photo, editor.document.face, editor.state.method
        return editor.person

    def _next(self) -> None:
        """The last one asked for is on the screen; it comes first."""
        if self._asked or not self._wanted:
            return
        editor = self._editor
        if editor.photo and not self._controller.has_face():
            # The face's first picture will start this again.
            return
        if editor.dragging or not self._client.idle:
            self._timer.start()
            return
        key, make = self._wanted.popitem()
        noise = editor.person.noise if editor.person else None
        self._asked = (self._client.preview(make(), SIZE, noise), self._face(), key)

    def _arrived(self, event: object) -> None:
        if not self._asked or not isinstance(event, m.Reply) or event.id != self._asked[0]:
            return
        _, face, key = self._asked
        self._asked = None
        if face == self._face():
            kept = self._kept.setdefault(face, {})
            self._kept.move_to_end(face)
            # One that failed is not asked for again.
            kept[key] = _icon(event.picture) if isinstance(event, Previewed) else None
            while len(self._kept) > FACES:
                self._kept.popitem(last=False)
            self.arrived.emit(key)
        self._timer.start()


def _icon(picture: np.ndarray) -> QIcon:
    pixmap = QPixmap.fromImage(to_image(picture))
    icon = QIcon(pixmap)
    # Qt would lay its highlight over the one that is chosen.
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon
