"""What makes an edited photo's pixels: the photo, the generator, or both."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.controller import Controller
from app.editor import Editor
from app.engine_link import EngineLink
from app.widgets.messages import Message
from core.engine import messages as m


@dataclass(frozen=True)
class _Search:
    """A face that is being found in the generator."""

    request: int
    photo: object
    face: int


class Methods(QObject):
    """Finds a face in the generator once its pixels are wanted from there.

    changed: the method, or how well the face is found.
    """

    changed = Signal()
    message = Signal(object)

    def __init__(
        self, editor: Editor, link: EngineLink, controller: Controller,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._editor = editor
        self._client = link.client
        self._controller = controller
        self._search: _Search | None = None
        self._state: m.GeneratorState | None = None
        link.arrived.connect(self._arrived)
        editor.changed.connect(self._follow)
        editor.photoChanged.connect(self._follow)

    @property
    def available(self) -> bool:
        """Whether there is a generator."""
        return self._state is not None and not self._state.reason

    @property
    def tunable(self) -> bool:
        """Whether the chosen face is found, and nothing is being looked for."""
        editor = self._editor
        known = bool(editor.photo and editor.editable and editor.latent)
        return known and self.available and self._search is None

    def choose(self, method: m.Method) -> None:
        """Switch; the edit stays."""
        self._editor.set_method(method)

    def again(self) -> None:
        """Find the face anew, from the first estimate on."""
        if self._editor.photo and self._editor.editable and self.available:
            self._begin()

    def tune(self) -> None:
        """Adapt the generator's weights to the face, which is found already."""
        if self.tunable:
            self._begin(self._editor.latent)

    # Inside.

    def _follow(self) -> None:
        editor = self._editor
        if editor.photo and editor.editable and editor.state.method != "photo" and self.available:
            latent = editor.latent
            if latent and self._state and latent.generator != self._state.key:
                text = "This face was found in another generator; it is looked for anew."
                self.message.emit(Message(text, "warning", key="method", seconds=8))
                editor.set_latent(editor.document.face, None)
                latent = None
            if latent is None and not self._searching():
                self._begin()
        self.changed.emit()

    def _searching(self) -> bool:
        editor, search = self._editor, self._search
        return bool(
            search and search.photo is self._source() and search.face == editor.document.face
        )

    def _source(self) -> object:
        return self._editor.photo.source if self._editor.photo else None

    def _begin(self, found: m.LatentCode | None = None) -> None:
        if not self._controller.has_face():
            return
        face = self._editor.document.face
        request = self._client.embed(face, found)
        self._controller.track(request, "embed")
        self._search = _Search(request, self._source(), face)
        self.changed.emit()

    def _arrived(self, event: object) -> None:
        if isinstance(event, m.GeneratorState):
            self._state = event
            self._follow()
        elif isinstance(event, m.FaceReady):
            self._follow()
        search = self._search
        if search is None or not isinstance(event, m.Reply) or event.id != search.request:
            return
        if isinstance(event, m.EmbedStage):
            if event.latent and search.photo is self._source():
                self._editor.set_latent(search.face, event.latent)
                self._controller.render()
                self.changed.emit()
        elif isinstance(event, m.Done | m.Failed | m.Cancelled):
            self._search = None
            self._give_up(search)
            self.changed.emit()

    def _give_up(self, search: _Search) -> None:
        """Nothing was found, not even a first estimate: the photo's pixels it is."""
        editor = self._editor
        here = search.photo is self._source() and search.face == editor.document.face
        if here and editor.latent is None and editor.state.method != "photo":
            editor.set_method("photo")
