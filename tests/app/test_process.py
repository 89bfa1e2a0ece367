"""The window stays alive and quick whatever the engine does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.main import ExceptionCards
from app.settings import Settings
from app.theme import Theme
from app.widgets.messages import Message, MessageCard
from app.window import MainWindow
from tests.app.conftest import WAIT_MS, Open, settled
from tests.core.engine.fake import BrokenBackend


class Pulse(QObject):
    """Measures how long the window's thread stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)
        self._timer.start(2)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now


def test_kill_9_loses_nothing(window: MainWindow, open_photo: Open, qtbot: QtBot) -> None:
    open_photo()
    window.editor.set_values({"yaw": 40, "jawOpen": 0.3}, "Edit")
    settled(window, qtbot)
    pid = window.link.client.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT_MS)
    assert "nothing is lost" in window.messages.messages()[-1].text
    assert window.editor.value("yaw") == 40 and window.editor.history.count() == 2
    qtbot.waitUntil(lambda: window.link.client.pid not in (None, pid), timeout=WAIT_MS)
    window.editor.set_values({"yaw": 33}, "Yaw")
    settled(window, qtbot)
    result = window.canvas.result()
    assert result and result.pixelColor(5, 5).red() == 133
    assert window.messages.dismiss("engine") and window.messages.messages() == []


def test_good_news_leaves_by_itself_and_errors_stay(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time comes when the test says so, whatever else the machine does."""
    area = window.messages
    good, bad = Message("It is done.", seconds=60), Message("It went wrong.", "error")
    for message in (good, bad):
        area.show_message(message)
    cards = {card.message: card for card in area.findChildren(MessageCard)}
    timer = cards[good]._timer
    assert timer.isActive() and timer.interval() == 60_000
    assert not cards[bad]._timer.isActive()
    for under_the_pointer in (True, False):
        monkeypatch.setattr(cards[good], "underMouse", lambda on=under_the_pointer: on)
        timer.timeout.emit()
        assert (good in area.messages()) is under_the_pointer
    assert bad in area.messages()


def test_a_card_that_leaves_gives_the_focus_to_the_canvas(window: MainWindow) -> None:
    window.messages.show_message(Message("Look here.", action=("Look", lambda: None)))
    look = next(b for b in window.messages.findChildren(QPushButton) if b.text() == "Look")
    look.setFocus()
    look.click()
    assert not window.messages.messages() and window.canvas.hasFocus()


def test_an_engine_that_keeps_dying_is_given_up_and_can_be_restarted(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    window.editor.linked = False
    window.editor.set_values({"jawOpen": 1.25}, "Jaw open")
    qtbot.waitUntil(
        lambda: any("keeps stopping" in m.text for m in window.messages.messages()),
        timeout=WAIT_MS,
    )
    window.editor.history.undo()
    action = window.messages.messages()[-1].action
    assert action
    action[1]()
    settled(window, qtbot)


def test_missing_files_are_told_and_not_tried_for_ever(
    qtbot: QtBot, theme: Theme, settings: Settings
) -> None:
    window = MainWindow(theme, settings, BrokenBackend)
    qtbot.addWidget(window)
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT_MS)
    assert "face model is missing" in window.messages.messages()[0].text
    assert window.link.client.life == 1
    window.close()


def test_an_exception_in_the_window_is_shown(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    ExceptionCards(window)
    sys.excepthook(ValueError, ValueError("odd"), None)
    message = window.messages.messages()[-1]
    assert message.kind == "error" and "odd" in message.text and "ValueError" in message.details
    thread = threading.Thread(target=lambda: os.environ["MISSING"])
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: "MISSING" in window.messages.messages()[-1].text, timeout=WAIT_MS)


def test_the_window_never_stands_still_while_the_engine_works(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo("3000x2000, 1 faces")
    longest = []
    # The best of three at twice the budget: test machines are busy; benchmarks/app.py measures it.
    for name in ("one.jpg", "two.jpg", "three.jpg"):
        pulse = Pulse()
        window.controller.open_photo(b"3000x2000, 1 faces, slow", name)
        for step in range(40):
            window.editor.begin("Yaw")
            window.editor.set_values({"yaw": step}, "Yaw")
            qtbot.wait(10)
        window.editor.end()
        qtbot.waitUntil(lambda name=name: window.documents.title() == name, timeout=WAIT_MS)  # type: ignore[misc]
        settled(window, qtbot)
        longest.append(pulse.longest)
        if longest[-1] < 0.2:
            break
    assert min(longest) < 0.2


def test_a_hundred_thousand_void_calls(qtbot: QtBot) -> None:
    """PySide6 6.12 on Python 3.11 loses a reference to None at each and aborts."""
    widget = QWidget()
    qtbot.addWidget(widget)
    image = QImage(4, 4, QImage.Format.Format_RGB32)
    before = sys.getrefcount(None)
    painter = QPainter(image)
    for _ in range(50_000):
        painter.drawPoint(1, 1)
        widget.update()
    painter.end()
    assert abs(sys.getrefcount(None) - before) < 20_000


def test_the_window_imports_neither_torch_nor_models_nor_numba() -> None:
    code = (
        "import sys, app.main, app.parts; print(sorted({n.split('.')[0] for n in sys.modules} "
        "& {'torch', 'numba', 'cv2', 'scipy', 'PIL', 'openvino', 'dlib'}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_twenty_deaths_during_a_drag(window: MainWindow, open_photo: Open, qtbot: QtBot) -> None:
    """None of them ends the drag; the next picture is three seconds of work away at most, and
    nothing is lost.
    """
    open_photo()
    editor, client = window.editor, window.link.client
    steps, before = editor.history.count(), sum(os.times()[:4])
    editor.begin("Yaw")
    for yaw in range(1, 21):
        editor.set_values({"yaw": yaw}, "Yaw")
        settled(window, qtbot)
        pid = client.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        qtbot.waitUntil(lambda pid=pid: client.pid not in (None, pid), timeout=WAIT_MS)  # type: ignore[misc]
        editor.set_values({"yaw": yaw + 0.5}, "Yaw")
        settled(window, qtbot)
    # Work and not time, since test machines are busy: the window's, and the dead engines'.
    assert sum(os.times()[:4]) - before < 20 * 3
    editor.end()
    settled(window, qtbot)
    result = window.canvas.result()
    assert result and result.pixelColor(5, 5).red() == 100 + round(20.5)
    assert editor.history.count() == steps + 1 and editor.history.undoText() == "Yaw"
    assert len(window.messages.messages()) == 1
