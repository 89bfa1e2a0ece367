"""The faces of the photo, to choose one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from app.canvas.painting import to_image
from app.editor import Editor

THUMBNAIL = 48


class FaceChooser(QWidget):
    """Thumbnails from left to right as in the photo; hidden unless there are several faces."""

    chosen = Signal(int)

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._shown: object = None
        self.buttons: list[QToolButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 10, 6)
        column.setSpacing(6)
        self._title = QLabel("Faces")
        self._title.setObjectName("section")
        column.addWidget(self._title)
        self._strip = QWidget()
        self._row = QHBoxLayout(self._strip)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFixedHeight(THUMBNAIL + 20)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._strip)
        column.addWidget(scroll)
        self.hide()

    def refresh(self) -> None:
        """Show the editor's faces."""
        photo = self._editor.photo
        faces = photo.faces if photo else ()
        if faces is not self._shown:
            self._shown = faces
            self._fill()
        self.setVisible(len(faces) > 1)
        for index, button in enumerate(self.buttons):
            button.setChecked(index == self._editor.document.face)

    def _fill(self) -> None:
        while item := self._row.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.buttons = []
        photo = self._editor.photo
        for index, face in enumerate(photo.faces if photo else ()):
            button = QToolButton()
            button.setCheckable(True)
            button.setIcon(QIcon(QPixmap.fromImage(to_image(face.thumbnail))))
            button.setIconSize(QSize(THUMBNAIL, THUMBNAIL))
            text = f"Face {index + 1}"
            button.setToolTip(f"{text}, confidence {face.confidence:.0%}")
            button.setAccessibleName(text)
            button.clicked.connect(lambda _=False, i=index: self._choose(i))
            self.buttons.append(button)
        for index in photo.across if photo else ():
            self._row.addWidget(self.buttons[index])
        self._row.addStretch(1)

    def _choose(self, index: int) -> None:
        self.chosen.emit(index)
        self.refresh()
