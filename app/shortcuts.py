"""The keys of the commands: those of the table, unless the person changed them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from app.actions import plain, tip
from app.settings import Settings

Form = QKeySequence.SequenceFormat
# Keys that the window, its sliders and its text boxes use themselves.
_TAKEN = ("Tab", "Shift+Tab", "Esc", "Return", "Enter", "Space", "Backspace", "\\", "F6", "Left",
          "Right", "Up", "Down", "PgUp", "PgDown", "Home", "End")  # fmt: skip


class Shortcuts(QObject):
    """Keeps actions at the settings' keys; each action came with the keys that are its default."""

    changed = Signal()

    def __init__(self, actions: Mapping[str, QAction], settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self.actions_ = dict(actions)
        self._settings = settings
        self._defaults = {n: tuple(_texts(a.shortcuts())) for n, a in actions.items()}
        self._applied: Mapping[str, tuple[str, ...]] = {}
        settings.changed.connect(self._apply)
        self._apply()

    def text(self, name: str) -> str:
        """What the command does."""
        return plain(self.actions_[name].text())

    def keys(self, name: str) -> list[str]:
        """The command's keys now, in words of this system; the first is shown in menus."""
        return _texts(self.actions_[name].shortcuts(), Form.NativeText)

    def is_default(self, name: str) -> bool:
        """Whether the command has the keys it came with."""
        return name not in self._settings.values.shortcuts

    def conflict(self, name: str, key: QKeySequence) -> str | None:
        """The other command that has this key; "" for a key of the window itself; None: free."""
        if key.toString() in _TAKEN:
            return ""
        for other, action in self.actions_.items():
            if other != name and key in action.shortcuts():
                return other
        return None

    def assign(self, name: str, key: QKeySequence) -> None:
        """Give a command this key alone, or none; another that has it loses it."""
        changed = dict(self._settings.values.shortcuts)
        if not key.isEmpty() and (other := self.conflict(name, key)):
            rest = [k for k in _texts(self.actions_[other].shortcuts()) if k != key.toString()]
            self._note(changed, other, tuple(rest))
        self._note(changed, name, () if key.isEmpty() else (key.toString(),))
        self._settings.change(shortcuts=changed)

    def reset(self, name: str) -> None:
        """The keys that the command came with; others that have them lose them."""
        changed = dict(self._settings.values.shortcuts)
        changed.pop(name, None)
        for other, action in self.actions_.items():
            rest = [k for k in _texts(action.shortcuts()) if k not in self._defaults[name]]
            if other != name and len(rest) < len(action.shortcuts()):
                self._note(changed, other, tuple(rest))
        self._settings.change(shortcuts=changed)

    def reset_all(self) -> None:
        """All keys as Mien came."""
        self._settings.change(shortcuts={})

    def _note(self, changed: dict[str, tuple[str, ...]], name: str, keys: tuple[str, ...]) -> None:
        if keys == self._defaults[name]:
            changed.pop(name, None)
        else:
            changed[name] = keys

    def _apply(self) -> None:
        wanted = self._settings.values.shortcuts
        if wanted == self._applied:
            return
        self._applied = wanted
        for name, action in self.actions_.items():
            keys = wanted.get(name, self._defaults[name])
            action.setShortcuts([QKeySequence(key) for key in keys])
            action.setToolTip(tip(name, action))
        self.changed.emit()


def _texts(keys: list[QKeySequence], form: Form = Form.PortableText) -> list[str]:
    return [key.toString(form) for key in keys]
