"""The main window: puts the parts together and answers the actions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app import files
from app.actions import make_actions
from app.calls import calls
from app.canvas.compare import Compare
from app.canvas.guides import guide
from app.canvas.view import Canvas
from app.clipboard import Clipboard
from app.controller import Controller
from app.docks import Workspace
from app.documents import Documents
from app.editor import Editor
from app.engine_link import EngineLink
from app.help import Help
from app.late_parts import LateParts
from app.menus import Menus
from app.methods import Methods
from app.motion import Motion
from app.panels.rig import RigPanel
from app.panels.slots import SlotControls
from app.people import People
from app.previews import Previews
from app.recovery import Autosave, Recovery
from app.settings import Settings
from app.snapshots import Snapshots
from app.statusbar import StatusBar
from app.theme import Dresser, Theme
from app.toolbar import Toolbar
from app.widgets.messages import Message, MessageArea
from app.widgets.slider import under_pointer
from core.engine.backend import Backend, PhotoBackend
from core.engine.messages import METHODS, OVERLAYS, Method

PANEL_WIDTH = 372
# What the system draws around a window, about.
FRAME = QSize(8, 40)
# After the start, when the first picture has long been shown.
_WARM_MS = 8_000
# What the first paint does not wait for begins after it, or this late.
_BEGIN_MS, _FRAME_MS = 300, 20


class MainWindow(LateParts):
    """Mien's window. make_backend: what the engine's process runs."""

    def __init__(
        self,
        theme: Theme,
        settings: Settings,
        make_backend: Callable[[], Backend] = PhotoBackend,
    ) -> None:
        super().__init__()
        self.theme = theme
        self.settings = settings
        self.editor = Editor(self)
        self.link = EngineLink(self, make_backend)
        self.canvas = Canvas(self.editor, theme)
        self.controller = Controller(self.editor, self.link, self.canvas, self)
        self.people = People(self.editor, self.link, self.canvas, self)
        self.methods = Methods(self.editor, self.link, self.controller, self)
        self.panel = RigPanel(self.editor, self.people, theme)
        self.messages = MessageArea(theme, self.canvas)
        self.documents = Documents(self, self.editor, self.controller, settings)
        self.motion = Motion(self.editor, self)
        self.help = Help(self, settings, theme)
        self.autosave = Autosave(self.editor, self.documents.unsaved, self)
        self.recovery = Recovery(self.documents, self.controller, self.autosave, self)
        self.clipboard = Clipboard(self.editor, theme, self)
        self.previews = Previews(self.editor, self.link, self.controller, self)
        self.snapshots = Snapshots(self.editor, self.people, self)
        self.panel.add_slots(SlotControls(self.snapshots, self.previews, self.editor))
        self.actions_ = make_actions(self, theme, calls(self))
        self._add_history_actions()
        self.toolbar = Toolbar(self.actions_, theme)
        self.status = StatusBar()
        self.menus = Menus(self.menuBar(), self.actions_, theme, settings, self.documents.open_path)
        self._lay_out()
        self._connect()
        self.setAcceptDrops(True)
        self._refresh()
        if not self.restoreGeometry(settings.layout("window")):
            room = self.screen().availableSize() - FRAME
            self.resize(QSize(1360, 880).boundedTo(room))
        if not (sizes := settings.layout("splitter")).isEmpty():
            self._splitter.restoreState(sizes)
        self.workspace.restore(settings.layout("docks"))
        self.canvas.setFocus()
        self.help.begin()
        # A window that nobody sees paints nothing.
        self._begin = QTimer(self, singleShot=True, interval=_BEGIN_MS)
        self._begin.timeout.connect(self._complete)
        self._begin.start()

    # Events.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files highlight the canvas."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            self.canvas.set_drop_target(files.drop_invitation(event.mimeData()))
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The highlight goes."""
        self.canvas.set_drop_target("")

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.canvas.set_drop_target("")
        batch = files.dropped_batch(event.mimeData())
        if batch:
            self.batching.open_photos(batch)
        elif not self.documents.open_data(event.mimeData(), "Dropped picture"):
            self._say(Message("Nothing dropped can be opened; drop photos or a project."))
        event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that work wherever the focus is."""
        if event.key() == Qt.Key.Key_Backslash:
            self.canvas.set_original_held(True)
        elif event.key() == Qt.Key.Key_Escape:
            if not self.canvas.cancel_gesture():
                self.messages.dismiss()
        elif event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            # The canvas takes its own; here it was of no use to the slider that has the focus.
            self._space()
        elif event.key() == Qt.Key.Key_Backspace and (slider := under_pointer(self)):
            slider.resetRequested.emit()
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
            if event.type() == QEvent.Type.Paint and self._begin.interval() > _FRAME_MS:
                self._begin.start(_FRAME_MS)
            elif event.type() == QEvent.Type.Resize:
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
        self.motion_files.camera.stop()
        parts = (self.motion_files, self.batching, self.documents)
        if not all(part.may_close() for part in parts):
            event.ignore()
            return
        self.settings.set_layouts(
            window=self.saveGeometry(),
            splitter=self._splitter.saveState(),
            docks=self.workspace.saveState(),
        )
        self.batching.close()
        self.documents.close()
        self.autosave.close()
        self._begin.stop()
        self.link.stop()
        event.accept()

    # Commands.

    def _refresh_motion(self) -> None:
        self.motion.show_in(self.actions_)

    def choose_method(self, name: Method, _on: bool = True) -> None:
        """Make the face's pixels in another way."""
        self.methods.choose(name)
        self._refresh_methods()

    def step_face(self, step: int) -> None:
        """Edit the face to the right in the photo, or to the left."""
        photo = self.editor.photo
        if photo and photo.faces:
            place = photo.across.index(self.editor.document.face) + step
            self.editor.select_face(photo.across[place % len(photo.faces)])

    def draw_box(self) -> None:
        """Let a box be drawn around a face."""
        if self.editor.photo:
            self.canvas.draw_box()

    def set_overlay(self, shown: bool) -> None:
        """Lay the model over the picture, in the mode chosen in the toolbar."""
        mode = OVERLAYS[self.toolbar.mode.currentIndex()]
        self.controller.set_overlay(mode if shown else None)

    def set_compare(self, mode: Compare, chosen: bool) -> None:
        """Show the result alone, or with the original."""
        if chosen:
            self.canvas.set_compare(mode)
        for each in Compare:
            action = self.actions_[each.value]
            action.blockSignals(True)
            action.setChecked(self.canvas.compare() is each)
            action.blockSignals(False)

    # Inside.

    def _complete(self) -> None:
        """What the window's first paint did not have to wait for."""
        self._begin.setInterval(_FRAME_MS)
        self.link.start()
        self.panel.open_groups()
        QTimer.singleShot(_WARM_MS, self, lambda: self.batching.warm())

    def _add_history_actions(self) -> None:
        history = self.editor.history
        undo, redo = history.createUndoAction(self, "Undo"), history.createRedoAction(self, "Redo")
        # In the middle of a drag there is no step to go to.
        for action, step in ((undo, history.undo), (redo, history.redo)):
            action.triggered.disconnect()
            action.triggered.connect(partial(self._step, step))
        undo.setShortcuts([QKeySequence("Ctrl+Z")])
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        for name, action in (("undo", undo), ("redo", redo)):
            self.addAction(action)
            self.actions_[name] = action

        def dress() -> None:
            undo.setIcon(self.theme.icon("undo"))
            redo.setIcon(self.theme.icon("redo"))

        Dresser(self.theme, self, dress)

    def _step(self, step: Callable[[], None], _checked: bool = False) -> None:
        if not self.editor.dragging:
            step()

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
        self.workspace = Workspace(self, self._splitter, self.actions_)
        column.addWidget(self.workspace, 1)
        column.addWidget(self.status)
        self.setCentralWidget(central)

    def _connect(self) -> None:
        editor, controller, canvas = self.editor, self.controller, self.canvas
        canvas.installEventFilter(self)
        canvas.faceClicked.connect(editor.select_face)
        canvas.hint.connect(lambda text: self._say(Message(text, key="hint")))
        canvas.viewChanged.connect(self._show_zoom)
        canvas.spaceTapped.connect(self._space)
        for part in (controller, self.documents, self.methods, self.motion,
                     self.clipboard, self.snapshots, self.recovery):  # fmt: skip
            part.message.connect(self._say)
        self.motion.changed.connect(self._refresh_motion)
        self.motion.moved.connect(self._refresh_motion)
        self.people.changed.connect(self._refresh)
        self.methods.changed.connect(self._refresh_methods)
        self.documents.emptied.connect(self._begin_anew)
        self.panel.faceChosen.connect(editor.select_face)
        self.panel.takeRequested.connect(self.documents.take)
        self.toolbar.modeChanged.connect(self._choose_overlay)
        self.toolbar.opacityChanged.connect(canvas.set_opacity)
        controller.progress.connect(self._show_progress)
        controller.status.connect(self.status.set_device)
        controller.pictureShown.connect(canvas.update)
        self.messages.progress.cancelled.connect(controller.cancel)
        self.documents.dismissed.connect(self.messages.dismiss)
        self.documents.closeRequested.connect(self.close)
        self.documents.changed.connect(self._refresh)
        self.documents.changed.connect(self.menus.refresh_recent)
        self.documents.changed.connect(self.autosave.touch)
        self.settings.changed.connect(self.autosave.touch)
        editor.photoChanged.connect(self._refresh)
        editor.history.cleanChanged.connect(self._refresh)
        editor.history.indexChanged.connect(self._refresh)

    def _refresh(self) -> None:
        photo = self.editor.photo
        heading = self.editor.awaited.text or self.documents.title()
        self.setWindowTitle(f"{heading}[*] – Mien")
        self.setWindowModified(self.documents.is_modified())
        person = self.editor.person
        self.status.show_document(self.editor, self.controller.waiting)
        generator = self.people.state
        self.canvas.guide = guide(
            self.editor.awaited.name, person is not None, self.controller.waiting,
            generator.reason if generator else "",
        )  # fmt: skip
        self.canvas.update()
        if self.editor.editable:
            self.messages.dismiss("faces")
        several = bool(photo and len(photo.faces) > 1)
        for action, enabled in {
            "export": bool((photo and photo.faces) or person), "next": bool(self.documents.queue),
            "next_face": several, "previous_face": several, "draw_box": photo is not None,
            **dict.fromkeys(("split", "side", "against", "result"), bool(photo or person)),
            "reset_all": self.editor.can_reset,
            "new_person": self.people.available and not self.editor.awaited.name,
            "former_person": self.editor.history.canUndo(),
            **dict.fromkeys(("neutral", "front", "copy_edit", "paste_edit"), self.editor.editable),
        }.items():  # fmt: skip
            self.actions_[action].setEnabled(enabled)
        self.actions_["result"].setChecked(self.canvas.compare() is Compare.RESULT)
        self._refresh_methods()
        self._refresh_motion()
        self._show_zoom()

    def _refresh_methods(self) -> None:
        """The source of the pixels, and how well the generator knows the face."""
        editor, actions = self.editor, self.actions_
        face = bool(editor.photo and editor.editable)
        for name in METHODS:
            action = actions[name]
            action.blockSignals(True)
            action.setChecked(face and editor.state.method == name)
            action.blockSignals(False)
            action.setEnabled(face and (name == "photo" or self.methods.available))
        latent = editor.latent if face else None
        actions["tune"].setEnabled(self.methods.tunable)
        actions["again"].setEnabled(face and self.methods.available and latent is not None)
        self.toolbar.methods.setVisible(editor.photo is not None)
        text = ""
        if latent and latent.identity is not None and editor.state.method != "photo":
            text = f"Identity distance {latent.identity:.2f}"
        self.status.set_method(text)

    def _begin_anew(self) -> None:
        if self.people.available:
            self.people.begin()
        else:
            self.editor.clear()

    def _space(self) -> None:
        """A tap of the space bar; with a photo open it would take the photo away."""
        if self.editor.photo is None and self.editor.editable:
            self.people.new()

    def _show_zoom(self) -> None:
        scale = self.canvas.viewport.scale * self.devicePixelRatioF()
        self.toolbar.set_zoom(scale if self.editor.photo else None)

    def _show_progress(self, text: str, fraction: float | None) -> None:
        if text:
            self.messages.progress.show_progress(text, fraction)
        else:
            self.messages.progress.hide()
        self.messages.place()

    def _choose_overlay(self, mode: str) -> None:
        if self.actions_["overlay"].isChecked():
            self.controller.set_overlay(mode)
        else:
            self.actions_["overlay"].setChecked(True)
