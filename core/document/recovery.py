"""Documents that no file holds yet: each window keeps its own until it ends in order.

unsaved/ID.lock      held as long as the window lives
unsaved/ID/journal   the document (core.document.journal)
unsaved/ID/HASH      the bytes that go beside it, named by their SHA-256
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.document.encoding import to_bytes
from core.document.journal import Journal, read_journal
from core.document.lock import try_lock
from core.document.project import (
    Project,
    project_from_json,
    project_members,
    project_to_json,
)
from core.errors import MienError
from core.files import make_folder, write_file
from core.folders import state_folder

if TYPE_CHECKING:
    from filelock import BaseFileLock

_JOURNAL = "journal"
_ABOUT = "about"
_MEMBERS = "members"
# Of the JSON, what is recorded entry by entry, so that one edit does not write all.
_SPLIT = ("edits", "latents", "sections")


class RecoveryError(MienError):
    """An unsaved document cannot be brought back now; it is kept."""


@dataclass(frozen=True, eq=False)
class Unsaved:
    """A document at a moment. name: what the person calls it. path: its project file, or "".

    source: the photo's path; "" without a photo, or when the project carries its bytes.
    """

    project: Project
    name: str
    source: str = ""
    path: str = ""


class Session:
    """One window's unsaved document on the disk. It is for one thread."""

    def __init__(self, folder: Path | None = None, lock: BaseFileLock | None = None) -> None:
        self._folder = folder
        self._lock = lock
        self._journal = Journal(folder / _JOURNAL) if folder else None
        self._members: dict[str, tuple[object, str]] = {}
        self._photo: tuple[tuple[object, ...], str] | None = None

    def write(self, unsaved: Unsaved) -> None:
        """Keep the document as it is now. Raises OutputError."""
        if self._journal is None:
            name = f"{os.getpid()}-{os.urandom(6).hex()}"
            base = state_folder() / "unsaved"
            # The lock comes first: a folder without one in hand is an orphan.
            self._lock = try_lock(base / f"{name}.lock")
            self._folder = make_folder(base / name)
            self._journal = Journal(self._folder / _JOURNAL)
        about = {
            "name": unsaved.name,
            "path": unsaved.path,
            "source": unsaved.source,
            "sha256": self._hash(unsaved.source),
            "when": time.time(),
        }
        members = {n: self._member(n, data) for n, data in project_members(unsaved.project).items()}
        content = project_to_json(unsaved.project)
        self._journal.write({**dict(_flat(content)), _ABOUT: about, _MEMBERS: members})
        self._tidy(members)

    def clear(self) -> None:
        """Nothing is unsaved any more."""
        if self._journal and self._folder:
            self._journal.close()
            shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock:
            _drop(self._lock)
        self._folder = self._lock = self._journal = None
        self._members.clear()

    def _member(self, name: str, data: Any) -> str:
        """Its name in the folder, written there at the first time."""
        known = self._members.get(name)
        if known and known[0] is data:
            return known[1]
        content = to_bytes(data)
        digest = hashlib.sha256(content).hexdigest()
        assert self._folder
        if not (self._folder / digest).exists():
            write_file(self._folder / digest, content, overwrite=True)
        self._members[name] = (data, digest)
        return digest

    def _tidy(self, members: Mapping[str, str]) -> None:
        """Delete the bytes that nothing refers to any more."""
        self._members = {name: self._members[name] for name in members}
        assert self._folder
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                if path.name not in (_JOURNAL, *members.values()):
                    path.unlink()

    def _hash(self, source: str) -> str:
        """Of the photo as it is now; "" when it cannot be read."""
        with contextlib.suppress(OSError):
            state = os.stat(source)
            key = (source, state.st_mtime_ns, state.st_size)
            if self._photo is None or self._photo[0] != key:
                self._photo = (key, _file_hash(source))
            return self._photo[1]
        return ""


class Orphan:
    """The document of a window that ended without order; nobody else has it while this lives."""

    def __init__(self, folder: Path, lock: BaseFileLock, values: Mapping[str, Any]) -> None:
        self._folder = folder
        self._lock = lock
        self._values = values
        about = values.get(_ABOUT)
        self._about: Mapping[str, Any] = about if isinstance(about, dict) else {}

    @property
    def name(self) -> str:
        """What the person calls the document."""
        return str(self._about.get("name", "")) or "Untitled"

    @property
    def when(self) -> float:
        """When it was last written, seconds since 1970."""
        when = self._about.get("when")
        return float(when) if isinstance(when, int | float) else 0.0

    def read(self) -> tuple[Unsaved, str]:
        """The document, and what the person should know of it. Raises MienError."""
        members = self._values.get(_MEMBERS)
        try:
            data = {str(n): (self._folder / Path(d).name).read_bytes()
                    for n, d in (members if isinstance(members, dict) else {}).items()}  # fmt: skip
        except OSError as error:
            raise RecoveryError(
                f"The unsaved {self.name} is damaged ({error.strerror}); discard it."
            ) from error
        project = project_from_json(_deep(self._values), f"The unsaved {self.name}", data)
        source = str(self._about.get("source", ""))
        notice = ""
        if source:
            if not os.path.isfile(source):
                raise RecoveryError(
                    f"{source}, which the unsaved edit belongs to, is gone; "
                    "put it back and start Mien again."
                )
            if _file_hash(source) != self._about.get("sha256"):
                notice = f"{os.path.basename(source)} was changed since; check the edit."
        return Unsaved(project, self.name, source, str(self._about.get("path", ""))), notice

    def adopt(self) -> Session:
        """Go on with it as one's own: nothing is lost on the way."""
        return Session(self._folder, self._lock)

    def discard(self) -> None:
        """Give the document up."""
        self.adopt().clear()

    def release(self) -> None:
        """Leave it for another start."""
        self._lock.release()


def find_orphans() -> list[Orphan]:
    """All unsaved documents whose window is gone, the newest first. Never raises."""
    found: list[Orphan] = []
    base = state_folder() / "unsaved"
    with contextlib.suppress(OSError):
        for folder in sorted(f for f in base.iterdir() if f.is_dir()):
            with contextlib.suppress(MienError):
                lock = try_lock(folder.with_name(f"{folder.name}.lock"))
                if lock is None:
                    continue
                orphan = Orphan(folder, lock, read_journal(folder / _JOURNAL))
                if orphan.when:
                    found.append(orphan)
                else:
                    orphan.discard()
    return sorted(found, key=lambda orphan: -orphan.when)


def _drop(lock: BaseFileLock) -> None:
    """Release a lock whose name nobody takes again, and its file."""
    with contextlib.suppress(OSError):
        os.unlink(lock.lock_file)
    lock.release()


def _file_hash(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flat(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in content.items():
        if name in _SPLIT:
            yield from ((f"{name}/{key}", each) for key, each in value.items())
        else:
            yield name, value


def _deep(values: Mapping[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {name: {} for name in _SPLIT}
    for name, value in values.items():
        part, slash, key = name.partition("/")
        if slash and part in _SPLIT:
            out[part][key] = value
        elif name not in (_ABOUT, _MEMBERS):
            out[name] = value
    return out
