"""What each command of `app.actions` does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.canvas.compare import Compare
from app.docks import DOCKS
from core.engine.terms import METHODS

if TYPE_CHECKING:
    from app.window import MainWindow


def calls(window: MainWindow) -> dict[str, Callable[..., object]]:
    """By the name of the command; those that toggle are given their new state."""
    canvas, editor, documents = window.canvas, window.editor, window.documents
    people, methods, motion = window.people, window.methods, window.motion
    return {
        "new": documents.new,
        "open": documents.ask_open,
        "next": documents.open_next,
        "save": documents.save,
        "save_as": documents.save_as,
        "export": lambda: window.exporting.start(),
        "batch": lambda: window.batching.show(),
        "quit": window.close,
        "paste": lambda: None if window.clipboard.paste() else documents.paste(),
        "copy_edit": window.clipboard.copy,
        "paste_edit": window.clipboard.ask,
        "keep_a": partial(window.snapshots.keep, "A"),
        "keep_b": partial(window.snapshots.keep, "B"),
        "switch": window.snapshots.switch,
        "reset_all": editor.reset_all,
        "new_person": people.new,
        "former_person": people.former,
        **{name: partial(window.choose_method, name) for name in METHODS},
        "again": methods.again,
        "tune": methods.tune,
        "neutral": editor.neutral,
        "front": editor.frontalise,
        "previous_face": lambda: window.step_face(-1),
        "next_face": lambda: window.step_face(1),
        "draw_box": window.draw_box,
        "play": motion.play,
        "first_frame": lambda: motion.go(0),
        "frame_back": lambda: motion.step(-1),
        "frame_on": lambda: motion.step(1),
        "loop": lambda on: motion.set_range(loop=on),
        "key": motion.key,
        "auto_key": motion.set_auto_key,
        "sweep": lambda: window.motion_files.sweep(),
        "webcam": lambda: window.motion_files.webcam(),
        "import_take": lambda: window.motion_files.import_take(),
        "export_take": lambda: window.motion_files.export_take(),
        "animation": lambda: window.motion_files.export(),
        "overlay": window.set_overlay,
        "result": lambda on: window.set_compare(Compare.RESULT, on),
        "split": lambda on: window.set_compare(Compare.SPLIT, on),
        "side": lambda on: window.set_compare(Compare.SIDE, on),
        "against": lambda on: window.set_compare(Compare.AGAINST, on and window.against.begin()),
        "fit": canvas.fit,
        "actual": canvas.actual_size,
        "zoom_in": lambda: canvas.zoom(1.25),
        "zoom_out": lambda: canvas.zoom(0.8),
        "figures": canvas.set_figures_shown,
        # The docks answer to their actions themselves.
        **{dock.command: lambda _on: None for dock in DOCKS},
        "settings": window.help.show_settings,
        "shortcuts": window.help.show_shortcuts,
        "show_log": window.help.show_log,
        "about": window.help.show_about,
    }
