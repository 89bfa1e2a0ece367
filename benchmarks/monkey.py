"""Random hands on the window: clicks, drags, keys, wheel, drops, commands, deaths of the engine.

`python -m benchmarks.monkey --events 100000 --seed 1` counts exceptions and what grows. The
engine's process is a real one; only its faces are arithmetic. Files are written in a folder that
is thrown away.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import shiboken6
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtCore import qInstallMessageHandler as install_message_handler
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QWidget,
)

from app.panels.fold import Fold
from app.settings import Settings
from app.theme import Choice, Theme
from app.window import MainWindow
from tests.core.engine.fake import PeopleBackend

K, B, M = Qt.Key, Qt.MouseButton, Qt.KeyboardModifier
BUTTONS = (B.LeftButton, B.LeftButton, B.LeftButton, B.RightButton, B.MiddleButton)
MODIFIERS = (M.NoModifier, M.NoModifier, M.NoModifier, M.ShiftModifier, M.ControlModifier,
             M.AltModifier)  # fmt: skip
KEYS = (*range(K.Key_A, K.Key_Z + 1), *range(K.Key_0, K.Key_9 + 1), *range(K.Key_F1, K.Key_F12),
        K.Key_Tab, K.Key_Escape, K.Key_Return, K.Key_Space, K.Key_Backspace, K.Key_Delete,
        K.Key_Left, K.Key_Right, K.Key_Up, K.Key_Down, K.Key_Home, K.Key_End, K.Key_PageUp,
        K.Key_PageDown, K.Key_Backslash, K.Key_BracketLeft, K.Key_Minus, K.Key_Plus)  # fmt: skip
TEXTS = ("0.5", "-3", "1e9", "nan", "", "ü☃", "smile", "{stem}_{yaw}", "9" * 20, "x" * 300)
PHOTOS = ("400x300, 1 faces.jpg", "300x400, 3 faces.png", "640x480, 0 faces.jpg", "broken.jpg",
          "no photo.txt")  # fmt: skip
# The list of widgets is made anew after so many events.
LOOK_AGAIN = 12
# Nothing came for so long: a drag of Qt's own waits for a mouse.
STUCK_SECONDS = 1.0


class Monkey:
    """Plays with a window. errors: tracebacks of what nothing caught, on any thread."""

    def __init__(self, window: MainWindow, settings: Settings, folder: Path, seed: int) -> None:
        self.window, self.settings, self.folder = window, settings, folder
        self.random = random.Random(seed)
        self.errors: list[str] = []
        self.counts: dict[str, int] = {}
        self._widgets: list[QWidget] = []
        self._heard = time.monotonic()
        for name in PHOTOS:
            (folder / name).write_text(name)
        self._acts: list[tuple[int, Callable[[], None]]] = [
            (33, self.click), (16, self.drag), (20, self.key), (10, self.wheel), (8, self.command),
            (4, self.type), (3, self.undo), (1, self.drop), (1, self.resize),
        ]  # fmt: skip
        self._timer = QTimer(window, interval=15)
        # The timer is dead while what it called waits in a dialog of its own.
        self._timer.timeout.connect(lambda: QTimer.singleShot(0, self._answer))

    @contextlib.contextmanager
    def at_play(self) -> Iterator[None]:
        """Nothing leaves the folder, and what nothing caught is kept in `errors`."""
        hooks = sys.excepthook, threading.excepthook
        files = {n: getattr(QFileDialog, n) for n in dir(QFileDialog) if n.startswith("get")}
        opened, here = QDesktopServices.openUrl, Path.cwd()
        may_close = self.window.documents.may_close

        def caught(kind: type[BaseException], error: BaseException, trace: Any) -> None:
            self.errors.append("".join(traceback.format_exception(kind, error, trace)))

        sys.excepthook = caught
        threading.excepthook = lambda a: caught(
            a.exc_type, a.exc_value or a.exc_type(), a.exc_traceback
        )
        for name in files:
            setattr(QFileDialog, name, self._folder if "Directory" in name else self._path)
        QDesktopServices.openUrl = lambda _: True  # type: ignore[method-assign]
        self.window.documents.may_close = lambda: False  # type: ignore[method-assign]
        os.chdir(self.folder)
        self._timer.start()
        try:
            yield
        finally:
            self._timer.stop()
            os.chdir(here)
            # Without a screen, a static of Qt's would delete what is on it after Python has gone.
            QApplication.clipboard().clear()
            sys.excepthook, threading.excepthook = hooks
            for name, method in files.items():
                setattr(QFileDialog, name, method)
            QDesktopServices.openUrl = opened  # type: ignore[method-assign]
            self.window.documents.may_close = may_close  # type: ignore[method-assign]

    def unfold(self) -> None:
        """Open once what is built when it is first opened: that is no growth."""
        window = self.window
        docks = [a for n, a in window.actions_.items() if n.startswith("dock_")]
        for action in (*docks, window.actions_["batch"], window.actions_["webcam"]):
            action.trigger()
            QApplication.processEvents()
        for _ in range(3):  # folds hold folds
            for fold in window.findChildren(Fold):
                fold.set_open(True)
        for button in window.findChildren(QAbstractButton):
            if button.text().startswith("Show all") or button.objectName() == "chip":
                button.click()
        for combo in window.findChildren(QComboBox):
            combo.showPopup()
            combo.hidePopup()
        self.settle()

    def play(self, events: int, kills: int = 0) -> None:
        """So many events, and so many deaths of the engine among them."""
        acts = [act for _, act in self._acts]
        weights = [weight for weight, _ in self._acts]
        deaths = set(self.random.sample(range(events), kills)) if kills else set()
        for number in range(events):
            if number % LOOK_AGAIN == 0:
                self._look()
            act = self.kill if number in deaths else self.random.choices(acts, weights)[0]
            self.counts[act.__name__] = self.counts.get(act.__name__, 0) + 1
            self._heard = time.monotonic()
            act()
            QApplication.processEvents()

    # What a hand does.

    def click(self) -> None:
        """Anywhere, once or twice."""
        widget = self._widget()
        click = QTest.mouseDClick if self.random.random() < 0.1 else QTest.mouseClick
        click(widget, self._button(), self._modifier(), self._point(widget))

    def drag(self) -> None:
        """From one point of a widget to others, now and then cancelled."""
        widget, button, held = self._widget(), self._button(), self._modifier()
        QTest.mousePress(widget, button, held, self._point(widget))
        for _ in range(self.random.randint(1, 4)):
            if shiboken6.isValid(widget):
                QTest.mouseMove(widget, self._point(widget))
                QApplication.processEvents()
        if shiboken6.isValid(widget):
            if self.random.random() < 0.1:
                QTest.keyClick(widget, K.Key_Escape)
            QTest.mouseRelease(widget, button, held, self._point(widget))

    def key(self) -> None:
        """To whatever has the focus."""
        target = QApplication.focusWidget() or self._widget()
        QTest.keyClick(target, K(self.random.choice(KEYS)), self._modifier())

    def type(self) -> None:
        """A text into a box, and mostly Enter."""
        boxes = [w for w in self._valid() if isinstance(w, QLineEdit)]
        if boxes:
            box = self.random.choice(boxes)
            box.setFocus()
            box.selectAll()
            box.insert(self.random.choice(TEXTS))
            if shiboken6.isValid(box) and self.random.random() < 0.8:
                QTest.keyClick(box, K.Key_Return)

    def wheel(self) -> None:
        """Up or down."""
        widget = self._widget()
        place = QPointF(self._point(widget))
        turn = QPoint(0, self.random.choice((-120, 120, 15)))
        event = QWheelEvent(
            place, QPointF(widget.mapToGlobal(place.toPoint())), QPoint(), turn, B.NoButton,
            self._modifier(), Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, event)

    def command(self) -> None:
        """One of the menus'."""
        names = [n for n, a in self.window.actions_.items() if a.isEnabled() and n != "quit"]
        self.window.actions_[self.random.choice(names)].trigger()

    def undo(self) -> None:
        """Some steps back, or again."""
        for _ in range(self.random.randint(1, 5)):
            self.window.actions_[self.random.choice(("undo", "undo", "redo"))].trigger()

    def drop(self) -> None:
        """Photos, of which some are none."""
        data = QMimeData()
        names = self.random.sample(PHOTOS, self.random.randint(1, 2))
        data.setUrls([QUrl.fromLocalFile(str(self.folder / name)) for name in names])
        place, copy = QPoint(50, 50), Qt.DropAction.CopyAction
        entered = QDragEnterEvent(place, copy, data, B.LeftButton, M.NoModifier)
        QApplication.sendEvent(self.window, entered)
        dropped = QDropEvent(QPointF(place), copy, data, B.LeftButton, M.NoModifier)
        QApplication.sendEvent(self.window, dropped)

    def resize(self) -> None:
        """The window, or its theme."""
        if self.random.random() < 0.9:
            self.window.resize(self.random.randint(300, 1400), self.random.randint(300, 1000))
        else:
            self.settings.theme = self.random.choice(list(Choice))

    def kill(self) -> None:
        """The engine."""
        if pid := self.window.link.client.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # At the end.

    def settle(self, seconds: float = 180.0) -> bool:
        """Put everything away and wait for the engine; says whether it shows what is wanted."""
        end = time.monotonic() + seconds
        window, before = self.window, {}
        while time.monotonic() < end:
            if window.batching.dialog:
                window.batching.dialog.work.cancel()
            for widget in QApplication.topLevelWidgets():
                if widget is not window and isinstance(widget, QDialog | QMenu):
                    widget.close()
            for name, action in window.actions_.items():
                if (name.startswith("dock_") or name == "play") and action.isChecked():
                    action.trigger()
            for message in window.messages.messages():
                if message.action and message.key == "engine":
                    message.action[1]()
                window.messages.dismiss()
            for _ in range(20):
                QApplication.sendPostedEvents(None, 52)  # DeferredDelete
                QApplication.processEvents()
                time.sleep(0.005)
            window.editor.history.setClean()  # nothing is kept for a crash
            window.autosave.write()
            before, now = self.size(), before
            alone = len(multiprocessing.active_children()) <= 1  # a camera's process ends late
            calm = window.link.client.idle and not window.messages.messages()
            if calm and alone and before == now:
                return True
        return False

    def size(self) -> dict[str, int]:
        """What must not grow."""
        gc.collect()
        window = self.window
        return {
            "threads": len(os.listdir("/proc/self/task")) if sys.platform == "linux"
            else threading.active_count(),
            "files": len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0,
            "widgets": len(QApplication.allWidgets()),
            "windows": len(QApplication.topLevelWidgets()),
            "objects": len(window.findChildren(QObject)),
        }  # fmt: skip

    def census(self) -> Counter[str]:
        """The widgets by their kind, and by that of what they belong to."""
        every = QApplication.allWidgets()
        return Counter(f"{type(w.parent()).__name__}/{type(w).__name__}" for w in every)

    # Inside.

    def _look(self) -> None:
        modal = QApplication.activeModalWidget()
        tops = [modal] if modal else [w for w in QApplication.topLevelWidgets() if w.isVisible()]
        self._widgets = [
            widget
            for top in tops
            for widget in (top, *top.findChildren(QWidget))
            if widget.isVisible() and widget.isEnabled() and not widget.size().isEmpty()
        ]

    def _valid(self) -> list[QWidget]:
        return [w for w in self._widgets if shiboken6.isValid(w) and w.isVisible()]

    def _widget(self) -> QWidget:
        if self.random.random() < 0.25:
            return self.window.canvas
        return self.random.choice(self._valid() or [self.window])

    def _point(self, widget: QWidget) -> QPoint:
        return QPoint(
            self.random.randrange(max(1, widget.width())),
            self.random.randrange(max(1, widget.height())),
        )

    def _button(self) -> Qt.MouseButton:
        return self.random.choice(BUTTONS)

    def _modifier(self) -> Qt.KeyboardModifier:
        return self.random.choice(MODIFIERS)

    def _path(self, *_: Any, **__: Any) -> Any:
        """In the place of the system's dialogs for files, of which all give a path and a filter."""
        name = self.random.choice((*PHOTOS, "new.png", "new.mien", "new.csv", "new.json", ""))
        return (str(self.folder / name) if name else ""), ""

    def _folder(self, *_: Any, **__: Any) -> str:
        """The same for folders."""
        return self.random.choice((str(self.folder), ""))

    def _answer(self) -> None:
        """Menus and modal dialogs hold the hand that opened them: here is another."""
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if isinstance(popup, QMenu):
            actions = [a for a in popup.actions() if a.isEnabled() and not a.menu()]
            quit_ = self.window.actions_["quit"]
            chosen = self.random.choice(actions) if actions else None
            popup.close()
            if chosen and chosen is not quit_ and self.random.random() < 0.5:
                chosen.trigger()
        elif popup:
            popup.close()
        elif modal:
            buttons = [w for w in modal.findChildren(QWidget) if w.inherits("QAbstractButton")]
            usable = [w for w in buttons if w.isVisible() and w.isEnabled()]
            if usable and self.random.random() < 0.7:
                QTest.mouseClick(self.random.choice(usable), B.LeftButton)
            else:
                modal.close()
        elif time.monotonic() - self._heard > STUCK_SECONDS and self.window.windowHandle():
            QTest.keyClick(self.window.windowHandle(), K.Key_Escape)


def growth(before: dict[str, int], after: dict[str, int]) -> dict[str, tuple[int, int]]:
    """What grew by more than a menu or a card that is still about to go."""
    return {n: (before[n], after[n]) for n in before if after[n] > before[n] * 1.05 + 6}


def main() -> int:
    """Run from the command line; 1 when there were exceptions or something grew."""
    parser = argparse.ArgumentParser(description="Random events on the window.")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=20, help="deaths of the engine")
    args = parser.parse_args()
    install_message_handler(lambda *_: None)  # of what the offscreen screen cannot do
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for variable in ("CACHE", "CONFIG", "DATA", "LOGS", "STATE"):
            os.environ[f"MIEN_{variable}"] = str(folder / variable.lower())
        settings = Settings(folder / "settings.json")
        window = MainWindow(Theme(application), settings, PeopleBackend)
        window.resize(1100, 760)
        window.show()
        (folder / "files").mkdir()
        monkey = Monkey(window, settings, folder / "files", args.seed)
        start = time.monotonic()
        with monkey.at_play():
            monkey.unfold()
            monkey.play(args.events // 10)
            well = monkey.settle()
            before, kinds = monkey.size(), monkey.census()
            monkey.play(args.events - args.events // 10, args.kills)
            well = monkey.settle() and well
            after = monkey.size()
        print(f"{args.events} events in {time.monotonic() - start:.0f} s: {monkey.counts}")
        for error in dict.fromkeys(monkey.errors):
            print(monkey.errors.count(error), "times", error)
        grown = growth(before, after)
        print(f"before {before}\nafter  {after}")
        if "widgets" in grown:
            print("more of", dict((monkey.census() - kinds).most_common(20)))
        print(f"engine well: {well}; exceptions: {len(monkey.errors)}; grown: {grown or 'nothing'}")
        window.editor.history.setClean()
        window.documents.may_close = lambda: True  # type: ignore[method-assign]
        window.close()
        settings.flush()
    return int(bool(monkey.errors or grown or not well))


if __name__ == "__main__":
    sys.exit(main())
