"""People who do not exist: asking the engine for them, keeping groups, mixing two."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.canvas.view import Canvas
from app.editor import GROUP_LABELS, Editor
from app.engine_link import EngineLink
from app.history import PhotoCommand
from app.slots import SLOTS, Slots
from app.states import DocumentState
from app.still import save_still
from core.document.project import carry_over
from core.document.state import PersonState
from core.engine import messages as m
from core.engine.client import Picture

START_SEED = 1
START_TRUNCATION = 0.7
SEEDS = 1_000_000
# Hair, clothes and backdrop, which no slider moves: locked like the rig's groups.
NOISE = "noise"
_LATER_MS = 200


@dataclass(frozen=True)
class _Asked:
    """What the person who is under way is for.

    start: the first one, unless something was opened meanwhile; fresh: begins a new document;
    live: in a drag.
    """

    request: int
    text: str
    seed: int | None
    truncation: float
    start: bool = False
    fresh: bool = False
    live: bool = False


class People(QObject):
    """changed: the generator or a person came, or a slot was filled."""

    changed = Signal()

    def __init__(
        self, editor: Editor, link: EngineLink, canvas: Canvas, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._client = link.client
        self._canvas = canvas
        self._asked: _Asked | None = None
        self._ending = False
        self._first: PersonState | None = None
        self._original: tuple[int, PersonState] | None = None
        self.state: m.GeneratorState | None = None
        self.truncation = START_TRUNCATION
        self.slots = Slots(editor, link, self)
        self.slots.changed.connect(self.changed)
        self.share = 0.0
        link.arrived.connect(self._arrived)
        editor.awaited.changed.connect(self._end_drag)
        # Queued, since the history's end moves it too.
        editor.history.indexChanged.connect(self._go_back, Qt.ConnectionType.QueuedConnection)

    @property
    def available(self) -> bool:
        """Whether there is a generator."""
        return self.state is not None and not self.state.reason

    # What the person asks for.

    def new(self) -> None:
        """Another person."""
        self.take_seed(random.randrange(SEEDS))

    def take_seed(self, seed: int) -> None:
        """The person of a seed."""
        self._ask(seed, f"Person {seed}")

    def former(self) -> None:
        """The person before this one."""
        self._editor.former_person()

    def begin(self) -> None:
        """A new document opens on a person."""
        if self.available:
            self._ask(random.randrange(SEEDS), "", fresh=True)

    def begin_truncation(self) -> None:
        """The variety slider is taken up."""
        if self._editor.person and self._editor.person.seed is not None:
            self._editor.begin_document("Variety")

    def set_truncation(self, truncation: float) -> None:
        """How far people may be from the mean one, 0 to 1; the present one follows."""
        self.truncation = min(max(truncation, 0.0), 1.0)
        person = self._editor.person
        if person and person.seed is not None:
            self._ask(person.seed, "Variety", live=True)
        self.changed.emit()

    def end_truncation(self) -> None:
        """The variety slider is let go."""
        self._end_drag()

    def store(self, name: str) -> None:
        """Keep the present person in a slot."""
        if self._editor.person:
            person = replace(self._editor.person, parameters=self._editor.effective)
            self.share = float(SLOTS.index(name))
            self.slots.keep(name, person)

    def show(self, name: str) -> None:
        """The person of a slot again."""
        slot = self.slots.get(name)
        if slot:
            self.share = float(SLOTS.index(name))
            self._editor.load(DocumentState(person=self._kept(slot.person)), f"Person {name}")
            self.changed.emit()

    def look(self, name: str | None) -> None:
        """Show the person of a slot without a step; None: no longer."""
        slot = self.slots.get(name) if name else None
        self._editor.trial.look_at_person(self._kept(slot.person) if slot else None)

    @property
    def mixable(self) -> bool:
        """Whether both slots are filled."""
        return all(self.slots.get(name) for name in SLOTS)

    def begin_mix(self) -> None:
        """The slider between the slots is taken up."""
        self._editor.begin_document("Between A and B")

    def mix(self, share: float) -> None:
        """A person between slot A (0) and slot B (1); inside a drag or as one step."""
        a, b = (self.slots.get(name) for name in SLOTS)
        if a and b and self.available:
            self.share = min(max(share, 0.0), 1.0)
            one, other = ((slot.person.parameters, slot.person.noise) for slot in (a, b))
            request = self._client.mix_people(one, other, self.share)
            self._asked = _Asked(request, "Between A and B", None, self.truncation)
            self.changed.emit()

    def end_mix(self) -> None:
        """The slider between the slots is let go."""
        self._end_drag()

    # Inside.

    def _ask(
        self, seed: int, text: str, start: bool = False, fresh: bool = False, live: bool = False
    ) -> None:
        if self.available and not self._editor.awaited.name:
            request = self._client.new_person(seed, self.truncation)
            self._asked = _Asked(request, text, seed, self.truncation, start, fresh, live)

    def _end_drag(self) -> None:
        """Its step is made when the last person of it has come."""
        if self._asked:
            self._ending = True
        else:
            self._editor.end_document()

    def _arrived(self, event: object) -> None:
        if isinstance(event, m.GeneratorState):
            self.state = event
            self._start()
            self.changed.emit()
        elif isinstance(event, Picture):
            self._draw_original(event)
        elif isinstance(event, m.PersonMade):
            self._made(event)
        elif isinstance(event, m.PersonDrawn):
            if self._original and self._original[0] == event.id:
                self._canvas.set_original(event.picture)
                if self._original[1] is self._first:
                    save_still(event.picture)
        elif isinstance(event, m.Failed) and self._asked and event.id == self._asked.request:
            self._asked = None
            self._finish()

    def _start(self) -> None:
        """The first person, in place of a model that nobody has changed for good yet."""
        editor = self._editor
        if self.available and self._untouched() and editor.person is None and not self._asked:
            if editor.dragging or editor.awaited.name:
                QTimer.singleShot(_LATER_MS, self._start)
            else:
                self._ask(START_SEED, "", start=True)

    def _untouched(self) -> bool:
        """Whether nothing was opened or recovered."""
        editor = self._editor
        return editor.photo is None and editor.path is None and editor.history.cleanIndex() >= 0

    def _go_back(self) -> None:
        if self._undone():
            self._start()

    def _undone(self) -> bool:
        """Whether undo went past the first photo, to the model that was there before it."""
        history, document = self._editor.history, self._editor.document
        first = history.index() == 0 and isinstance(history.command(0), PhotoCommand)
        return first and document.photo is None and not document.edits

    def _made(self, reply: m.PersonMade) -> None:
        asked = self._asked
        if asked is None or reply.id != asked.request:
            return
        self._asked = None
        person = PersonState(reply.parameters, reply.noise, asked.seed, asked.truncation)
        if asked.fresh:
            self._editor.clear(DocumentState(person=person))
        elif asked.start:
            # A photo that was opened meanwhile stays.
            if self._untouched():
                self._first = person if person.seed == START_SEED else None
                if self._undone():
                    self._editor.restore(replace(self._editor.document, person=person))
                else:
                    self._editor.clear(self._with_edit(person, m.FaceParameters()))
        else:
            person = self._kept(person)
            before = self._editor.person
            if asked.live and before:
                self._put(self._with_edit(person, before.parameters), asked.text)
            else:
                self._put(DocumentState(person=person), asked.text)
        self._finish()
        self.changed.emit()

    def _finish(self) -> None:
        if self._ending and self._asked is None:
            self._ending = False
            self._editor.end_document()

    def _put(self, document: DocumentState, text: str) -> None:
        if self._editor.dragging_document:
            sections = self._editor.document.sections
            self._editor.restore(replace(document, sections=sections))
        else:
            self._editor.load(document, text)

    def _with_edit(self, person: PersonState, before: m.FaceParameters) -> DocumentState:
        """The person with what was changed of another: changed by as much."""
        edit = self._editor.document.edits.get(0)
        if edit is None:
            return DocumentState(person=person)
        moved = carry_over(edit.parameters, before, person.parameters)
        return DocumentState(edits={0: replace(edit, parameters=moved)}, person=person)

    def _kept(self, person: PersonState) -> PersonState:
        """The person with the locked groups of the present one."""
        editor = self._editor
        groups = {g: getattr(editor.parameters, g) for g in GROUP_LABELS if g in editor.locked}
        noise = person.noise
        if NOISE in editor.locked and editor.person:
            noise = editor.person.noise
        return replace(person, parameters=replace(person.parameters, **groups), noise=noise)

    def _draw_original(self, picture: Picture) -> None:
        """Once a person rests on the canvas, their picture without the edit, to compare with."""
        person = self._editor.person
        if picture.frame.view != "person" or person is None or self._editor.dragging:
            return
        if self._original is None or self._original[1] is not person:
            self._original = (self._client.draw_person(person.parameters, person.noise), person)
