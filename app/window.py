"""The main window: puts the parts together and answers the actions."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMessageBox, QSplitter, QVBoxLayout, QWidget

from app import files
from app.actions import make_actions
from app.canvas.view import Canvas, Compare
from app.controller import Controller
from app.editor import Editor
from app.engine_link import EngineLink
from app.menus import Menus
from app.panels.rig import RigPanel
from app.settings import Settings
from app.statusbar import StatusBar
from app.theme import Dresser, Theme
from app.toolbar import Toolbar
from app.widgets.messages import Message, MessageArea
from core.document.project import SUFFIX as PROJECT_SUFFIX
from core.engine.backend import Backend, PhotoBackend
from core.engine.messages import OVERLAYS

PANEL_WIDTH = 364
# How long the good news stays.
SAVED_MS = 5000


class MainWindow(QMainWindow):
    """Mien's window. make_backend: what the engine's process runs."""

    def __init__(
        self,
        theme: Theme,
        settings: Settings,
        make_backend: Callable[[], Backend] = PhotoBackend,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._settings = settings
        self._queue: list[str] = []
        self._closing = False
        self.editor = Editor(self)
        self.link = EngineLink(self, make_backend)
        self.link.start()
        self.canvas = Canvas(self.editor, theme)
        self.controller = Controller(self.editor, self.link, self.canvas, self)
        self.panel = RigPanel(self.editor, theme)
        self.messages = MessageArea(theme, self.canvas)
        self.project_files = files.ProjectFiles(self)
        self.actions_ = make_actions(self, theme, self._calls())
        self._add_history_actions()
        self.toolbar = Toolbar(self.actions_, theme)
        self.status = StatusBar()
        self.menus = Menus(self.menuBar(), self.actions_, theme, settings, self.open_path)
        self._lay_out()
        self._connect()
        self._saved_timer = QTimer(self)
        self._saved_timer.setSingleShot(True)
        self._saved_timer.setInterval(SAVED_MS)
        self._saved_timer.timeout.connect(lambda: self.messages.dismiss("saved"))
        self.setAcceptDrops(True)
        self._refresh()
        if not self.restoreGeometry(settings.geometry):
            self.resize(1360, 880)
        if not settings.splitter.isEmpty():
            self._splitter.restoreState(settings.splitter)
        self.canvas.setFocus()
        QTimer.singleShot(0, self.panel.open_groups)

    # Opening and saving.

    def open_path(self, path: str) -> None:
        """Open a photo or a project."""
        if path.endswith(PROJECT_SUFFIX):
            if self._may_discard():
                self.project_files.open(path)
        else:
            self.controller.open_photo(path, os.path.basename(path))

    def open_paths(self, paths: list[str]) -> None:
        """Open the first, keep the rest in the queue."""
        if not paths:
            self._say(Message("Nothing dropped can be opened; drop photos or a project."))
            return
        self._queue = paths[1:]
        self.open_path(paths[0])
        self._offer_next()

    def open_next(self) -> None:
        """The next photo of the queue."""
        if self._queue:
            path = self._queue.pop(0)
            self.open_path(path)
            self._offer_next()

    def paste(self) -> None:
        """Open the clipboard's files or picture."""
        data = QGuiApplication.clipboard().mimeData()
        if data is not None and data.hasUrls() and files.dropped_paths(data):
            self.open_paths(files.dropped_paths(data))
        elif data is not None and data.hasImage():
            image = data.imageData()
            if isinstance(image, QImage) and not image.isNull():
                self.controller.open_photo(files.image_bytes(image), "Pasted picture")
        else:
            self._say(Message("The clipboard holds no picture; copy one first."))

    def export(self) -> None:
        """Write the edited photo."""
        photo = self.editor.photo
        if not photo or not photo.faces:
            return
        path = files.ask_export(self, self._settings, photo.name)
        if not path:
            return
        if isinstance(photo.source, str) and os.path.realpath(path) == os.path.realpath(
            photo.source
        ):
            text = "That is the photo itself; choose another name, so that the original is kept."
            self._say(Message(text, "warning"))
            return
        self.controller.save_picture(path)

    def save(self) -> None:
        """Save the project where it was, or ask where."""
        if self.editor.path:
            self._write_project(self.editor.path)
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask where, then save the project."""
        photo = self.editor.photo
        path = files.ask_project(self, self._settings, photo.name if photo else "")
        if path:
            self._write_project(path)

    def new(self) -> None:
        """The bare model again."""
        if self._may_discard():
            self.editor.clear()

    def is_modified(self) -> bool:
        """Whether there is an edit that no file holds."""
        return not self.editor.history.isClean() and bool(self.editor.document.edits)

    # Events.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files highlight the canvas."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            self.canvas.set_drop_target(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The highlight goes."""
        self.canvas.set_drop_target(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.canvas.set_drop_target(False)
        self.open_paths(files.dropped_paths(event.mimeData()))
        event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that work wherever the focus is."""
        if event.key() == Qt.Key.Key_Backslash:
            self.canvas.set_original_held(True)
        elif event.key() == Qt.Key.Key_Escape:
            if not self.canvas.cancel_gesture():
                self.messages.dismiss()
        elif event.key() == Qt.Key.Key_F6:
            target = self.panel.filter if self.canvas.hasFocus() else self.canvas
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """The held original goes."""
        if event.key() == Qt.Key.Key_Backslash and not event.isAutoRepeat():
            self.canvas.set_original_held(False)
        else:
            super().keyReleaseEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tab on the canvas is the overlay; cards keep their place on it."""
        if watched is self.canvas:
            if event.type() == QEvent.Type.Resize:
                self.messages.place()
            elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
                if event.key() == Qt.Key.Key_Tab and not event.modifiers():
                    self.actions_["overlay"].toggle()
                    return True
                if event.key() == Qt.Key.Key_Escape and not self.canvas.cancel_gesture():
                    self.messages.dismiss()
                    return True
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cards keep their place."""
        super().resizeEvent(event)
        self.messages.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about unsaved work, wait for a picture being written, remember the layout."""
        if self.controller.saving:
            self._closing = True
            self._say(Message("The picture is still being written; Mien closes after that."))
            event.ignore()
            return
        if not self._may_discard(closing=True):
            event.ignore()
            return
        self._saved_timer.stop()
        self._settings.geometry = self.saveGeometry()
        self._settings.splitter = self._splitter.saveState()
        self.project_files.close()
        self.link.stop()
        event.accept()

    # Inside.

    def _calls(self) -> dict[str, Callable[..., object]]:
        canvas, editor = self.canvas, self.editor
        return {
            "new": self.new, "open": self._ask_open, "next": self.open_next, "save": self.save,
            "save_as": self.save_as, "export": self.export, "quit": self.close,
            "paste": self.paste, "reset_all": editor.reset_all, "neutral": editor.neutral,
            "front": editor.frontalise, "previous_face": lambda: self._step_face(-1),
            "next_face": lambda: self._step_face(1), "draw_box": self._draw_box,
            "overlay": self._set_overlay,
            "result": lambda on: self._set_compare(Compare.RESULT, on),
            "split": lambda on: self._set_compare(Compare.SPLIT, on),
            "side": lambda on: self._set_compare(Compare.SIDE, on),
            "fit": canvas.fit, "actual": canvas.actual_size,
            "zoom_in": lambda: canvas.zoom(1.25), "zoom_out": lambda: canvas.zoom(0.8),
            "figures": canvas.set_figures_shown, "shortcuts": self._show_shortcuts,
            "about": self._show_about,
        }  # fmt: skip

    def _add_history_actions(self) -> None:
        history = self.editor.history
        undo, redo = history.createUndoAction(self, "Undo"), history.createRedoAction(self, "Redo")
        undo.setShortcuts([QKeySequence("Ctrl+Z")])
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        for name, action in (("undo", undo), ("redo", redo)):
            self.addAction(action)
            self.actions_[name] = action

        def dress() -> None:
            undo.setIcon(self._theme.icon("undo"))
            redo.setIcon(self._theme.icon("redo"))

        Dresser(self._theme, self, dress)

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.addWidget(self.canvas)
        self._splitter.addWidget(self.panel)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        self._splitter.setSizes([1000, PANEL_WIDTH])
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.toolbar)
        middle = QHBoxLayout()
        middle.addWidget(self._splitter)
        column.addLayout(middle, 1)
        column.addWidget(self.status)
        self.setCentralWidget(central)

    def _connect(self) -> None:
        editor, controller, canvas = self.editor, self.controller, self.canvas
        canvas.installEventFilter(self)
        canvas.faceClicked.connect(editor.select_face)
        canvas.hint.connect(lambda text: self._say(Message(text, key="hint")))
        canvas.viewChanged.connect(self._show_zoom)
        self.panel.faceChosen.connect(editor.select_face)
        self.panel.takeRequested.connect(self._take)
        self.toolbar.modeChanged.connect(self._choose_overlay)
        self.toolbar.opacityChanged.connect(canvas.set_opacity)
        controller.message.connect(self._say)
        controller.progress.connect(self._show_progress)
        controller.status.connect(self.status.set_device)
        controller.pictureSaved.connect(self._saved_picture)
        controller.photoOpened.connect(self._opened)
        controller.pictureShown.connect(canvas.update)
        self.messages.progress.cancelled.connect(controller.cancel)
        self.project_files.read.connect(controller.open_project)
        self.project_files.written.connect(self._saved_project)
        self.project_files.failed.connect(lambda text: self._say(Message(text, "error")))
        editor.photoChanged.connect(self._refresh)
        editor.history.cleanChanged.connect(self._refresh)
        editor.history.indexChanged.connect(self._refresh)

    def _refresh(self) -> None:
        photo = self.editor.photo
        name = os.path.basename(self.editor.path or "") or (photo.name if photo else "Untitled")
        self.setWindowTitle(f"{name}[*] – Mien")
        self.setWindowModified(self.is_modified())
        self.status.set_photo(photo)
        self.toolbar.set_photo(photo is not None)
        several = bool(photo and len(photo.faces) > 1)
        for action, enabled in {
            "export": bool(photo and photo.faces), "next": bool(self._queue),
            "next_face": several, "previous_face": several, "draw_box": photo is not None,
            "split": photo is not None, "side": photo is not None, "result": photo is not None,
            "neutral": self.editor.editable, "front": self.editor.editable,
        }.items():  # fmt: skip
            self.actions_[action].setEnabled(enabled)
        self.actions_["result"].setChecked(self.canvas.compare() is Compare.RESULT)
        self._show_zoom()

    def _show_zoom(self) -> None:
        scale = self.canvas.viewport.scale * self.devicePixelRatioF()
        self.toolbar.set_zoom(scale if self.editor.photo else None)

    def _say(self, message: Message) -> None:
        self.messages.show_message(message)

    def _show_progress(self, text: str, fraction: float | None) -> None:
        if text:
            self.messages.progress.show_progress(text, fraction)
        else:
            self.messages.progress.hide()
        self.messages.place()

    def _ask_open(self) -> None:
        path = files.ask_open(self, self._settings, "Open photo or project", True)
        if path:
            self.open_path(path)

    def _take(self, group: str) -> None:
        path = files.ask_open(self, self._settings, f"Take {group} from a photo", False)
        if path:
            self.controller.take_from(group, path)

    def _offer_next(self) -> None:
        if self._queue:
            count, name = len(self._queue), os.path.basename(self._queue[0])
            waits = "photo waits" if count == 1 else "photos wait"
            action = ("Open next", self.open_next)
            self._say(Message(f"{count} more {waits}, next {name}.", action=action, key="queue"))
        self._refresh()

    def _opened(self, path: str) -> None:
        if path:
            self._settings.add_recent(path)
            self.menus.refresh_recent()
        self.messages.dismiss("hint")

    def _saved_picture(self, path: str) -> None:
        self.editor.history.setClean()
        self._say(Message(f"Saved {os.path.basename(path)}.", key="saved"))
        self._saved_timer.start()
        if self._closing:
            self.close()

    def _saved_project(self, path: str) -> None:
        self.editor.path = path
        self.editor.history.setClean()
        self._settings.add_recent(path)
        self.menus.refresh_recent()
        self._refresh()
        if self._closing:
            self.close()

    def _write_project(self, path: str) -> None:
        photo = self.editor.photo
        self.project_files.write(self.controller.project(), photo.source if photo else None, path)

    def _may_discard(self, closing: bool = False) -> bool:
        if not self.is_modified():
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self, "Unsaved edit", "The edit is not saved. Save it as a project first?",
            buttons.Save | buttons.Discard | buttons.Cancel, buttons.Save,
        )  # fmt: skip
        if answer == buttons.Save:
            self._closing = closing
            self.save()
            return False
        return answer == buttons.Discard

    def _step_face(self, step: int) -> None:
        photo = self.editor.photo
        if photo and photo.faces:
            self.editor.select_face((self.editor.document.face + step) % len(photo.faces))

    def _draw_box(self) -> None:
        if self.editor.photo:
            self.canvas.draw_box()

    def _set_overlay(self, shown: bool) -> None:
        mode = OVERLAYS[self.toolbar.mode.currentIndex()]
        self.controller.set_overlay(mode if shown else None)

    def _choose_overlay(self, mode: str) -> None:
        if self.actions_["overlay"].isChecked():
            self.controller.set_overlay(mode)
        else:
            self.actions_["overlay"].setChecked(True)

    def _set_compare(self, mode: Compare, chosen: bool) -> None:
        if chosen:
            self.canvas.set_compare(mode)
        for each in Compare:
            action = self.actions_[each.value]
            action.blockSignals(True)
            action.setChecked(self.canvas.compare() is each)
            action.blockSignals(False)

    def _show_shortcuts(self) -> None:
        from app.dialogs.shortcuts import ShortcutsDialog

        ShortcutsDialog(self.actions_, self).show()

    def _show_about(self) -> None:
        text = (
            "<b>Mien</b><br>An interactive face-rig editor for real photographs.<br><br>"
            "The engine runs in a process of its own; no picture leaves this computer."
        )
        QMessageBox.about(self, "About Mien", text)
