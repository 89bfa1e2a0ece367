"""Errors that people can cause: each message is one sentence naming what, where and what to do."""

from __future__ import annotations


class MienError(Exception):
    """Base of all expected errors; `str(error)` is a sentence to show as it is."""


class PhotoError(MienError):
    """A photo cannot be read: missing, truncated, not an image, too large."""


class FaceError(MienError):
    """No face was found in a photo, or it cannot be fitted; the message says why."""


class ParameterError(MienError):
    """A rig parameter or preset is unknown, or a value lies outside its range."""


class OutputError(MienError):
    """A result cannot be written, or would overwrite a file."""


class AssetError(MienError):
    """A shipped file (face model, weights) is missing, damaged or of another version."""


class CancelledError(MienError):
    """The person cancelled the work."""
