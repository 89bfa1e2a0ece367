"""The person's folders for Mien, by the system's custom; variables name others."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """What Mien can make again; MIEN_CACHE overrides it. None of these need exist."""
    return _folder("MIEN_CACHE", platformdirs.user_cache_path("mien", False))


def config_folder() -> Path:
    """The settings; MIEN_CONFIG overrides it."""
    return _folder("MIEN_CONFIG", platformdirs.user_config_path("mien", False))


def data_folder() -> Path:
    """What the person made and did not save elsewhere; MIEN_DATA overrides it."""
    return _folder("MIEN_DATA", platformdirs.user_data_path("mien", False))


def log_folder() -> Path:
    """The logs; MIEN_LOGS overrides it."""
    return _folder("MIEN_LOGS", platformdirs.user_log_path("mien", False))


def state_folder() -> Path:
    """Unsaved documents and locks; MIEN_STATE overrides it."""
    return _folder("MIEN_STATE", platformdirs.user_state_path("mien", False))


def _folder(variable: str, custom: Path) -> Path:
    given = os.environ.get(variable)
    return Path(given) if given else custom
