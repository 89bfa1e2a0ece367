"""Numbers in dialogs."""

from __future__ import annotations

from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox

_AIR = 8


def plain(box: QSpinBox | QDoubleSpinBox) -> None:
    """Make a spin box look like a line of text; the sheet takes its arrows away."""
    box.lineEdit().setTextMargins(_AIR, 0, _AIR, 0)
