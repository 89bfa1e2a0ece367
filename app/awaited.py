"""The photo that is being opened: while its faces are looked for, nothing is edited."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Awaited(QObject):
    """changed: another photo is awaited now, or none any more."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.name = ""

    @property
    def text(self) -> str:
        """What the title and the status bar say meanwhile; "" without one."""
        return f"{self.name}: looking for faces…" if self.name else ""

    def show(self, name: str) -> None:
        """Await the photo of a name; "": none any more."""
        if name != self.name:
            self.name = name
            self.changed.emit()
