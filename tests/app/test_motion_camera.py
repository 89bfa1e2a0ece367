"""A camera's process drives the rig; here it says what it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.dialogs.animation_camera import CameraDialog
from app.motion_camera import Camera, CameraLink
from app.settings import Settings
from app.theme import Theme
from app.window import MainWindow
from core.motion import capture
from core.motion.capture import Calibrate, Ended, Source, StopCapture, Tracked
from models.face.parameters import EXPRESSION_NAMES
from tests.app.conftest import WAIT_MS

PREVIEW = np.zeros((40, 60, 3), np.uint8)


def _picture(seconds: float, yaw: float | None) -> Tracked:
    jaw = np.zeros(51, np.float32)
    jaw[EXPRESSION_NAMES.index("jawOpen")] = 0.5
    pose = None if yaw is None else np.array([yaw, 0, 0], np.float32)
    return Tracked(seconds, yaw is not None, pose, None if yaw is None else jaw, PREVIEW, 30.0)


def fake_run(connection: Connection, source: Source, mirror: bool) -> None:
    """Turns to 20 degrees in 20 pictures, loses the face, then waits; 9 is no camera."""
    if source == 9:
        connection.send(Ended("There is no camera 10; plug one in."))
        return
    for i in range(21):
        connection.send(_picture(i / 20, float(-i if mirror else i)))
    connection.send(_picture(1.1, None))
    while not isinstance(message := connection.recv(), StopCapture):
        if isinstance(message, Calibrate):
            connection.send(_picture(2.0, 0.0))


@pytest.fixture
def camera(window: MainWindow) -> Iterator[Camera]:
    """Over the pretended process."""
    it = Camera(window.editor, window.motion, CameraLink(fake_run), window)
    yield it
    it.stop()


def _lost(camera: Camera, qtbot: QtBot) -> None:
    """Wait until the face is lost, after all its motion."""
    with qtbot.waitSignal(camera.seen, timeout=WAIT_MS, check_params_cb=lambda t: not t.found):
        pass


def test_the_face_follows_and_keeps_still_when_lost(
    window: MainWindow, camera: Camera, qtbot: QtBot
) -> None:
    window.editor.set_values({"yaw": 5.0}, "Yaw")
    camera.start(0, mirror=False, record=False)
    _lost(camera, qtbot)
    assert window.editor.value("yaw") == pytest.approx(25)
    assert window.editor.value("jawOpen") == pytest.approx(0.5)
    camera.calibrate()
    qtbot.waitUntil(lambda: window.editor.value("yaw") == 5, timeout=WAIT_MS)
    camera.stop()
    assert not camera.running
    assert window.editor.history.undoText() == "Webcam"
    window.editor.history.undo()
    assert (window.editor.value("yaw"), window.editor.value("jawOpen")) == (5, 0)


def test_a_recording_becomes_keys(window: MainWindow, camera: Camera, qtbot: QtBot) -> None:
    camera.start(0, mirror=True, record=True)
    _lost(camera, qtbot)
    camera.stop()
    timeline = window.motion.timeline
    assert set(timeline.tracks) == {"yaw", "jawOpen"}
    assert timeline.values(12)["yaw"] == pytest.approx(-10, abs=0.3)
    assert window.editor.history.undoText() == "Record webcam"


def test_without_a_camera_it_says_so(window: MainWindow, camera: Camera, qtbot: QtBot) -> None:
    with qtbot.waitSignal(camera.message, timeout=WAIT_MS) as told:
        camera.start(9, mirror=False, record=False)
    assert told.args[0].text == "There is no camera 10; plug one in."
    assert not camera.running


def test_the_real_process_reports_what_is_missing(window: MainWindow, qtbot: QtBot,
                                                  tmp_path: Path) -> None:  # fmt: skip
    camera = Camera(window.editor, window.motion, CameraLink(capture.run), window)
    with qtbot.waitSignal(camera.message, timeout=60_000) as told:
        camera.start(str(tmp_path / "gone.avi"), mirror=False, record=False)
    assert told.args[0].text == "gone.avi cannot be played; choose another video."


def deaf_run(connection: Connection, source: Source, mirror: bool) -> None:
    """Hears nothing and never ends by itself."""
    time.sleep(120)


def test_the_thread_ends_whatever_the_process_does(window: MainWindow, qtbot: QtBot) -> None:
    camera = CameraLink(deaf_run, window)
    camera.start(0, mirror=False)
    thread = next(t for t in threading.enumerate() if t.name == "camera-link")
    assert not thread.daemon
    camera.stop()
    qtbot.waitUntil(lambda: not thread.is_alive(), timeout=WAIT_MS)


def test_the_small_window(camera: Camera, settings: Settings, theme: Theme, qtbot: QtBot) -> None:
    dialog = CameraDialog(camera, settings, theme)
    qtbot.addWidget(dialog)
    dialog.show()
    for control in (dialog.source, dialog.mirror, dialog.record, dialog.start, dialog.neutral):
        assert control.accessibleName() or control.text()  # type: ignore[union-attr]
    dialog.start.click()
    _lost(camera, qtbot)
    assert dialog.told.text().startswith("No face") and not dialog.preview.pixmap().isNull()
    assert dialog.start.text() == "Stop" and not dialog.source.isEnabled()
    dialog.close()
    assert not camera.running and dialog.start.text() == "Start"


def test_the_small_window_says_what_went_wrong(
    camera: Camera, settings: Settings, theme: Theme, qtbot: QtBot
) -> None:
    """Its line stands where people look; the window's card may be behind it."""
    dialog = CameraDialog(camera, settings, theme)
    qtbot.addWidget(dialog)
    assert dialog.told.property("kind") == "muted"
    with qtbot.waitSignal(camera.message, timeout=WAIT_MS):
        camera.start(9, True, False)
    assert dialog.told.text() == "There is no camera 10; plug one in."
    assert dialog.told.property("kind") == "error" and dialog.start.text() == "Start"
