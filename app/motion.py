"""The document in motion: its timeline, the playhead, playing and keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QElapsedTimer, QObject, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from shiboken6 import isValid

from app.editor import Editor
from app.widgets.messages import Message
from core.engine.messages import FaceParameters
from core.errors import MienError
from core.motion.timeline import Easing, Timeline
from core.rig.table import PARAMETERS, get_value, set_values

# Where the document keeps its timeline.
SECTION = "timeline"
# What a key takes in without having been animated before; light and skin only by name.
_MOVING_GROUPS = ("pose", "expression")
_SECONDS = 6.0


class Motion(QObject):
    """Shows the timeline's frame at the playhead, and changes the timeline by named steps.

    The document's parameters are those of the frame; the playhead is not part of the history.
    changed: the timeline has. moved: the playhead, or whether it plays. message: for the person.
    """

    changed = Signal()
    moved = Signal()
    message = Signal(object)

    def __init__(self, editor: Editor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._timeline = Timeline()
        self._kept: object = None
        self._dragged: Timeline | None = None
        self.frame = 0
        self.auto_key = False
        self.easing: Easing = "smooth"
        self._clock = QElapsedTimer()
        self._started = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._index = 0
        self._next: object = None
        editor.along = self._along
        editor.sectionsChanged.connect(self._read)
        editor.photoChanged.connect(self._shown_anew)
        editor.history.indexChanged.connect(self._stepped)

    # The playhead.

    @property
    def timeline(self) -> Timeline:
        """The document's timeline; an empty one in the place of what cannot be read."""
        kept = self._editor.document.sections.get(SECTION)
        if kept is not self._kept:
            self._kept, self._timeline = kept, Timeline()
            if kept is not None:
                try:
                    self._timeline = Timeline.from_json(kept)
                except MienError as error:
                    self.message.emit(Message(str(error), "error"))
        return self._timeline

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def play(self, on: bool) -> None:
        """Play from the playhead on, from the start when it stands at the end; or pause."""
        if on == self.playing:
            return
        if on:
            self._started = 0 if self.frame >= self.timeline.length - 1 else self.frame
            self._clock.start()
            self._timer.start(max(1, round(1000 / self.timeline.fps)))
        else:
            self._timer.stop()
        self._editor.playing = on
        self.moved.emit()
        # The picture at rest is drawn in full.
        self._editor.changed.emit()

    def go(self, frame: int) -> None:
        """Put the playhead on a frame and show it."""
        self.play(False)
        self._go(frame)

    def step(self, frames: int) -> None:
        """Move the playhead."""
        self.go(self.frame + frames)

    def _go(self, frame: int) -> None:
        frame = min(max(frame, 0), self.timeline.length - 1)
        if frame != self.frame:
            self.frame = frame
            self._show()
            self.moved.emit()

    def _tick(self) -> None:
        if self._editor.dragging:
            # The hand takes over.
            self.play(False)
            return
        timeline = self.timeline
        frame = self._started + int(self._clock.elapsed() * timeline.fps / 1000)
        if frame < timeline.length or timeline.loop:
            self._go(frame % timeline.length)
        else:
            self._go(timeline.length - 1)
            self.play(False)

    def show_in(self, actions: Mapping[str, QAction]) -> None:
        """Show in the actions what plays, and what can be done."""
        document = self._editor.document
        states = {"play": self.playing, "loop": self._timeline.loop, "auto_key": self.auto_key}
        for name, on in states.items():
            with QSignalBlocker(actions[name]):
                actions[name].setChecked(on)
        animated = bool(self._timeline.tracks)
        for name in ("play", "export_take"):
            actions[name].setEnabled(animated)
        someone = bool((document.photo and document.photo.faces) or document.person)
        actions["animation"].setEnabled(animated and someone)

    # Keys.

    def set_timeline(self, timeline: Timeline, text: str, merge: str = "") -> None:
        """Another timeline, as one step, or as part of a drag of the document."""
        value = None if timeline == Timeline() else timeline.to_json()
        self._editor.set_section(SECTION, value, text, merge)

    def key(self) -> None:
        """Key at the playhead whatever is animated, and what of pose and expression was changed."""
        names = set(self.timeline.tracks)
        for name, entry in PARAMETERS.items():
            if entry.group in _MOVING_GROUPS and self._editor.is_changed(name):
                names.add(name)
        self._key(names or {"yaw", "pitch", "roll"}, "Key")

    def key_row(self, name: str, frame: int | None = None) -> None:
        """Key one parameter at a frame: at the playhead as it is shown, elsewhere as it runs."""
        if frame is None or frame == self.frame:
            self._key({name}, f"Key {PARAMETERS[name].label}")
            return
        value = self.timeline.value(name, frame)
        if value is not None:
            timeline = self.timeline.with_key(name, frame, value, self.easing)
            self.set_timeline(timeline, f"Key {PARAMETERS[name].label}")

    def delete(self, keys: Collection[tuple[str, int]]) -> None:
        """Take keys, each (name, frame), away."""
        timeline = self.timeline
        for name, frame in keys:
            timeline = timeline.without_key(name, frame)
        self.set_timeline(timeline, "Delete key" if len(keys) == 1 else "Delete keys")

    def move(self, keys: Collection[tuple[str, int]], by: int) -> None:
        """Move keys by so many frames, in a drag those of its beginning."""
        text = "Move key" if len(keys) == 1 else "Move keys"
        self.set_timeline((self._dragged or self.timeline).moved(keys, by), text, "move keys")

    def begin(self, text: str) -> None:
        """Start a drag of keys, which becomes one step."""
        self._dragged = self.timeline
        self._editor.begin_document(text)

    def end(self) -> None:
        """Finish a drag."""
        self._dragged = None
        self._editor.end_document()

    def cancel(self) -> None:
        """Give a drag up."""
        self._dragged = None
        self._editor.cancel()

    def remove_row(self, name: str) -> None:
        """No longer animate a parameter."""
        text = f"Remove {PARAMETERS[name].label}"
        self.set_timeline(self.timeline.without_track(name), text)

    def set_easing(self, easing: Easing, keys: Collection[tuple[str, int]]) -> None:
        """How values go on from these keys, and from keys to come."""
        self.easing = easing
        timeline = self.timeline
        for name, frame in keys:
            if found := timeline.key_at(name, frame):
                timeline = timeline.with_key(name, frame, found.value, easing)
        self.set_timeline(timeline, f"Easing: {easing.capitalize()}")

    def set_range(
        self, fps: float | None = None, length: int | None = None, loop: bool | None = None
    ) -> None:
        """Frames a second, frames in all, and whether playing begins again; keys stay."""
        old = self.timeline
        new = replace(
            old, fps=old.fps if fps is None else fps,
            length=old.length if length is None else length,
            loop=old.loop if loop is None else loop,
        )  # fmt: skip
        self.set_timeline(new, "Loop" if loop is not None else "Timeline", "timeline")

    def set_auto_key(self, on: bool) -> None:
        """Key what is changed at once."""
        self.auto_key = on
        self.moved.emit()

    # Inside.

    def _key(self, names: Collection[str], text: str) -> None:
        timeline = self.timeline
        for name in PARAMETERS:
            if name in names:
                value = self._editor.value(name)
                timeline = timeline.with_key(name, self.frame, value, self._easing(name))
        self.set_timeline(timeline, text)

    def _read(self) -> None:
        """The document has another timeline."""
        self.frame = min(self.frame, self.timeline.length - 1)
        if self.playing:
            self._timer.setInterval(max(1, round(1000 / self.timeline.fps)))
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        """Bring the document to the frame, without a step."""
        editor = self._editor
        values = self.timeline.values(self.frame)
        if editor.editable and any(abs(editor.value(n) - v) > 1e-6 for n, v in values.items()):
            state = editor.state
            shown = set_values(state.parameters, values)
            editor.apply(editor.document.face, replace(state, parameters=shown))

    def _shown_anew(self) -> None:
        """Another photo is moved as well, which nobody may take for its own pose."""
        self._show()
        if self._editor.photo and self.timeline.tracks and self._editor.editable:
            text = "The timeline moves this face too; File ▸ New begins without one."
            self.message.emit(Message(text, key="timeline", seconds=_SECONDS))

    def _stepped(self, index: int) -> None:
        """Undo and redo show the frame again."""
        history = self._editor.history
        if not isValid(history):
            return  # the window is being taken down
        last = history.command(index - 1) if index else None
        pushed = index == self._index or (index == self._index + 1 and last is not self._next)
        self._index, self._next = index, history.command(index)
        if not pushed:
            self._show()

    def _along(self, before: FaceParameters, after: FaceParameters) -> Mapping[str, Any]:
        """With auto-key a step takes its keys along."""
        timeline = self.timeline
        names = _differing(before, after, timeline.tracks.__contains__) if self.auto_key else []
        for name in names:
            value = get_value(after, name)
            timeline = timeline.with_key(name, self.frame, value, self._easing(name))
        return {SECTION: timeline.to_json()} if names else {}

    def _easing(self, name: str) -> Easing:
        """Of a key at the playhead: that of the key which is there."""
        before = self.timeline.key_at(name, self.frame)
        return before.easing if before else self.easing


def _differing(
    before: FaceParameters, after: FaceParameters, animated: Callable[[str], bool]
) -> list[str]:
    """What auto-key takes in."""
    return [
        name
        for name, entry in PARAMETERS.items()
        if (entry.group in _MOVING_GROUPS or animated(name))
        and abs(get_value(before, name) - get_value(after, name)) > 1e-5
    ]
