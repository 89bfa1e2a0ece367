"""Errors that people can cause: each message is one sentence naming what, where and what to do."""

from __future__ import annotations

import os
from pathlib import Path


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


def explained(error: Exception, photo: Path | None = None) -> str:
    """One sentence for any error. With MIEN_DEBUG set the error is raised instead."""
    if os.environ.get("MIEN_DEBUG"):
        raise error
    if isinstance(error, MienError):
        return str(error)
    where = f"{photo}: " if photo else ""
    if isinstance(error, MemoryError):
        return f"{where}There is not enough memory; use a smaller photo."
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename} cannot be used ({error.strerror}); check the name."
    # The models raise ValueError and OSError with sentences of their own.
    if isinstance(error, (ValueError, OSError)) and str(error):
        return where + " ".join(str(error).split())
    text = " ".join(f"{type(error).__name__} {error}".split())
    return f"{where}Mien failed ({text}); set MIEN_DEBUG=1 to see where, and report it."
