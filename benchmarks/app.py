"""Figures of the window: first paint, engine ready, slider to pixels, how long it stands still.

    python -m benchmarks.app [PHOTO] [--runs 5]

Without a photo the generated person is dragged, or the bare face model where there is no
generator. Each start is a fresh process.
"""

from __future__ import annotations

import argparse
import compileall
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
DRAG_STEPS = 120
SETTLING_SECONDS = 3.0
_FIRST_STEPS = 10


class Probe:
    """One start of the window in this process."""

    def __init__(self) -> None:
        # As main.py does.
        gc.disable()
        self._start = float(os.environ["MIEN_BENCH_START"])
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        from app.settings import Settings
        from app.theme import Theme
        from app.window import MainWindow

        self.times: dict[str, float] = {}
        self.latencies: dict[str, list[float]] = {}
        self.blocks: list[float] = []
        self.work: list[float] = []
        self._arrived = 0
        self._application = QApplication([])
        self._window = MainWindow(Theme(self._application), Settings(), bare=True)
        self._window.resize(1360, 880)
        self._window.show()
        window = self._window.windowHandle()
        while not window.isExposed():
            self._application.processEvents()
        # One more turn paints what was exposed.
        self._application.processEvents()
        self._mark("first paint")
        self.times["first paint, work"] = time.process_time()
        self._window.furnish()
        gc.freeze()
        gc.enable()
        self._window.link.arrived.connect(self._note)
        self._last = (time.perf_counter(), time.thread_time())
        self._timer = QTimer()
        self._timer.timeout.connect(self._pulse)

    def run(self, photo: str) -> dict[str, object]:
        """All figures, seconds and milliseconds."""
        window = self._window
        self._until(lambda: "first picture" in self.times and "engine ready" in self.times)
        self._until(lambda: window.people.state is not None)
        if window.people.available:
            self._until(lambda: "first generated person" in self.times)
        self._last = (time.perf_counter(), time.thread_time())
        self._timer.start(1)
        if window.people.available:
            if photo:
                self._drags("slider to person, while loading", False)
            self._until(lambda: window.people.state is not None and window.people.state.complete)
            self._mark("all of the generator")
            # What photos need is loaded next, in silence, once the hand rests.
            settled = time.monotonic() + SETTLING_SECONDS
            self._until(lambda: time.monotonic() > settled)
            if photo:
                self._drags("slider to person", False)
        if photo:
            self._open(photo, "at start")
            self._open(photo, "later")
        self._drags("slider to pixels", False)
        self._drags("with the overlay", True)
        self._timer.stop()
        if errors := [m.text for m in window.messages.messages() if m.kind == "error"]:
            raise RuntimeError(f"Nothing was measured: {errors}")
        window.editor.history.setClean()
        window.close()
        return {
            "times": self.times, "latencies": self.latencies, "blocks": self.blocks,
            "work": self.work,
        }  # fmt: skip

    def _open(self, photo: str, name: str) -> None:
        before, began = self._window.editor.photo, time.time()
        self._window.documents.open_path(photo)
        self._until(lambda: self._window.editor.photo is not before)
        self.times[f"photo fitted, {name}"] = time.time() - began
        self._until(lambda: self._window.link.client.idle)
        self.times[f"ready to edit, {name}"] = time.time() - began

    def _drags(self, name: str, overlay: bool) -> None:
        self._window.actions_["overlay"].setChecked(overlay)
        self._until(lambda: self._window.link.client.idle)
        self.latencies[name] = self._drag()

    def _drag(self) -> list[float]:
        """One slow drag: milliseconds from each change to its picture on the canvas."""
        editor = self._window.editor
        spent: list[float] = []
        editor.begin("Yaw")
        for step in range(DRAG_STEPS):
            count = self._arrived
            began = time.perf_counter()
            editor.set_values({"yaw": 15.0 * step / DRAG_STEPS + 0.1}, "Yaw")
            self._until(partial(self._past, count))
            spent.append((time.perf_counter() - began) * 1000)
        editor.end()
        self._until(lambda: not self._window.link.client.rendering)
        return spent[_FIRST_STEPS:]

    def _past(self, count: int) -> bool:
        return self._arrived > count

    def _mark(self, name: str) -> None:
        self.times.setdefault(name, time.time() - self._start)

    def _note(self, event: object) -> None:
        from core.engine.client import Picture
        from core.engine.messages import Ready

        if isinstance(event, Ready):
            self._mark("engine ready")
        elif isinstance(event, Picture):
            self._mark("first picture")
            if event.frame.view == "person":
                self._mark("first generated person")
            self._arrived += 1

    def _pulse(self) -> None:
        wall, work = time.perf_counter(), time.thread_time()
        self.blocks.append(wall - self._last[0])
        self.work.append(work - self._last[1])
        self._last = (wall, work)

    def _until(self, done: Callable[[], bool], seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not done():
            self._application.processEvents()
            time.sleep(0.0005)
            if time.monotonic() > end:
                raise TimeoutError("The window did not get there.")


def _start(photo: str) -> dict[str, dict]:
    command = [sys.executable, "-m", "benchmarks.app", "--probe", *([photo] if photo else [])]
    with tempfile.TemporaryDirectory() as folder:
        own = {"MIEN_BENCH_START": repr(time.time()), "MIEN_CONFIG": folder, "MIEN_LOGS": folder}
        own["MIEN_STATE"] = folder
        out = subprocess.run(
            command, env=os.environ | own, capture_output=True, text=True, check=False
        )
    if out.returncode:
        told = [line for line in out.stderr.splitlines() if "Error:" in line]
        sys.exit(told[0] if told else out.stderr)
    return json.loads(out.stdout.splitlines()[-1])


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def main() -> int:
    """Run from the command line; prints a table."""
    parser = argparse.ArgumentParser(description="Figures of the window.")
    parser.add_argument("photo", nargs="?", default="", help="a portrait to open")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--probe", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    photo = os.path.abspath(args.photo) if args.photo else ""
    if args.probe:
        print(json.dumps(Probe().run(photo)))
        return 0
    # As the setup does; a start need not compile what is then thrown away.
    for part in ("app", "core", "models"):
        compileall.compile_dir(ROOT / part, quiet=1)
    runs = [_start(photo) for _ in range(args.runs)]
    print(f"{'':32}{'median':>10}{'worst':>10}")
    for name in runs[0]["times"]:
        values = [r["times"][name] * 1000 for r in runs]
        print(f"{name + ', ms':32}{statistics.median(values):10.0f}{max(values):10.0f}")
    print(f"{'':32}{'median':>10}{'p95':>10}")
    for name in runs[0]["latencies"]:
        values = [v for r in runs for v in r["latencies"][name]]
        print(f"{name + ', ms':32}{statistics.median(values):10.1f}{_p95(values):10.1f}")
    print(f"{'':32}{'p95':>10}{'longest':>10}")
    for name, key in (("window stood still", "blocks"), ("of which its own work", "work")):
        values = [b * 1000 for r in runs for b in r[key]]
        print(f"{name + ', ms':32}{_p95(values):10.1f}{max(values):10.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
