"""Errors that people can cause: each message is one sentence naming what, where and what to do."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

# What is the matter with a file, and what to do: whatever was wanted of it, to read it, to write.
_ALWAYS = {
    errno.ENOTDIR: "lies in something that is not a folder; check the name",
    errno.EROFS: "lies on a read-only disk; choose another folder",
    errno.ENOSPC: "does not fit on the disk; make room or choose another folder",
    errno.EDQUOT: "does not fit into your share of the disk; make room or choose another folder",
    errno.ENAMETOOLONG: "has too long a name; choose a shorter one",
    errno.ELOOP: "is a link that leads back to itself; choose another",
    errno.EIO: "lies on a disk that fails; copy what is on it and use another",
    errno.EBUSY: "is in use; close what uses it and try again",
    errno.EMFILE: "cannot be opened beside so many others; close some and try again",
    errno.ENFILE: "cannot be opened beside so many others; close some and try again",
    errno.EEXIST: "exists already; choose another name",
}
_READING = _ALWAYS | {
    errno.ENOENT: "does not exist; check the name",
    errno.EISDIR: "is a folder; name a file in it",
    errno.EACCES: "may not be read by you; change its permissions or choose another",
    errno.EPERM: "may not be read by you; change its permissions or choose another",
}
_WRITING = _ALWAYS | {
    errno.ENOENT: "lies in a folder that does not exist; make it first",
    errno.ENOTDIR: "lies in something that is not a folder; choose another folder",
    errno.EISDIR: "is a folder; give a file name",
    errno.EACCES: "is not writable; choose another folder",
    errno.EPERM: "is not writable; choose another folder",
}


class MienError(Exception):
    """Base of all expected errors; `str(error)` is a sentence to show as it is."""


class PhotoError(MienError):
    """A photo cannot be read: missing, truncated, not an image, too large."""


class FaceError(MienError):
    """No face was found in a photo, or it cannot be fitted; the message says why."""


class ParameterError(MienError):
    """A rig parameter or preset is unknown, or a value lies outside its range."""


class JobError(MienError):
    """A batch job cannot be understood, begun or gone on with."""


class OutputError(MienError):
    """A result cannot be written, or would overwrite a file."""


class AssetError(MienError):
    """A shipped file (face model, weights) is missing, damaged or of another version."""


class CancelledError(MienError):
    """The person cancelled the work."""


def unreadable(path: Path | str, error: OSError) -> str:
    """Why a file cannot be read, and what to do."""
    reason = _READING.get(error.errno or 0)
    return f"{path} {reason or f'cannot be read ({_said(error)}); choose another'}."


def unwritable(path: Path | str, error: OSError) -> str:
    """Why a file cannot be written, and what to do."""
    reason = _WRITING.get(error.errno or 0)
    return f"{path} {reason or f'cannot be written ({_said(error)}); choose another place'}."


def _said(error: OSError) -> str:
    return error.strerror or " ".join(str(error).split())


def installing(package: str) -> str:
    """What a person types to install a package for the very Python that runs Mien."""
    pip = "pip" if getattr(sys, "frozen", False) else f"{sys.executable} -m pip"
    return f"`{pip} install {package}`"


def explained(error: Exception, photo: Path | None = None) -> str:
    """One sentence for any error. With MIEN_DEBUG set the error is raised instead."""
    if os.environ.get("MIEN_DEBUG"):
        raise error
    if isinstance(error, MienError):
        return str(error)
    where = f"{photo}: " if photo else ""
    if isinstance(error, MemoryError):
        return f"{where}There is not enough memory; use a smaller photo."
    if isinstance(error, OSError) and error.strerror:
        # What is written goes through core.files, which has sentences of its own.
        return unreadable(error.filename or photo or "A file", error)
    # The models raise ValueError and OSError with sentences of their own.
    if isinstance(error, (ValueError, OSError)) and str(error):
        return where + " ".join(str(error).split())
    text = " ".join(f"{type(error).__name__} {error}".split())
    return f"{where}Mien failed ({text}); set MIEN_DEBUG=1 to see where, and report it."
