"""Pictures of the real window for the documentation.

    python -m app.screenshot --out docs/pictures [PHOTO] [--theme light]

It opens the window, lets the engine work, edits a little, and saves what is on the screen. Without
a display it draws off the screen (QT_QPA_PLATFORM=offscreen).
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication, QWidget

from app.settings import Settings
from app.theme import Choice, Theme
from app.waiting import settle, wait
from app.window import MainWindow
from core.engine.messages import OVERLAYS
from core.motion.timeline import Timeline
from core.rig.lights import LIGHT_PRESETS
from core.rig.presets import expression_preset

SIZE = (1440, 900)
SEED = 8
PREVIEW_SECONDS = 8.0
# JPEG's: letters stay clean.
QUALITY = 92


def take(window: MainWindow, path: Path) -> None:
    """Save what the window shows."""
    settle(window)
    save(window, path)


def save(widget: QWidget, path: Path) -> None:
    """Save a widget's picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    widget.grab().save(str(path), quality=QUALITY)
    print(path)


def pause(window: MainWindow, seconds: float) -> None:
    """Let what is not urgent arrive: thumbnails, measurements."""
    settle(window)
    end = time.monotonic() + seconds
    wait(lambda: time.monotonic() > end, seconds + 60)


def picture_person(window: MainWindow, out: Path) -> None:
    """A person who smiles in a studio; the mesh over them.

    Without a generator the bare face model is in their place.
    """
    editor, people = window.editor, window.people
    wait(lambda: people.state is not None, 300)
    wait(lambda: editor.person is not None or not people.available)
    wait(lambda: window.canvas.result() is not None)
    if people.available:
        people.take_seed(SEED)
        wait(lambda: editor.history.count() == 1)
    else:
        editor.randomise("identity", SEED)
        editor.randomise("albedo", SEED)
    editor.set_values({"yaw": 22, "pitch": 4}, "Pose")
    smile = replace(editor.parameters, expression=expression_preset("smile"))
    editor.set_group("expression", smile, "Expression: Smile")
    light = LIGHT_PRESETS["studio"].coefficients()
    editor.set_group("light", replace(editor.parameters, light=light), "Light: Studio")
    window.panel.groups["expression"].folds[1].set_open(True)
    take(window, out / "person.jpg")
    window.toolbar.mode.setCurrentIndex(OVERLAYS.index("wireframe"))
    window.actions_["overlay"].setChecked(True)
    window.panel.groups["expression"].folds[1].set_open(False)
    take(window, out / "mesh.jpg")
    window.actions_["overlay"].setChecked(False)
    window.toolbar.mode.setCurrentIndex(0)
    window.actions_["overlay"].setChecked(False)
    editor.history.setIndex(0)


def picture_panels(window: MainWindow, out: Path) -> None:
    """Presets; what was asked beside what is seen; a timeline; the batch dialog."""
    docks = window.workspace.docks
    window.editor.set_values({"yaw": -18, "jawOpen": 0.3}, "Edit")
    window.actions_["dock_presets"].setChecked(True)
    pause(window, PREVIEW_SECONDS)
    take(window, out / "presets.jpg")
    window.actions_["dock_inspector"].setChecked(True)
    docks["inspector"].raise_()
    timeline = Timeline().swept("yaw", -25, 25).swept("browInnerUp", 0, 0.8)
    window.motion.set_timeline(timeline, "Sweep")
    window.actions_["dock_timeline"].setChecked(True)
    pause(window, PREVIEW_SECONDS)
    take(window, out / "timeline.jpg")
    for name in ("presets", "inspector", "timeline"):
        window.actions_[f"dock_{name}"].setChecked(False)
    window.actions_["batch"].trigger()
    dialog = window.batching.dialog
    if dialog is not None:
        pause(window, 1.0)
        save(dialog, out / "batch.jpg")
        dialog.close()
    window.editor.history.setIndex(0)


def picture_photo(window: MainWindow, photo: str, out: Path) -> None:
    """A photo: opened, edited, split, with the overlay."""
    window.documents.open_path(photo)
    wait(lambda: window.editor.photo is not None and window.canvas.overlay() is None)
    wait(lambda: window.canvas.result() is not None)
    take(window, out / "photo.jpg")
    editor = window.editor
    editor.set_values({"yaw": editor.value("yaw") + 14}, "Yaw")
    editor.set_values({"mouthSmileLeft": 0.6, "browInnerUp": 0.3}, "Smile")
    light = LIGHT_PRESETS["left"].coefficients()
    editor.set_group("light", replace(editor.parameters, light=light), "Light: From left")
    window.actions_["side"].trigger()
    take(window, out / "edit.jpg")
    window.actions_["split"].trigger()
    take(window, out / "split.jpg")
    window.actions_["result"].trigger()
    window.actions_["overlay"].setChecked(True)
    take(window, out / "overlay.jpg")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Pictures of the window for the documentation.")
    parser.add_argument("photo", nargs="?", help="a portrait to open")
    parser.add_argument("--out", default="docs/pictures", help="folder for the pictures")
    parser.add_argument("--theme", choices=[str(c) for c in Choice], default="dark")
    args = parser.parse_args()
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "settings.json")
        settings.theme = Choice(args.theme)
        window = MainWindow(Theme(application, settings.theme), settings)
        window.resize(*SIZE)
        window.show()
        picture_person(window, Path(args.out))
        picture_panels(window, Path(args.out))
        if args.photo:
            picture_photo(window, os.path.abspath(args.photo), Path(args.out))
        window.editor.history.setClean()
        window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
