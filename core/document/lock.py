"""Locks of the operating system: they end with the process that holds them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import OutputError
from core.files import make_folder, sentence
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
        raise OutputError(sentence(path, error)) from error
    return lock


def project_lock(project: Path) -> Path:
    """The lock of a project file, among the person's own: its folder need not be writable."""
    name = hashlib.sha256(os.path.realpath(project).encode()).hexdigest()[:32]
    return state_folder() / "open" / f"{name}.lock"
