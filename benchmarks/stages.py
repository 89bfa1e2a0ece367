"""Time and memory of each stage of a photo: python -m benchmarks.stages PHOTO

Each row is the median wall time and the work of all threads; on a busy machine the second is
the one to trust. The photo (one with a face) is resized to the wanted number of megapixels.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from core.photo.analyze import fit_face
from core.photo.detect import detect_faces
from core.photo.load import Photo, load_photo
from core.photo.matte import person_matte
from core.photo.save import save_photo
from core.photo.scene import Scene

ROUNDS = 5
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description="time each stage of a photo's way")
    parser.add_argument("photo", type=Path)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1.0, 12.0])
    args = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f}")
    for megapixels in args.megapixels:
        photo = resized(load_photo(args.photo), megapixels)
        print(f"\n{photo.size[0]} x {photo.size[1]} px")
        measure(photo)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak memory of the process: {peak:.0f} MiB")


def resized(photo: Photo, megapixels: float) -> Photo:
    """The photo at another size, without what its file held besides."""
    h, w = photo.pixels.shape[:2]
    scale = (megapixels * 1e6 / (h * w)) ** 0.5
    pixels = cv2.resize(photo.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return Photo(pixels)


def measure(photo: Photo) -> None:
    """Print one row per stage."""
    detection = row("detect", lambda: detect_faces(photo.pixels))[0]
    fit = row("landmarks, fit, light, albedo", lambda: fit_face(photo, detection))
    matte = row("matte", lambda: person_matte(photo.pixels, fit.box, None))
    scene = row("scene", lambda: Scene(photo, fit, matte))
    p = fit.parameters
    turned = replace(p, pose=p.pose + np.array([15, 0, 0], np.float32))
    row("preview frame at 512", lambda: scene.render(turned, 512))
    full = row("full size", lambda: scene.render_full(turned), rounds=2)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "edit.png"
        row("save as PNG", lambda: save_photo(photo, full, target, True), rounds=2)


def row(name: str, work: Callable[[], T], rounds: int = ROUNDS) -> T:
    """Run a stage once to warm up, then time it."""
    result = work()
    wall, busy = [], []
    for _ in range(rounds):
        start, used = time.perf_counter(), time.process_time()
        result = work()
        wall.append(time.perf_counter() - start)
        busy.append(time.process_time() - used)
    print(f"{name:30s} {1000 * np.median(wall):8.0f} ms   work {1000 * np.median(busy):8.0f} ms")
    return result


if __name__ == "__main__":
    main()
