"""Long requests under way: what each is for, and how far they are."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

# Work that is done sooner shows no progress.
PATIENCE_MS = 250


class Work(QObject):
    """progress: a text, and a fraction or None, once it takes its time; "" ends it."""

    progress = Signal(str, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._kinds: dict[int, tuple[str, str]] = {}
        self._now: tuple[str, float | None] = ("", None)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.progress.emit(*self._now))

    @property
    def requests(self) -> list[int]:
        """Those under way, the oldest first."""
        return list(self._kinds)

    def has(self, kind: str) -> bool:
        """Whether work of a kind is under way."""
        return any(kind == each for each, _ in self._kinds.values())

    def begin(self, request: int, kind: str, name: str = "") -> None:
        """Note a request; name: of the file that it is about, for later."""
        self._kinds[request] = kind, name

    def end(self, request: int) -> tuple[str, str]:
        """A request was answered; its kind and name, "" for one that is not long."""
        found = self._kinds.pop(request, ("", ""))
        if not self._kinds:
            self.tell("", None)
        return found

    def tell(self, text: str, fraction: float | None) -> None:
        """What happens, and how far it is (0 to 1); None: nobody can tell."""
        self._now = text, fraction
        if not text:
            self._patience.stop()
            self.progress.emit("", None)
        elif not self._patience.isActive():
            self._patience.start()
