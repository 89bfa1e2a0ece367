"""Figures of the window: first paint, engine ready, slider to pixels, how long it stands still.

    python -m benchmarks.app [PHOTO] [--runs 5]

Without a photo the bare face model is drawn. Each start is a fresh process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

DRAG_STEPS = 120
_FIRST_STEPS = 10


def _probe(photo: str) -> dict[str, object]:
    """One start of the window in this process."""
    start = float(os.environ["MIEN_BENCH_START"])
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QEvent, QObject, QSettings, QTimer
    from PySide6.QtWidgets import QApplication

    from app.settings import Settings
    from app.theme import Theme
    from app.window import MainWindow
    from core.engine.client import Picture
    from core.engine.messages import Ready

    times: dict[str, float] = {}
    arrived: list[float] = []

    class Watch(QObject):
        """Notes the first paint of the canvas."""

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint and "first paint" not in times:
                QTimer.singleShot(0, lambda: times.setdefault("first paint", time.time() - start))
            return False

    def note(event: object) -> None:
        if isinstance(event, Ready):
            times.setdefault("engine ready", time.time() - start)
        elif isinstance(event, Picture):
            times.setdefault("first picture", time.time() - start)
            arrived.append(time.perf_counter())

    application = QApplication([])
    window = MainWindow(Theme(application), Settings(QSettings()))
    watch = Watch()
    window.canvas.installEventFilter(watch)
    window.link.arrived.connect(note)
    window.resize(1360, 880)
    window.show()

    blocks: list[float] = []
    last = [time.perf_counter()]

    def pulse() -> None:
        now = time.perf_counter()
        blocks.append(now - last[0])
        last[0] = now

    def until(done: object, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not done():  # type: ignore[operator]
            application.processEvents()
            time.sleep(0.0005)
            if time.monotonic() > end:
                raise TimeoutError("The window did not get there.")

    until(lambda: "first picture" in times and "engine ready" in times)
    timer = QTimer()
    timer.timeout.connect(pulse)
    last[0] = time.perf_counter()
    timer.start(1)
    if photo:
        began = time.time()
        window.open_path(photo)
        until(lambda: window.editor.photo is not None)
        times["photo fitted"] = time.time() - began
        count = len(arrived)
        until(lambda: len(arrived) > count)
        times["photo's first picture"] = time.time() - began
    until(lambda: not window.link.client.rendering)
    latencies: dict[str, list[float]] = {}
    for overlay in (False, True):
        window.actions_["overlay"].setChecked(overlay)
        until(lambda: not window.link.client.rendering)
        name = "slider to pixels, overlay" if overlay else "slider to pixels"
        latencies[name] = _drag(window, arrived, until)
    window.editor.history.setClean()
    timer.stop()
    window.close()
    return {"times": times, "latencies": latencies, "blocks": blocks}


def _drag(window: object, arrived: list[float], until: object) -> list[float]:
    """One slow drag: milliseconds from each change to its picture on the canvas."""
    from app.window import MainWindow

    assert isinstance(window, MainWindow)
    editor = window.editor
    spent: list[float] = []
    editor.begin("Yaw")
    for step in range(DRAG_STEPS):
        count = len(arrived)
        began = time.perf_counter()
        editor.set_values({"yaw": 15.0 * step / DRAG_STEPS + 0.1}, "Yaw")
        until(lambda n=count: len(arrived) > n)  # type: ignore[operator]
        spent.append((time.perf_counter() - began) * 1000)
    editor.end()
    until(lambda: not window.link.client.rendering)  # type: ignore[operator]
    return spent[_FIRST_STEPS:]


def _start(photo: str) -> dict[str, dict]:
    environment = dict(os.environ, MIEN_BENCH_START=repr(time.time()))
    command = [sys.executable, "-m", "benchmarks.app", "--probe", *([photo] if photo else [])]
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
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
        print(json.dumps(_probe(photo)))
        return 0
    runs = [_start(photo) for _ in range(args.runs)]
    print(f"{'':32}{'median':>10}{'worst':>10}")
    for name in runs[0]["times"]:
        values = [r["times"][name] * 1000 for r in runs]
        print(f"{name + ', ms':32}{statistics.median(values):10.0f}{max(values):10.0f}")
    print(f"{'':32}{'median':>10}{'p95':>10}")
    for name in runs[0]["latencies"]:
        values = [v for r in runs for v in r["latencies"][name]]
        print(f"{name + ', ms':32}{statistics.median(values):10.1f}{_p95(values):10.1f}")
    blocks = [b * 1000 for r in runs for b in r["blocks"]]
    print(f"{'window stood still, ms':32}{_p95(blocks):10.1f} p95 {max(blocks):8.1f} longest")
    return 0


if __name__ == "__main__":
    sys.exit(main())
