"""Where Mien keeps what it can make again."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """The person's own cache folder for Mien, by the system's custom; MIEN_CACHE overrides it.

    It need not exist.
    """
    given = os.environ.get("MIEN_CACHE")
    if given:
        return Path(given)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Local") / "Mien" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "Mien"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "mien"
