"""The line at the foot of the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.states import PhotoState
from core.document.state import PersonState

HINT = (
    "Drag turns the head   ·   Shift tilts   ·   Right-drag lights   ·   "
    "Tab shows the model   ·   Hold \\ for the original"
)


class StatusBar(QFrame):
    """Photo on the left, device on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setFixedHeight(26)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        self.photo = QLabel("")
        self.hint = QLabel("")
        self.method = QLabel("")
        self.method.setToolTip(
            "Between the photo and the generator's face: 0 for one face, about 1 for strangers"
        )
        self.device = QLabel("Engine starting…")
        row.addWidget(self.photo)
        # In a narrow window the hint gives way.
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addSpacing(14)
        row.addWidget(self.hint, 1)
        row.addSpacing(14)
        row.addWidget(self.method)
        row.addSpacing(14)
        row.addWidget(self.device)

    def set_device(self, text: str) -> None:
        """Where pictures are made."""
        self.device.setText(text)

    def set_person(self, person: PersonState | None, waiting: bool) -> None:
        """No photo: the generated person, or the face model; waiting: the person is coming."""
        self.hint.setText(HINT if person else "")
        bare = "The generator is being loaded" if waiting else "No photo: the face model"
        self.photo.setText(f"{person.name}   made by the generator" if person else bare)

    def set_method(self, text: str) -> None:
        """How well the generator knows the face, beside the device."""
        self.method.setText(text)

    def set_photo(self, photo: PhotoState) -> None:
        """Name, size, faces."""
        count = len(photo.faces)
        faces = "no face" if not count else "1 face" if count == 1 else f"{count} faces"
        self.hint.setText(HINT if count else "")
        self.photo.setText(f"{photo.name}   {photo.width} × {photo.height} px   {faces}")
