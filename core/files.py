"""Writing files whole or not at all, and never over another without being asked."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from core.errors import OutputError, unwritable


def write_file(path: Path | str, data: bytes | memoryview, overwrite: bool = False) -> Path:
    """Writes bytes to path in one step; a crash leaves nothing or the old file.

    Raises OutputError when the file exists (unless overwrite) or cannot be written.
    """
    return write_chunks(path, [data], overwrite)


def write_chunks(
    path: Path | str, chunks: Iterable[bytes | memoryview], overwrite: bool = False
) -> Path:
    """As `write_file`, piece by piece. Raises OutputError, and what making the chunks raises."""
    path = Path(path)
    temporary = path.with_name(f".mien-{os.urandom(6).hex()}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        _write(temporary, chunks)
        with _folder(path.parent) as sync:
            _put(temporary, path, overwrite)
            try:
                sync()
            except OSError:
                if not overwrite:
                    os.unlink(path)
                raise
    except FileExistsError as error:
        raise OutputError(
            f"{path} exists already; choose another name or allow overwriting it."
        ) from error
    except OSError as error:
        raise OutputError(unwritable(path, error)) from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
    return path


def write_all(handle: int, data: bytes | memoryview) -> None:
    """Write to an open file until everything is on the disk. Raises OSError."""
    _put_out(handle, data)
    os.fsync(handle)


def _put_out(handle: int, data: bytes | memoryview) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _write(path: Path, chunks: Iterable[bytes | memoryview]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o666)
    try:
        for data in chunks:
            _put_out(handle, data)
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[Callable[[], None]]:
    """Gives a call that brings the folder's names to the disk: without it a rename may be lost."""
    if os.name == "nt":  # there a folder cannot be opened, and renames are written at once
        yield lambda: None
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        yield lambda: _sync(handle)
    finally:
        with contextlib.suppress(OSError):
            os.close(handle)


def _sync(folder: int) -> None:
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network disks cannot do this
            raise


def _put(temporary: Path, path: Path, overwrite: bool) -> None:
    if overwrite:
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)  # unlike a rename, fails when the name is taken
    except FileExistsError:
        raise
    except OSError:
        # Some file systems know no hard links: a short race is left there.
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        os.replace(temporary, path)


def make_folder(path: Path | str) -> Path:
    """The folder, made with its parents when missing, checked to be writable.

    Raises OutputError.
    """
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise OutputError(f"{path} is not a folder; choose another one.") from error
    except OSError as error:
        raise OutputError(unwritable(path, error)) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise OutputError(f"The folder {path} is not writable; choose another one.")
    return path


def unique_path(path: Path | str) -> Path:
    """The path itself, or the first free one among name-2, name-3, ..."""
    path = Path(path)
    number, free = 2, path
    while os.path.lexists(free):
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1
    return free
