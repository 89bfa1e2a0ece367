"""Opens every file of a folder in a process of its own: `python -m tests.core.photo.sweep FOLDER`.

A line of JSON for each: what became of it, the processor's seconds, and the peak of memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import PhotoError
from core.photo.load import load_photo


@dataclass(frozen=True)
class Outcome:
    """What became of a file: "opened", or the sentence that it was refused with."""

    name: str
    result: str
    seconds: float
    megabytes: float


def sweep(folder: Path) -> list[Outcome]:
    """The outcome of every file, opened in a child; a file that kills it is an AssertionError."""
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.photo.sweep", str(folder)],
        cwd=root, env=dict(os.environ, PYTHONPATH=str(root)), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    outcomes = [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]
    last = outcomes[-1].name if outcomes else "the start"
    assert done.returncode == 0, f"ended after {last}: {done.stderr[-2000:]}"
    return outcomes


def _open(path: Path) -> Outcome:
    _reset_peak()
    before, start = _peak(), time.process_time()
    try:
        photo = load_photo(path)
        assert photo.pixels.ndim == 3 and photo.pixels.dtype.name == "uint8"
        result = "opened"
    except PhotoError as error:
        result = str(error)
    return Outcome(str(path), result, time.process_time() - start, _peak() - before)


def _reset_peak() -> None:
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def _peak() -> float:
    if sys.platform != "linux":
        return 0.0
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(v.split()[1]) for v in lines if v.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for file in sorted(Path(sys.argv[1]).rglob("*")):
        if file.is_file():
            print(json.dumps(asdict(_open(file))), flush=True)
