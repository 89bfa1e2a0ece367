"""Locks of the operating system: they end with the process that holds them."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import OutputError, unwritable
from core.files import make_folder
from core.folders import state_folder

if TYPE_CHECKING:
    from filelock import BaseFileLock


def try_lock(path: Path) -> BaseFileLock | None:
    """The lock of that name, or None while another holds it. Raises OutputError."""
    # Slow to import for a window that starts.
    from filelock import FileLock, Timeout

    make_folder(path.parent)
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return None
    except OSError as error:
        raise OutputError(unwritable(path, error)) from error
    return lock


class ProjectLocks:
    """The projects that a window has open, which no other window may have. Safe for threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: dict[Path, BaseFileLock] = {}
        self._under_way: Path | None = None

    def take(self, project: str) -> bool:
        """Whether it is this window's now. Where no lock can be had, nothing stands in the way."""
        path = project_lock(Path(project))
        with self._guard:
            self._under_way = path
            if path not in self._held:
                try:
                    lock = try_lock(path)
                except OutputError:
                    return True
                if lock is None:
                    return False
                self._held[path] = lock
            return True

    def keep(self, project: str | None) -> None:
        """This one is shown now: let go of all others, but not of one taken since."""
        shown = project_lock(Path(project)) if project else None
        with self._guard:
            if self._under_way == shown:
                self._under_way = None
            for path in self._held.keys() - {shown, self._under_way}:
                self._held.pop(path).release()

    def release(self) -> None:
        """Let go of all."""
        self._under_way = None
        self.keep(None)


def project_lock(project: Path) -> Path:
    """The lock of a project file, among the person's own: its folder need not be writable."""
    name = hashlib.sha256(os.path.realpath(project).encode()).hexdigest()[:32]
    return state_folder() / "open" / f"{name}.lock"
