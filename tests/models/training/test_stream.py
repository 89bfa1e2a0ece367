"""Batches come from processes of their own, whatever this one did before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[3]
# OpenCV's threads are at work before the processes start: forked ones would wait for them.
PROGRAM = """
import sys
from pathlib import Path
import cv2, numpy as np
from models.training.landmark_data import Pool
from models.training.landmarks import BATCH, Batches
from models.training.stream import stream

cv2.setNumThreads(2)
cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (0, 0), 3)
pool = Pool([Path(sys.argv[1])], 4, np.arange(478))
crops, points, face = next(stream(Batches(pool, 0.4), 1))
assert crops.shape == (BATCH, 128, 128, 3) and points.shape == (BATCH, 478, 3), crops.shape
"""


def test_a_spawned_process_prepares_landmark_crops(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "images.npy", rng.integers(0, 256, (8, 192, 192, 3), np.uint8))
    np.save(tmp_path / "landmarks.npy", rng.uniform(50, 140, (8, 478, 3)).astype(np.float32))
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=ROOT, check=True, timeout=240
    )
