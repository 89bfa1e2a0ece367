"""Where documents that no file holds are kept."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """The person's own folder for Mien's state, by the system's custom; MIEN_STATE overrides it.

    It need not exist.
    """
    import platformdirs

    given = os.environ.get("MIEN_STATE")
    return Path(given) if given else platformdirs.user_state_path("mien", False)
