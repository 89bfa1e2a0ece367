"""Whether PyAV is there: light enough for the window to ask."""

from __future__ import annotations

import importlib.util

from core.errors import installing

PYAV_MISSING = (
    f"Videos need PyAV: run {installing('av')} (its FFmpeg holds parts under the GPL), or write a "
    ".gif or a folder of pictures."
)


def has_pyav() -> bool:
    """Whether videos can be written."""
    return importlib.util.find_spec("av") is not None
