"""The line at the foot of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

if TYPE_CHECKING:
    from app.editor import Editor
    from app.states import PhotoState
    from core.document.state import PersonState

HINTS = ("Drag turns the head", "Shift tilts", "Right-drag lights", "Tab shows the model",
         "Hold \\ for the original")  # fmt: skip


class Hints(QLabel):
    """As many of some hints as there is room for, the first ones first."""

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def show_hints(self, hints: tuple[str, ...]) -> None:
        """Others."""
        self._hints = hints
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More of them, or fewer."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        texts = ("   ·   ".join(self._hints[:n]) for n in range(len(self._hints), -1, -1))
        width = self.fontMetrics().horizontalAdvance
        self.setText(next(text for text in texts if width(text) <= self.width()))


class StatusBar(QFrame):
    """Photo on the left, device on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setFixedHeight(26)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        self.photo = QLabel("")
        self.hints = Hints()
        self.method = QLabel("")
        self.method.setToolTip(
            "Between the photo and the generator's face: 0 for one face, about 1 for strangers"
        )
        self.device = QLabel("Engine starting…")
        row.addWidget(self.photo)
        row.addSpacing(14)
        row.addWidget(self.hints, 1)
        row.addSpacing(14)
        row.addWidget(self.method)
        row.addSpacing(14)
        row.addWidget(self.device)

    def set_device(self, text: str) -> None:
        """Where pictures are made."""
        self.device.setText(text)

    def show_document(self, editor: Editor, waiting: bool) -> None:
        """The photo that is being opened, or what there is; waiting: a person is coming."""
        if editor.awaited.text:
            self.hints.show_hints(())
            self.photo.setText(editor.awaited.text)
        elif editor.photo:
            self.set_photo(editor.photo)
        else:
            self.set_person(editor.person, waiting)

    def set_person(self, person: PersonState | None, waiting: bool) -> None:
        """No photo: the generated person, or the face model; waiting: the person is coming."""
        self.hints.show_hints(HINTS if person else ())
        bare = "The generator is being loaded" if waiting else "No photo: the face model"
        self.photo.setText(f"{person.name}   made by the generator" if person else bare)

    def set_method(self, text: str) -> None:
        """How well the generator knows the face, beside the device."""
        self.method.setText(text)

    def set_photo(self, photo: PhotoState) -> None:
        """Name, size, faces."""
        count = len(photo.faces)
        faces = "no face" if not count else "1 face" if count == 1 else f"{count} faces"
        self.hints.show_hints(HINTS if count else ())
        self.photo.setText(f"{photo.name}   {photo.width} × {photo.height} px   {faces}")
