"""The main window: puts the parts together and answers the actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
)
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from app.actions import connect_actions, make_actions, make_history_actions
from app.calls import calls
from app.canvas.compare import Compare
from app.canvas.guides import guide
from app.canvas.view import Canvas
from app.docks import Workspace
from app.editor import Editor
from app.late_parts import LateParts
from app.menus import Menus
from app.panels.ground import PanelGround
from app.settings import Settings
from app.statusbar import StatusBar
from app.still import load_still
from app.theme import Theme
from app.toolbar import Toolbar
from app.widgets.slider import under_pointer
from core.engine.terms import METHODS, OVERLAYS, Method

if TYPE_CHECKING:
    from core.engine.backend import Backend

PANEL_WIDTH = 372
# What the system draws around a window, about.
FRAME = QSize(8, 40)
# After the start, when the first picture has long been shown.
_WARM_MS = 8_000
# What takes a picture of somebody.
_COMPARING = ("split", "side", "against", "result")


class MainWindow(LateParts):
    """Mien's window. make_backend: what the engine's process runs, by default a PhotoBackend.

    bare: it has no parts yet, only what is seen before anything is done; see app.opening.
    awaited: the name of the file that will be opened first, if any.
    """

    def __init__(
        self,
        theme: Theme,
        settings: Settings,
        make_backend: Callable[[], Backend] | None = None,
        bare: bool = False,
        awaited: str = "",
    ) -> None:
        super().__init__()
        self.theme = theme
        self.settings = settings
        self._make_backend = make_backend
        self._awaited = awaited
        self.editor = Editor(self)
        self.canvas = Canvas(self.editor, theme)
        self.actions_ = make_actions(self, theme) | make_history_actions(self, theme, self.editor)
        self.toolbar = Toolbar(self.actions_, theme)
        self.status = StatusBar()
        self.menus = Menus(self)
        self._lay_out()
        self._show_start()
        if not self.restoreGeometry(settings.layout("window")):
            room = self.screen().availableSize() - FRAME
            self.resize(QSize(1360, 880).boundedTo(room))
        if not (sizes := settings.layout("splitter")).isEmpty():
            self._splitter.restoreState(sizes)
        self.workspace.restore(settings.layout("docks"))
        self.canvas.setFocus()
        if not bare:
            self.furnish()

    def furnish(self) -> None:
        """Give a bare window its parts."""
        for _ in self.furnishing():
            pass

    def furnishing(self, paths: Sequence[str] = ()) -> Iterator[None]:
        """The same in steps, none of which keeps the window from painting for long.

        paths: what to open as soon as that is possible.
        """
        # NumPy alone imports for as long as one step should take at most.
        import_module("numpy")
        yield
        from app.engine_link import EngineLink

        self.link = EngineLink(self, self._make_backend)
        # It works beside this process, and what it says is heard once there are parts.
        self.link.start()
        yield
        from app.parts import add_parts

        yield
        add_parts(self, self._still)
        connect_actions(self.actions_, calls(self))
        self._connect()
        self.workspace.begin()
        self.help.begin()
        self._refresh()
        self.link.listen()
        if paths:
            self.documents.open_paths(list(paths))
        yield
        for _ in self.panel.open_groups():
            yield
        if ground := self._splitter.replaceWidget(1, self.panel):
            ground.deleteLater()
        self.setAcceptDrops(True)
        QTimer.singleShot(_WARM_MS, self, lambda: self.batching.warm())

    # Events.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files highlight the canvas."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            self.canvas.set_drop_target(self.documents.invitation(event.mimeData()))
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The highlight goes."""
        self.canvas.set_drop_target("")

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self.canvas.set_drop_target("")
        if folders := self.documents.dropped_batch(event.mimeData()):
            self.batching.open_photos(folders)
        else:
            self.documents.drop(event.mimeData())
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
        """Tab on the canvas is the overlay, Esc there takes a message away."""
        key = event.type() == QEvent.Type.KeyPress
        if key and watched is self.canvas and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Tab and not event.modifiers():
                self.actions_["overlay"].toggle()
                return True
            if event.key() == Qt.Key.Key_Escape and not self.canvas.cancel_gesture():
                self.messages.dismiss()
                return True
        return super().eventFilter(watched, event)

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

    def _show_start(self) -> None:
        """What holds before there is a face, and before the parts can say so."""
        still = None if self._awaited else load_still()
        self._still = bool(self._awaited) or still is not None
        if self._awaited:
            self.canvas.show_person()  # whose picture never comes: nobody else's is wanted
        elif still:
            self.canvas.show_still(still)
        else:
            self.canvas.show_model()
        self.canvas.guide = guide(self._awaited, False, self._still, "")
        self.status.set_person(None, self._still)
        self.toolbar.set_zoom(None)
        self.toolbar.methods.hide()
        self.actions_["result"].setChecked(True)
        for name in ("export", *_COMPARING):
            self.actions_[name].setEnabled(False)
        self.setWindowTitle("Mien")

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.addWidget(self.canvas)
        self._splitter.addWidget(PanelGround())
        self._splitter.setStretchFactor(0, 1)
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
        canvas.hint.connect(self.messages.show_hint)
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
        waiting = self.controller.waiting
        self.status.show_document(self.editor, waiting)
        generator = self.people.state
        awaited = self.editor.awaited.name or (self._awaited if waiting else "")
        self.canvas.guide = guide(
            awaited, person is not None, waiting, generator.reason if generator else ""
        )
        self.canvas.update()
        if self.editor.editable:
            self.messages.dismiss("faces")
        several = bool(photo and len(photo.faces) > 1)
        for action, enabled in {
            "export": bool((photo and photo.faces) or person), "next": bool(self.documents.queue),
            "next_face": several, "previous_face": several, "draw_box": photo is not None,
            **dict.fromkeys(_COMPARING, bool(photo or person)),
            "reset_all": self.editor.can_reset,
            "new_person": self.people.available and not self.editor.awaited.name,
            "former_person": self.editor.former is not None,
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
