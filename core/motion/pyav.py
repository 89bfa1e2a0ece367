"""Whether PyAV is there: light enough for the window to ask."""

from __future__ import annotations

import importlib.util

PYAV_MISSING = (
    "Videos need PyAV: run `pip install av` (its FFmpeg holds parts under the GPL), or write a "
    ".gif or a folder of pictures."
)


def has_pyav() -> bool:
    """Whether videos can be written."""
    return importlib.util.find_spec("av") is not None
