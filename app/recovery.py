"""Unsaved work is kept on the disk while it is edited, and offered again after a crash."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.controller import Controller
from app.documents import Documents
from app.editor import Editor
from app.widgets.messages import Message
from core.document.recovery import Orphan, Session, Unsaved, find_orphans
from core.errors import MienError

# Edits are written this long after the first of them at the latest, then the disk takes its time.
WRITE_AFTER_MS = 500
_KEY = "recovery"


class _Sign(Enum):
    SAVED = auto()
    END = auto()


class Autosave(QObject):
    """Writes what `unsaved` gives, on a thread of its own. failed: a sentence; it tries again."""

    failed = Signal(str)

    def __init__(
        self, editor: Editor, unsaved: Callable[[], Unsaved | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._unsaved = unsaved
        self._jobs: queue.SimpleQueue[Unsaved | Orphan | _Sign] = queue.SimpleQueue()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WRITE_AFTER_MS)
        self._timer.timeout.connect(self.write)
        for changed in (
            editor.changed, editor.photoChanged, editor.sectionsChanged,
            editor.history.indexChanged, editor.history.cleanChanged,
        ):  # fmt: skip
            changed.connect(self.touch)
        self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
        self._thread.start()

    def write(self) -> None:
        """Write now what is unsaved now."""
        self._timer.stop()
        self._jobs.put(self._unsaved() or _Sign.SAVED)

    def adopt(self, orphan: Orphan) -> None:
        """The window shows an orphan's document: go on in its place."""
        self._jobs.put(orphan)
        self.write()

    def close(self) -> None:
        """The window ends in order: nothing stays."""
        self._timer.stop()
        self._jobs.put(_Sign.END)
        self._thread.join()

    def touch(self) -> None:
        """Something may be unsaved now, or saved."""
        if not self._timer.isActive():
            self._timer.start()

    def _run(self) -> None:
        session, well = Session(), True
        while (job := self._jobs.get()) is not _Sign.END:
            if isinstance(job, Orphan):
                session.clear()
                session = job.adopt()
            elif self._jobs.empty():  # or else there is something newer
                try:
                    session.write(job) if isinstance(job, Unsaved) else session.clear()
                except MienError as error:
                    if well:
                        self.failed.emit(str(error))
                    well = False
                else:
                    well = True
        session.clear()


class Recovery(QObject):
    """Offers the unsaved documents of windows that crashed, one after the other."""

    message = Signal(object)

    def __init__(
        self, documents: Documents, controller: Controller, autosave: Autosave, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._documents = documents
        self._controller = controller
        self._autosave = autosave
        self._orphans: list[Orphan] = []
        autosave.failed.connect(self._warn)

    def look(self) -> None:
        """Look for such documents; a card says what was found."""

        def work() -> Callable[[], None]:
            found = find_orphans()
            return lambda: self._found(found)

        self._documents.projects.run(work)

    def _found(self, orphans: list[Orphan]) -> None:
        self._orphans = orphans
        self._offer()

    def _offer(self) -> None:
        if not self._orphans:
            return
        orphan = self._orphans.pop(0)
        text = f"{orphan.name} was not saved when Mien ended {_when(orphan.when)}."
        recover = ("Recover", partial(self._documents.leave, partial(self._recover, orphan)))
        discard = ("Discard", partial(self._discard, orphan))
        card = Message(text, "warning", action=recover, key=_KEY, other=discard)
        self.message.emit(card)

    def _discard(self, orphan: Orphan) -> None:
        orphan.discard()
        self._offer()

    def _recover(self, orphan: Orphan) -> None:
        self._documents.projects.recover(orphan, partial(self._read, orphan))

    def _read(self, orphan: Orphan, unsaved: Unsaved | None, notice: str) -> None:
        if notice:
            kind = "warning" if unsaved else "error"
            self.message.emit(Message(notice, kind, key="recovered"))
        if unsaved:
            shown = partial(self._shown, orphan)
            self._controller.open_project(unsaved.project, unsaved.path, unsaved.source, shown)
        else:
            orphan.release()
            self._offer()

    def _shown(self, orphan: Orphan) -> None:
        self._autosave.adopt(orphan)
        self._offer()

    def _warn(self, text: str) -> None:
        self.message.emit(Message(f"A crash would lose your edit: {text}", "warning", key=_KEY))


def _when(seconds: float) -> str:
    """A time of today, or a day and a time."""
    when = datetime.fromtimestamp(seconds)
    today = when.date() == datetime.now().date()
    return f"at {when:%H:%M}" if today else f"on {when.day} {when:%B} at {when:%H:%M}"
