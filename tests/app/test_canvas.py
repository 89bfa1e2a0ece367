"""Gestures, views and overlays of the canvas."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.canvas.compare import Compare
from app.canvas.figures import Figures
from app.canvas.guides import MODEL_GUIDE, guide
from app.canvas.view import Canvas
from app.canvas.viewport import Viewport
from app.window import MainWindow
from core.engine.messages import OVERLAYS
from core.rig.key_light import read_key_light
from tests.app.conftest import Open, settled

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, RIGHT, MIDDLE = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.RightButton,
    Qt.MouseButton.MiddleButton,
)


def mouse(canvas: Canvas, kind: QEvent.Type, at: QPoint, button: Qt.MouseButton,
          modifier: Qt.KeyboardModifier = NONE) -> None:  # fmt: skip
    """One mouse event."""
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    glob = QPointF(canvas.mapToGlobal(at))
    QApplication.sendEvent(canvas, QMouseEvent(kind, QPointF(at), glob, button, held, modifier))


def drag(canvas: Canvas, away: tuple[int, int], button: Qt.MouseButton = LEFT,
         modifier: Qt.KeyboardModifier = NONE, let_go: bool = True) -> None:  # fmt: skip
    """A drag from the canvas's middle."""
    start = canvas.rect().center()
    mouse(canvas, QEvent.Type.MouseButtonPress, start, button, modifier)
    for step in (0.25, 0.5, 1.0):
        at = start + QPoint(round(away[0] * step), round(away[1] * step))
        mouse(canvas, QEvent.Type.MouseMove, at, button, modifier)
    if let_go:
        mouse(canvas, QEvent.Type.MouseButtonRelease, start + QPoint(*away), button, modifier)


def key(canvas: Canvas, which: Qt.Key, down: bool) -> None:
    """A key goes down or up."""
    kind = QEvent.Type.KeyPress if down else QEvent.Type.KeyRelease
    QApplication.sendEvent(canvas, QKeyEvent(kind, which, NONE))


def pixel(window: MainWindow, x: float, y: float) -> tuple[int, int, int]:
    """The canvas's colour at a point of the picture."""
    image = window.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    cx, cy = window.canvas.viewport.to_canvas(x, y)
    colour = image.pixelColor(round(cx), round(cy))
    return colour.red(), colour.green(), colour.blue()


def test_left_drag_turns_the_head_as_one_step(window: MainWindow) -> None:
    drag(window.canvas, (60, -20))
    assert window.editor.value("yaw") == pytest.approx(15)
    assert window.editor.value("pitch") == pytest.approx(5)
    assert window.editor.history.count() == 1
    assert window.editor.history.undoText() == "Turn head"
    drag(window.canvas, (40, 0), modifier=SHIFT)
    assert window.editor.value("roll") == pytest.approx(10)
    assert window.editor.value("yaw") == pytest.approx(15)


def test_right_drag_moves_the_key_light(window: MainWindow) -> None:
    before = read_key_light(window.editor.parameters.light).direction
    drag(window.canvas, (80, 0), RIGHT)
    after = read_key_light(window.editor.parameters.light).direction
    assert after[0] > before[0] + 0.3
    assert window.editor.history.undoText() == "Move light"


def test_escape_cancels_a_gesture_and_never_quits(window: MainWindow) -> None:
    drag(window.canvas, (60, 0), let_go=False)
    assert window.editor.value("yaw") > 0
    key(window.canvas, Qt.Key.Key_Escape, True)
    assert window.editor.value("yaw") == 0 and window.editor.history.count() == 0
    key(window.canvas, Qt.Key.Key_Escape, True)
    assert window.isVisible()


def test_a_locked_group_says_so(window: MainWindow) -> None:
    window.editor.set_locked("pose", True)
    drag(window.canvas, (60, 0))
    assert window.editor.value("yaw") == 0
    assert "locked" in window.messages.messages()[-1].text


def test_wheel_zooms_at_the_pointer(window: MainWindow, open_photo: Open) -> None:
    open_photo()
    canvas = window.canvas
    at = QPointF(300, 200)
    under = canvas.viewport.to_picture(at.x(), at.y())
    scale = canvas.viewport.scale
    event = QWheelEvent(
        at, QPointF(canvas.mapToGlobal(at.toPoint())), QPoint(), QPoint(0, 240),
        Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    canvas.wheelEvent(event)
    assert canvas.viewport.scale == pytest.approx(scale * 1.44)
    assert canvas.viewport.to_picture(at.x(), at.y()) == pytest.approx(under)
    assert window.editor.history.undoText() == "Open anna.jpg"


def test_pan_fit_and_actual_size(window: MainWindow, open_photo: Open) -> None:
    open_photo()
    canvas = window.canvas
    fitted = canvas.viewport
    drag(canvas, (30, 10), MIDDLE)
    assert (canvas.viewport.x, canvas.viewport.y) == (fitted.x + 30, fitted.y + 10)
    key(canvas, Qt.Key.Key_Space, True)
    drag(canvas, (10, 0), LEFT)
    key(canvas, Qt.Key.Key_Space, False)
    assert canvas.viewport.x == fitted.x + 40 and window.editor.value("yaw") == 5
    window.actions_["actual"].trigger()
    assert canvas.viewport.scale * canvas.devicePixelRatioF() == pytest.approx(1)
    window.actions_["fit"].trigger()
    assert canvas.viewport == fitted


def test_fitting_centres_the_picture() -> None:
    view = Viewport.fitted((200, 100), (0, 0, 448, 400))
    assert view.scale == 2 and view.to_canvas(100, 50) == (224, 200)


def test_tab_toggles_the_overlay_and_its_mode_and_opacity(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    settled(window, qtbot)
    assert window.canvas.overlay() is None
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: window.canvas.overlay() is not None)
    clear = pixel(window, 200, 150)
    window.toolbar.opacity.setValue(0)
    assert pixel(window, 200, 150) == (105, 105, 105) != clear
    for index, mode in enumerate(OVERLAYS):
        window.toolbar.mode.setCurrentIndex(index)
        assert window.link.client._policy._wish.overlay == mode  # type: ignore[union-attr]
    QTest.keyClick(window.canvas, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: window.canvas.overlay() is None)
    assert {"shaded", "wireframe", "normals", "landmarks", "albedo"} <= set(OVERLAYS)


def test_backslash_shows_the_original_while_held(
    window: MainWindow, open_photo: Open, qtbot: QtBot
) -> None:
    open_photo()
    window.editor.set_values({"yaw": 30}, "Yaw")
    settled(window, qtbot)
    assert pixel(window, 200, 150) == (130, 130, 130)
    key(window.canvas, Qt.Key.Key_Backslash, True)
    assert pixel(window, 200, 150) == (100, 100, 100)
    key(window.canvas, Qt.Key.Key_Backslash, False)
    assert pixel(window, 200, 150) == (130, 130, 130)
    slider = window.panel.groups["pose"].rows[0].slider
    slider.setFocus()
    QTest.keyPress(slider, Qt.Key.Key_Backslash)
    assert pixel(window, 200, 150) == (100, 100, 100)
    QTest.keyRelease(slider, Qt.Key.Key_Backslash)
    assert pixel(window, 200, 150) == (130, 130, 130)


def test_split_and_side_by_side(window: MainWindow, open_photo: Open, qtbot: QtBot) -> None:
    open_photo()
    window.editor.set_values({"yaw": 30}, "Yaw")
    settled(window, qtbot)
    window.actions_["split"].trigger()
    canvas = window.canvas
    assert pixel(window, 100, 80) == (100, 100, 100) and pixel(window, 300, 80) == (130, 130, 130)
    line = QPoint(*(round(v) for v in canvas.viewport.to_canvas(200, 150)))
    mouse(canvas, QEvent.Type.MouseButtonPress, line, LEFT)
    mouse(canvas, QEvent.Type.MouseMove, line + QPoint(-200, 0), LEFT)
    mouse(canvas, QEvent.Type.MouseButtonRelease, line + QPoint(-200, 0), LEFT)
    assert canvas.split() < 0.4 and window.editor.value("yaw") == 30
    window.actions_["side"].trigger()
    assert canvas.compare() is Compare.SIDE
    assert not window.actions_["split"].isChecked() and window.actions_["side"].isChecked()
    assert pixel(window, 200, 80) == (130, 130, 130)
    assert pixel(window, 200 - canvas.width() / 2 / canvas.viewport.scale, 80) == (100, 100, 100)


@pytest.mark.parametrize("compare", [Compare.RESULT, Compare.SPLIT, Compare.SIDE])
def test_squares_show_through_a_cut_out(
    window: MainWindow, open_photo: Open, qtbot: QtBot, compare: Compare
) -> None:
    open_photo("400x300, 1 faces, cut", "cut.png")
    window.actions_[compare.value].trigger()
    settled(window, qtbot)
    colours = window.theme.colours
    squares = (QColor(colours.raised), QColor(colours.hover))
    greys = {(c.red(), c.green(), c.blue()) for c in squares}
    # The left half shows nothing, of the original under the line's left side too.
    assert {pixel(window, x, y) for x in range(20, 180, 7) for y in (20, 250)} == greys
    assert pixel(window, 380, 20) == (105, 105, 105)
    assert len(greys) == 2


def test_figures_on_demand_red_below_ten_a_second(window: MainWindow) -> None:
    before = window.canvas.grab().toImage()
    window.actions_["figures"].trigger()
    assert window.canvas.grab().toImage() != before
    figures = window.canvas.figures
    assert figures.latency_ms > 0 and figures.engine_ms > 0
    figures._rate = 9.0
    assert [bad for _, bad in figures.lines()] == [False, False, True, False]
    figures._rate = 30.0
    assert not any(bad for _, bad in figures.lines())


def test_a_slow_hand_makes_no_slow_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures every 25 ms with two under way, then rare ones of a slow hand, then slow ones."""
    figures, now = Figures(), 0.0
    monkeypatch.setattr("app.canvas.figures.time.monotonic", lambda: now)
    for gap, latency, rate in ((0.025, 50, 40), (0.2, 50, 20), (0.2, 350, 5)):
        for _ in range(50):
            now += gap
            figures.picture(20, latency, (64, 64), True)
        assert figures.rate == pytest.approx(rate, rel=0.01)


def test_empty_canvas_says_what_to_do(window: MainWindow, open_photo: Open) -> None:
    def text_rows() -> np.ndarray:
        image = window.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        height = image.height()
        bits = np.frombuffer(image.constBits(), np.uint8).reshape(height, -1, 4)
        return bits[height - 74 : height - 48, :, 0].max(axis=0) > 150

    assert text_rows().sum() > 40
    assert "No photo" in window.status.photo.text()
    open_photo("4000x100, 1 faces")
    assert text_rows().sum() == 0


def test_sentences_wrap_on_a_narrow_canvas(window: MainWindow) -> None:
    """Neither what to do nor what a drop does is cut off at its sides."""
    window.resize(window.minimumSizeHint().width(), 700)
    QApplication.processEvents()
    canvas = window.canvas
    canvas.guide = MODEL_GUIDE
    image = canvas.grab().toImage()
    foot = 8, range(image.height() - 74, image.height())
    canvas.guide = guide(40 * "IMG_", False, False, "")
    opening = canvas.grab().toImage()
    canvas.set_drop_target("Drop to batch-export the photos of these folders")
    dropped = canvas.grab().toImage()
    middle = 24, range(image.height() // 2, image.height() // 2 + 60)
    for shown, (side, rows) in ((image, foot), (opening, foot), (dropped, middle)):
        for x in (side, side + 2, image.width() - side - 3, image.width() - side - 1):
            assert max(shown.pixelColor(x, y).lightness() for y in rows) < 90
