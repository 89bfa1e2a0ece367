"""Speed of the photo path: building a scene, and from a slider to the preview's pixels."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.photo.analyze import analyze
from core.photo.load import load_photo
from core.photo.matte import person_matte
from core.photo.scene import Scene
from core.rig.lights import light_preset


def milliseconds(work: Callable[[int], object], rounds: int) -> tuple[float, float, float]:
    """Median and 95th percentile of the wall time, and the median work of all threads."""
    taken, busy = [], []
    for i in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        work(i)
        taken.append((time.perf_counter() - start) * 1000)
        busy.append((time.process_time() - used) * 1000)
    return float(np.median(taken)), float(np.percentile(taken, 95)), float(np.median(busy))


def main() -> None:
    """Measure one photo with a face in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--size", type=int, default=512, help="long side of the preview, px")
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    photo = load_photo(options.photo)
    fit = analyze(photo)[0]
    matte = person_matte(photo.pixels, fit.box, photo.alpha)
    scene = Scene(photo, fit, matte)
    own = fit.parameters
    lamp = light_preset("left")

    def turned(i: int) -> object:
        return scene.render(
            replace(own, pose=own.pose + np.array([i % 30 - 15, 0, 0], np.float32)), options.size
        )

    def lit(i: int) -> object:
        weight = (i % 20) / 20
        light = ((1 - weight) * own.light + weight * lamp).astype(np.float32)
        return scene.render(replace(own, light=light), options.size)

    def opened(i: int) -> object:
        return scene.render(own.with_expression({"jawOpen": (i % 20) / 20}), options.size)

    def reshaped(i: int) -> object:
        shape = own.identity.copy()
        shape[1] += i % 20 / 10 + 0.1
        return scene.render(replace(own, identity=shape), options.size)

    for work in (turned, lit, opened, reshaped):
        work(1)
    height, width = photo.pixels.shape[:2]
    print(f"{width} x {height} px, preview {options.size} px; ms: median, p95, work")
    rows = {
        "build": milliseconds(lambda _: Scene(photo, fit, matte), 5),
        "turn": milliseconds(turned, options.rounds),
        "light": milliseconds(lit, options.rounds),
        "jaw": milliseconds(opened, options.rounds),
        "identity": milliseconds(reshaped, options.rounds),
        "full size": milliseconds(lambda _: scene.render_full(replace(own, pose=own.pose + 5)), 2),
    }
    for name, (median, p95, busy) in rows.items():
        print(f"{name:10s} {median:7.1f} {p95:7.1f} {busy:7.1f}")


if __name__ == "__main__":
    main()
