"""What Mien tells the person over the canvas: messages to dismiss, progress to cancel."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app import icons
from app.theme import Theme
from app.widgets.buttons import IconButton

_MOST = 3
# Cards narrower than that, in px, have their buttons below the text.
_NARROW = 400
_AGAIN_MS = 1000
SHOW_FOLDER = "Show folder"
# How long the good news stays.
_SAVED_SECONDS = 5.0


@dataclass(frozen=True)
class Message:
    """kind: info, warning or error. details: what Copy details copies. action: label and call.

    other: a second action. seconds: how long it stays; 0 until it is dismissed.
    """

    text: str
    kind: str = "info"
    details: str = ""
    action: tuple[str, Callable[[], object]] | None = None
    key: str = ""
    seconds: float = 0.0
    other: tuple[str, Callable[[], object]] | None = None


def saved(path: str) -> Message:
    """The news of a file that was written."""
    folder, name = os.path.split(path)
    action = (SHOW_FOLDER, partial(show_folder, folder))
    return Message(f"Saved {name}.", action=action, key="saved", seconds=_SAVED_SECONDS)


def show_folder(folder: str) -> None:
    """Open a folder as the system does."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(folder))


class MessageCard(QFrame):
    """One message with its buttons."""

    dismissed = Signal()

    def __init__(self, message: Message, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = message
        self._theme = theme
        self.setObjectName("card")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(message.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(8)
        self._icon = QLabel()
        row.addWidget(self._icon)
        # The buttons stand beside the text, in a narrow window below it.
        self._middle = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._middle.setSpacing(8)
        row.addLayout(self._middle, 1)
        text = QLabel(message.text)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._middle.addWidget(text, 1)
        if buttons := self._buttons(message):
            line = QHBoxLayout()
            line.setSpacing(8)
            for button in buttons:
                line.addWidget(button)
            self._middle.addLayout(line)
        row.addWidget(IconButton(theme, "close", "Dismiss (Esc)", self.dismissed.emit))
        theme.changed.connect(self._dress)
        self._dress()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._leave)
        if message.seconds:
            self._timer.start(round(message.seconds * 1000))

    def fit(self, width: int) -> None:
        """Lay it out for a width in px."""
        directions = QBoxLayout.Direction
        narrow = width < _NARROW
        self._middle.setDirection(directions.TopToBottom if narrow else directions.LeftToRight)

    def _buttons(self, message: Message) -> list[QPushButton]:
        buttons = []
        for action in filter(None, (message.action, message.other)):
            act = QPushButton(action[0])
            act.clicked.connect(self.dismissed)
            act.clicked.connect(partial(self._call, action[1]))
            buttons.append(act)
        if message.details:
            copy = QPushButton("Copy details")
            copy.clicked.connect(self.copy_details)
            buttons.append(copy)
        return buttons

    def _leave(self) -> None:
        """Not under the pointer, nor with the focus: it is being read or used."""
        if self.underMouse() or self.hasFocus():
            self._timer.start(_AGAIN_MS)
        else:
            self.dismissed.emit()

    def _call(self, action: Callable[[], object], _checked: bool = False) -> None:
        action()

    def copy_details(self) -> None:
        """The message and its traceback go to the clipboard."""
        QGuiApplication.clipboard().setText(f"{self.message.text}\n\n{self.message.details}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc dismisses."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismissed.emit()
        else:
            super().keyPressEvent(event)

    def _dress(self) -> None:
        c = self._theme.colours
        name = "info" if self.message.kind == "info" else "warning"
        colour = {"info": c.accent, "warning": c.warning, "error": c.error}[self.message.kind]
        self._icon.setPixmap(icons.pixmap(name, colour, 18, 2.0))


class ProgressCard(QFrame):
    """One long request: what happens, how far, Cancel."""

    cancelled = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 10, 10)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(10)
        self._text = QLabel("")
        row.addWidget(self._text, 1)
        self._button = QPushButton("Cancel")
        self._button.setAccessibleName("Cancel the work")
        self._button.clicked.connect(self._cancel)
        row.addWidget(self._button)
        column.addLayout(row)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        column.addWidget(self._bar)
        self.hide()

    def show_progress(self, text: str, fraction: float | None) -> None:
        """fraction None: the bar moves without telling how far."""
        self._text.setText(text + "…")
        self._bar.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self._bar.setValue(round(fraction * 1000))
        self._button.setEnabled(True)
        self.show()

    def text(self) -> str:
        """What is shown."""
        return self._text.text()

    def _cancel(self) -> None:
        self._button.setEnabled(False)
        self._text.setText("Cancelling…")
        self.cancelled.emit()


class MessageArea(QWidget):
    """A column of cards over the canvas's upper edge; the newest messages stay."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._host = parent
        self._theme = theme
        self._cards: list[MessageCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.progress = ProgressCard(theme)
        self._column.addWidget(self.progress)
        parent.installEventFilter(self)
        self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cards keep their place."""
        if event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def sizeHint(self) -> QSize:
        """As wide as a sentence."""
        return QSize(560, super().sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """A card knows its height only once it is shown."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.place()
        return done

    def show_message(self, message: Message) -> None:
        """Add a message; one with the same key is replaced."""
        for card in list(self._cards):
            if (message.key and card.message.key == message.key) or card.message == message:
                self._remove(card)
        card = MessageCard(message, self._theme)
        card.dismissed.connect(lambda: self._remove(card))
        self._cards.append(card)
        self._column.insertWidget(self._column.count() - 1, card)
        while len(self._cards) > _MOST:
            self._remove(self._cards[0])
        self.place()

    def show_hint(self, text: str) -> None:
        """Add a sentence; the hint before it goes."""
        self.show_message(Message(text, key="hint"))

    def messages(self) -> list[Message]:
        """What is shown, the oldest first."""
        return [c.message for c in self._cards]

    def dismiss(self, key: str = "") -> bool:
        """Take away the message of a key, or the newest; says whether there was one."""
        for card in reversed(self._cards):
            if not key or card.message.key == key:
                self._remove(card)
                return True
        return False

    def place(self) -> None:
        """Keep to the middle of the parent's upper edge."""
        area = self._host.rect()
        width = min(600, area.width() - 32)
        visible = bool(self._cards) or not self.progress.isHidden()
        self.setVisible(visible)
        if not visible:
            return
        for card in self._cards:
            card.fit(width)
        height = self._column.totalHeightForWidth(width)
        if height < 0:
            height = self._column.totalSizeHint().height()
        self.setGeometry((area.width() - width) // 2, 14, width, height)
        self.raise_()

    def _remove(self, card: MessageCard) -> None:
        if card in self._cards:
            self._cards.remove(card)
            if (focus := QApplication.focusWidget()) and card.isAncestorOf(focus):
                self._host.setFocus()
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
            self.place()
