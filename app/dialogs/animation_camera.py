"""The webcam's small window: which camera, what it sees, start and stop."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.motion_camera import Camera
from app.settings import Settings
from app.theme import Theme
from app.widgets.check import CheckBox
from app.widgets.combo import Combo
from core.motion.capture import Source, Tracked

CAMERAS = 4
_VIDEOS = "Videos (*.mp4 *.mov *.avi *.mkv *.webm *.m4v);;All files (*)"
_START = "Look into the camera with a resting face, then start."
_NEUTRAL = "Hold your face at rest for a moment."


class CameraDialog(QDialog):
    """Stays open beside the window; closing it stops the camera."""

    def __init__(
        self, camera: Camera, settings: Settings, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Drive by webcam")
        self._camera = camera
        self._settings = settings
        self.source = Combo(theme, "Camera", "Which camera, or a video of a face")
        self.source.addItems([f"Camera {i + 1}" for i in range(CAMERAS)])
        self.source.addItem("A video…")
        tip = "Your right moves what is at the right of the picture"
        self.mirror = CheckBox(theme, "&Mirror", tip)
        self.mirror.setChecked(True)
        tip = "From the playhead on; recorded when you stop"
        self.record = CheckBox(theme, "&Record to the timeline", tip)
        self.preview = QLabel()
        self.preview.setObjectName("card")
        self.preview.setFixedSize(232, 174)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.preview.setAccessibleName("What the camera sees")
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.start = QPushButton("Start")
        self.start.setObjectName("primary")
        self.neutral = QPushButton("Take as neutral")
        self.neutral.setToolTip("Your face as it is now is this face as it was")
        self._lay_out()
        self.start.clicked.connect(self._start)
        self.neutral.clicked.connect(camera.calibrate)
        camera.seen.connect(self._seen)
        camera.changed.connect(self._refresh)
        # The window's card may be behind this one.
        camera.message.connect(lambda message: self._say(message.text, message.kind))
        self._refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        """The camera stops."""
        self._camera.stop()
        super().closeEvent(event)

    def reject(self) -> None:
        """Esc closes it."""
        self.close()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 12)
        column.setSpacing(9)
        column.addWidget(self.source)
        column.addWidget(self.preview, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.told)
        column.addWidget(self.mirror)
        column.addWidget(self.record)
        row = QHBoxLayout()
        row.addWidget(self.neutral)
        row.addStretch(1)
        row.addWidget(self.start)
        column.addLayout(row)

    def _start(self) -> None:
        if self._camera.running:
            self._camera.stop()
            return
        source: Source = self.source.currentIndex()
        if source == CAMERAS:
            source, _ = QFileDialog.getOpenFileName(
                self, "Open a video of a face", self._settings.folder("video"), _VIDEOS
            )
            if not source:
                return
            self._settings.set_folder("video", source)
        self._say("Starting…")
        self._camera.start(source, self.mirror.isChecked(), self.record.isChecked())

    def _refresh(self) -> None:
        running = self._camera.running
        self.start.setText("Stop" if running else "Start")
        for control in (self.source, self.mirror, self.record):
            control.setEnabled(not running)
        self.neutral.setEnabled(running)
        if not running:
            self._say(_START)
            self.preview.clear()

    def _seen(self, tracked: Tracked) -> None:
        height, width = tracked.preview.shape[:2]
        image = QImage(
            tracked.preview.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888
        )
        self.preview.setPixmap(QPixmap.fromImage(image))
        if not tracked.found:
            self._say("No face is seen; the picture keeps still.")
        elif tracked.pose is None:
            self._say(_NEUTRAL)
        else:
            self._say(f"Following at {tracked.rate:.0f} pictures a second.")

    def _say(self, text: str, kind: str = "muted") -> None:
        self.told.setText(text)
        if self.told.property("kind") != kind:
            self.told.setProperty("kind", kind)
            self.told.style().polish(self.told)
