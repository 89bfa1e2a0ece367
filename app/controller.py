"""Keeps the engine at the document's state, and tells the window what the engine says."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app import projects
from app.canvas.view import Canvas
from app.editor import GROUP_LABELS, Editor
from app.engine_link import EngineLink
from app.engine_state import EngineState, Opening
from app.states import DocumentState, PhotoState
from app.widgets.messages import Message
from app.work import Work
from core.document.project import Project
from core.engine import messages as m
from core.engine.client import Picture, Restarted
from core.engine.policy import REST_SIZES, Wish
from core.rig.lights import light_of_another

# How long the news of a restart stays, which nobody has to act on.
RESTARTED_SECONDS = 8.0
# The message of a photo that could not be opened; the next one that can takes it away.
OPENING = "opening"


class Controller(QObject):
    """One thread: the window's. message, progress (text, fraction or None; "" ends it).

    still: whether the canvas shows the picture of the last start.
    """

    message = Signal(object)
    progress = Signal(str, object)
    status = Signal(str)
    pictureShown = Signal()
    pictureSaved = Signal(str)
    photoOpened = Signal(str)

    def __init__(
        self, editor: Editor, link: EngineLink, canvas: Canvas, still: bool, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._client = link.client
        self._canvas = canvas
        self._engine = EngineState()
        self._overlay: str | None = None
        self._preview_size = REST_SIZES[-1]
        self._no_generator = False
        # What the picture under way is of.
        self.written: DocumentState | None = None
        self.generator_key = ""
        self._still = still
        self._work = Work(self)
        self._work.progress.connect(self.progress)
        link.arrived.connect(self._arrived)
        editor.changed.connect(self.render)
        editor.trial.changed.connect(self.render)
        editor.photoChanged.connect(self.sync)
        canvas.viewChanged.connect(self.render)
        canvas.boxDrawn.connect(self.set_box)

    # Requests.

    @property
    def saving(self) -> bool:
        """Whether a picture is being written."""
        return self._work.has("save")

    @property
    def waiting(self) -> bool:
        """Whether the picture of the last start stands in for the generator."""
        return self._still

    def open_photo(self, source: m.Source, name: str) -> None:
        """Open a photo; the present one stays until it is read."""
        self._open(Opening(source, name))

    def open_project(
        self,
        project: Project,
        path: str,
        source: str = "",
        recovered: Callable[[], object] | None = None,
    ) -> None:
        """Show a project's photo and edits. source: of the photo, if the project lacks it."""
        photo = source or project.photo
        opening = Opening(photo or "", project.photo_name, False, project, path, recovered)
        if photo:
            self._open(opening)
        else:
            self._show_project(projects.without_photo(project), opening)
            self.photoOpened.emit(path)

    def open_original(self, project: Project, path: str) -> None:
        """Show an edit on the photo that it was made of, as an undoable step."""
        self._open(Opening(path, os.path.basename(path), project=project))

    def set_box(self, box: tuple[float, float, float, float]) -> None:
        """Fit a face in a box drawn by hand."""
        if self._editor.photo:
            self._work.begin(self._client.set_manual_box(box), "box")

    def save_picture(self, path: str, options: m.ExportOptions) -> None:
        """Write the picture; the person has agreed to replace what is there."""
        editor, person = self._editor, self._editor.person
        self.written = editor.document
        if person:
            words = projects.description(editor, person)
            request = self._client.save_person(
                path, editor.effective, person.noise, words, options, True
            )
        else:
            request = self._client.save(
                path, editor.effective, editor.document.feather, options, True
            )
        self._work.begin(request, "save")

    def take_from(self, group: str, path: str) -> None:
        """Take one group of parameters from another photo."""
        name = os.path.basename(path)
        request = self._client.take_from(group, path, name)  # type: ignore[arg-type]
        self._work.begin(request, "take", name)

    def cancel(self) -> None:
        """Give all long work up, except bringing back what the document shows."""
        for request in self._work.requests:
            opening = self._engine.opening.get(request)
            if not (opening and opening.restore):
                self._client.cancel(request)

    def set_preview_size(self, pixels: int) -> None:
        """Ask for no larger pictures than that."""
        self._preview_size = pixels
        self.render()

    def set_overlay(self, mode: str | None) -> None:
        """Lay the model over the photo."""
        self._overlay = mode
        self.render()

    def restart(self) -> None:
        """Start an engine that died too often once more."""
        self._client.restart()

    def render(self) -> None:
        """Ask for the present picture; the policy skips what is shown already."""
        editor = self._editor
        size = min(self._canvas.wanted_size(), self._preview_size)
        self._still = self._still and editor.photo is None and editor.person is None
        shown, wish = editor.trial.shown, None
        bare = editor.photo is None and self._engine.source is None
        if bare and editor.person and not self._no_generator:
            wish = Wish(shown, "person", self._overlay, size, editor.trial.noise)
        elif bare and not self._still:
            wish = Wish(shown, "model", self._overlay, size)
        elif editor.photo and self.has_face():
            self._sync_method()
            wish = Wish(shown, "photo", self._overlay, size)
        # None: nothing can be drawn yet, or the picture of the last start stands in for it.
        self._client.wish(wish, editor.dragging or editor.playing)

    def sync(self) -> None:
        """Bring the engine to the document's photo and face, unless another is under way."""
        if self._editor.awaited.name:
            return
        photo, engine = self._editor.photo, self._engine
        if photo is None:
            if engine.source is not None:
                self._client.close_photo()
                engine.source = engine.face = None
            if (self._editor.person and not self._no_generator) or self._still:
                self._canvas.show_person()
            else:
                self._canvas.show_model()
        elif engine.source is not photo.source:
            under_way = [o for o in engine.opening.values() if o.source is photo.source]
            if not under_way:
                engine.face = None
                self._open(Opening(photo.source, photo.name, restore=True))
        elif not photo.faces:
            engine.face = None
            self._canvas.forget_result()
        elif engine.face != self._editor.document.face:
            engine.face, engine.method = self._editor.document.face, self._method()
            request = self._client.select_face(engine.face, self._editor.others(), *engine.method)
            engine.selecting[request] = photo
        self.render()

    def _method(self) -> tuple[m.Method, m.LatentCode | None]:
        """What shall make the chosen face's pixels now: until it is found, the photo's own do."""
        latent, method = self._editor.latent, self._editor.state.method
        return (method, latent) if latent and method != "photo" else ("photo", None)

    def _sync_method(self) -> None:
        wanted, now = self._method(), self._engine.method
        if wanted[0] != now[0] or wanted[1] is not now[1]:
            self._engine.method = wanted
            self._client.set_method(*wanted)

    def has_face(self) -> bool:
        """Whether the engine has the document's photo and face."""
        photo, engine = self._editor.photo, self._engine
        return photo is not None and engine.source is photo.source and engine.face is not None

    def track(self, request: int, kind: str) -> None:
        """Show the progress of another's long request, and let the person cancel it."""
        self._work.begin(request, kind)

    # Replies.

    def _arrived(self, event: object) -> None:
        if isinstance(event, Picture):
            self._show(event)
        elif isinstance(event, m.Ready):
            self.status.emit(event.device)
        elif isinstance(event, m.GeneratorState):
            self._generator(event)
        elif isinstance(event, Restarted):
            self._restarted(event)
        elif isinstance(event, m.Progress):
            self._work.tell(event.text, event.fraction)
        elif isinstance(event, m.EmbedStage):
            self._work.tell(event.text + _identity(event.identity), event.fraction)
        elif isinstance(event, m.PhotoLoaded):
            self._loaded(event)
        elif isinstance(event, m.Notice):
            self.message.emit(Message(event.text, "warning", key=event.text))
        elif isinstance(event, m.Reply):
            self._done(event)

    def _generator(self, state: m.GeneratorState) -> None:
        self.generator_key = state.key
        if state.notice:
            self.message.emit(Message(state.notice, "warning", key="generator"))
        if bool(state.reason) != self._no_generator:
            self._no_generator = bool(state.reason)
            self._still = False
            self.sync()
            if self._editor.person:
                text = "The generator is missing, so the face model stands in for this person."
                self.message.emit(Message(text, "warning", state.reason, key="generator"))

    def _done(self, reply: m.Reply) -> None:
        kind, name = self._work.end(reply.id)
        opening = self._engine.opening.pop(reply.id, None)
        chosen_in = self._engine.selecting.pop(reply.id, None)
        if isinstance(reply, m.PhotoOpened):
            if opening:
                self._opened(reply, opening)
            elif kind == "box":
                self._boxed(reply)
        elif isinstance(reply, m.Saved) and kind == "save":
            self.pictureSaved.emit(reply.path)
        elif isinstance(reply, m.Taken):
            text = f"{GROUP_LABELS[reply.group]} from {name}"
            taken = reply.parameters
            if reply.group == "light":
                lit = light_of_another(taken.light, self._editor.baseline.light)
                taken = replace(taken, light=lit)
            self._editor.set_group(reply.group, taken, text)
        elif isinstance(reply, m.Failed | m.Cancelled):
            # A photo opened in between makes the choice of a face in the last one pointless.
            stale = chosen_in is not None and self._engine.source is not chosen_in.source
            if self._still:
                self._still = False
                self.sync()
            if isinstance(reply, m.Failed) and not stale:
                again = ("Try again", self.sync) if opening and opening.restore else None
                key = OPENING if opening and not opening.restore else ""
                self.message.emit(Message(reply.message, "error", reply.details, again, key))
            if opening:
                self._gave_up(opening)

    def _show(self, picture: Picture) -> None:
        frame = picture.frame
        photo = self._editor.photo
        generated = self._editor.person and not self._no_generator
        if frame.view != ("photo" if photo else "person" if generated else "model"):
            return
        if photo is not None and self._engine.source is not photo.source:
            return
        size = (frame.width, frame.height)
        moving = self._editor.dragging or self._editor.playing
        self._canvas.figures.picture(frame.milliseconds, picture.latency_ms, size, moving)
        self._canvas.show_result(picture.image, picture.overlay)
        self.pictureShown.emit()

    def _restarted(self, event: Restarted) -> None:
        if event.gave_up:
            text = "The engine keeps stopping; your edit is safe, save the project or try again."
            action = ("Restart engine", self.restart)
            self.message.emit(Message(text, "error", f"exit {event.exit_code}", action, "engine"))
            return
        if event.wanted:
            return
        why = "did not answer" if event.hung else "stopped"
        text = f"The engine {why} and was started again; nothing is lost."
        details = f"exit code {event.exit_code}"
        card = Message(text, "warning", details, key="engine", seconds=RESTARTED_SECONDS)
        self.message.emit(card)

    # Photos.

    def _open(self, opening: Opening) -> None:
        boxes = opening.boxes(self._editor.photo)
        request = self._client.open_photo(opening.source, opening.name, boxes)
        self._engine.opening[request] = opening
        self._work.begin(request, "open")
        self._work.tell(f"Opening {opening.name}", None)
        self._await()

    def _await(self) -> None:
        """Until the photo under way has come, the document is not edited."""
        self._editor.end()
        self._editor.awaited.show(self._engine.awaited)

    def _loaded(self, reply: m.PhotoLoaded) -> None:
        opening = self._engine.opening.get(reply.id)
        if opening:
            # From here on the engine has this photo, whatever comes of its faces.
            self._engine.source, self._engine.face = opening.source, None
            self._client.wish(None)
            self._canvas.show_photo((reply.width, reply.height), reply.preview)

    def _opened(self, reply: m.PhotoOpened, opening: Opening) -> None:
        self._engine.source, self._engine.face = opening.source, None
        self._await()
        if opening.restore:
            self.sync()
            return
        photo = PhotoState(
            opening.source, opening.name, reply.width, reply.height, reply.faces, reply.reason
        )
        if opening.project:
            document = projects.with_photo(opening.project, photo)
            if opening.path is None:
                self._editor.load(document, f"Restore edit of {opening.name}")
            else:
                self._show_project(document, opening)
        else:
            document = DocumentState(photo, feather=self._editor.document.feather)
            self._editor.load(document, f"Open {opening.name}")
        if not photo.faces:
            action = ("Draw a box", self._canvas.draw_box)
            self.message.emit(Message(reply.reason, "warning", action=action, key="faces"))
        name = opening.path or (opening.source if isinstance(opening.source, str) else "")
        self.photoOpened.emit(name)

    def _show_project(self, document: DocumentState, opening: Opening) -> None:
        self._editor.clear(document, opening.path, opening.project, not opening.recovered)
        if opening.recovered:
            opening.recovered()

    def _boxed(self, reply: m.PhotoOpened) -> None:
        document = self._editor.document
        if document.photo is None:
            return
        # Fitted anew, the old faces keep the parameters that their edits refer to.
        faces = (*document.photo.faces, *reply.faces[len(document.photo.faces) :])
        photo = replace(document.photo, faces=faces, reason="")
        self._editor.load(replace(document, photo=photo, face=len(faces) - 1), "Draw face box")

    def _gave_up(self, opening: Opening) -> None:
        """The document did not change; the engine may have lost its photo."""
        if self._engine.source is opening.source:
            self._engine.source = self._engine.face = None
        self._await()
        if not opening.restore:
            self.sync()


def _identity(distance: float | None) -> str:
    return "" if distance is None else f", identity distance {distance:.2f}"
