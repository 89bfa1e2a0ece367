"""Buttons and icons by themselves."""

from __future__ import annotations

from PySide6.QtCore import QSize
from pytestqt.qtbot import QtBot

from app.theme import Theme
from app.widgets.buttons import ShyButton


def test_a_shy_button_shows_its_text_where_there_is_room(qtbot: QtBot, theme: Theme) -> None:
    button = ShyButton(theme, "photo", "From photo…", "Take the pose of another photo")
    qtbot.addWidget(button)
    button.show()
    whole, bare = button.sizeHint(), button.minimumSizeHint()
    assert bare.width() < whole.width() - 40
    for width, text in ((whole.width(), "From photo…"), (bare.width(), ""),
                        (whole.width() - 1, ""), (whole.width() + 9, "From photo…")):  # fmt: skip
        button.resize(width, whole.height())
        assert button.text() == text and button.accessibleName() == "From photo"
        assert (button.sizeHint(), button.minimumSizeHint()) == (whole, bare)


def test_icons_are_sharp_on_a_fine_screen(theme: Theme) -> None:
    for ratio in (1.0, 1.5, 2.0):
        picture = theme.icon("photo").pixmap(QSize(18, 18), ratio)
        assert picture.width() == 18 * ratio and picture.devicePixelRatio() == ratio
