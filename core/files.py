"""Writing files whole or not at all, and never over another without being asked."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from core.errors import OutputError

_REASONS = {
    errno.EACCES: "is not writable; choose another folder",
    errno.EPERM: "is not writable; choose another folder",
    errno.EROFS: "lies on a read-only disk; choose another folder",
    errno.ENOSPC: "does not fit on the disk; make room or choose another folder",
    errno.ENOENT: "lies in a folder that does not exist; make it first",
    errno.ENOTDIR: "lies in something that is not a folder; choose another folder",
    errno.ENAMETOOLONG: "has too long a name; choose a shorter one",
    errno.EISDIR: "is a folder; give a file name",
}


def write_file(path: Path | str, data: bytes, overwrite: bool = False) -> Path:
    """Writes bytes to path in one step; a crash leaves nothing or the old file.

    Raises OutputError when the file exists (unless overwrite) or cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".mien-{secrets.token_hex(6)}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _put(temporary, path, overwrite)
    except FileExistsError as error:
        raise OutputError(
            f"{path} exists already; choose another name or allow overwriting it."
        ) from error
    except OSError as error:
        raise OutputError(_sentence(path, error)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return path


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
        raise OutputError(_sentence(path, error)) from error
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


def _sentence(path: Path, error: OSError) -> str:
    reason = _REASONS.get(error.errno or 0)
    if reason is None:
        reason = f"cannot be written ({error.strerror or error}); choose another place"
    return f"{path} {reason}."
