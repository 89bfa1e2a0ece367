"""The picture of the first person, kept so that the next window opens on it at once."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from app.canvas.painting import to_image
from core.folders import cache_folder

if TYPE_CHECKING:
    import numpy as np

_NAME = "start.png"


def load_still() -> QImage | None:
    """The picture of the last start, if there is one."""
    image = QImage(str(cache_folder() / _NAME))
    return None if image.isNull() else image


def save_still(picture: np.ndarray) -> None:
    """Keep (S, S, 3) uint8 for the next start; a folder that cannot be written is no harm."""
    folder = cache_folder()
    temporary = folder / f".{os.getpid()}-{_NAME}"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if to_image(picture).save(str(temporary)):
            os.replace(temporary, folder / _NAME)
