"""`main.py --self-test`: does everything once, as a person would, and says what works.

It needs no photo: a generated person is exported, and opened again as one.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app.opening import open_window
from app.settings import Settings
from app.theme import Theme
from app.waiting import settle, wait
from app.window import MainWindow
from core.cli.info import assets
from core.engine.messages import ExportOptions
from core.export.executors import ProcessExecutor
from core.export.job import Job, Outputs, People
from core.export.plan import Plan
from core.export.records import Finished
from core.export.run import BatchRun

# A first start compiles; an old laptop takes a while.
PATIENCE_SECONDS = 300.0
YAW = 12.0


def main() -> int:
    """Runs all steps; returns 0, or 1 at the first that fails."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication(sys.argv[:1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            with _step("weights"):
                _check_weights()
            with _step("window"):
                settings = Settings(folder / "settings.json")
                window = MainWindow(Theme(application), settings, bare=True)
                open_window(window)
            try:
                _use(window, folder)
            finally:
                window.editor.history.setClean()
                window.close()
        except (RuntimeError, TimeoutError) as error:
            print(f"mien: the self-test failed: {error}", file=sys.stderr)
            return 1
    print("all is well")
    return 0


def _use(window: MainWindow, folder: Path) -> None:
    """A person, exported, opened as a photo, turned, and exported once more."""
    editor = window.editor
    with _step("model"):
        _until(window, lambda: window.canvas.result() is not None)
    with _step("generator"):
        _until(window, lambda: editor.person is not None)
        settle(window)
    portrait, edited = folder / "person.png", folder / "edited.png"
    with _step("export"):
        _export(window, portrait)
    with _step("batch"):
        _check_batch(folder / "batch")
    with _step("fit"):
        window.documents.open_path(str(portrait))
        _until(window, lambda: editor.photo is not None)
        if not editor.photo or not editor.photo.faces:
            raise RuntimeError("No face was found in the generated person.")
    with _step("edit"):
        editor.set_values({"yaw": editor.value("yaw") + YAW}, "Yaw")
        settle(window)
        _export(window, edited)
        if edited.read_bytes() == portrait.read_bytes():
            raise RuntimeError("The edit changed nothing.")


def _export(window: MainWindow, path: Path) -> None:
    window.controller.save_picture(str(path), ExportOptions())
    _until(window, lambda: path.exists() and not window.controller.saving)


def _check_batch(folder: Path) -> None:
    """A picture with its sidecar, by a worker process."""
    job = Job(People(1), folder, outputs=Outputs(size=128))
    last = list(BatchRun(Plan(job), ProcessExecutor(1)).events())[-1]
    names = {path.suffix for path in folder.iterdir()}
    if not isinstance(last, Finished) or not {".png", ".json"} <= names:
        raise RuntimeError("The batch wrote no picture with a sidecar.")


def _check_weights() -> None:
    found = assets()
    damaged = [str(entry["file"]) for entry in found if "damaged" in entry]
    if damaged or not found:
        raise RuntimeError(f"These weights cannot be read: {', '.join(damaged) or 'all'}.")


def _until(window: MainWindow, done: Callable[[], bool]) -> None:
    """Wait for something; the first error that the window shows ends it. Raises RuntimeError."""

    def failed() -> str:
        errors = [it for it in window.messages.messages() if it.kind == "error"]
        return errors[0].text + "\n" + errors[0].details if errors else ""

    wait(lambda: done() or bool(failed()), PATIENCE_SECONDS)
    if failed():
        raise RuntimeError(failed())


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"{name:10} {time.monotonic() - began:6.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
