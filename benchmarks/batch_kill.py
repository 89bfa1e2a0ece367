"""A batch killed many times against an uninterrupted one: they must agree byte by byte.

    python -m benchmarks.batch_kill [--items 500] [--kills 50] [--workers 1] [--folder DIR]

Prints what was found and returns 1 when anything differs or too much was made twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.export.manifest import NAME

ROOT = Path(__file__).resolve().parents[1]
# Small pictures of the face model: the machinery is on trial, not the models.
JOB: dict[str, Any] = {
    "format": "mien-batch", "version": 1, "seed": 11,
    "edits": {
        "method": "model", "yaw": {"uniform": [-30, 30]}, "jawOpen": {"uniform": [0, 0.6]},
        "light": {"choice": ["studio", "left", "sunset"]},
    },
    "outputs": {"size": 64, "mask": True},
    "datasets": ["metadata", "cameras", "coco", "webdataset"],
}  # fmt: skip
_DEADLINE = 3600.0


@dataclass
class Killed:
    """What became of a killed batch. redone: most items made but not recorded at one kill."""

    kills: int
    redone: int
    seconds: float


def write_job(folder: Path, items: int) -> Path:
    """The job's file in a new folder; it writes to "out" beside it."""
    folder.mkdir(parents=True)
    path = folder / "job.json"
    path.write_text(json.dumps(JOB | {"input": {"people": items}, "out": "out"}))
    return path


def start(job: Path, resume: bool, workers: int) -> subprocess.Popen[bytes]:
    """The command in a process group of its own."""
    command = [sys.executable, "main.py", "batch", str(job), "--workers", str(workers)]
    command += ["--resume"] if resume else []
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def finish(job: Path, resume: bool, workers: int) -> None:
    """Let a batch run through. Raises RuntimeError with what it said."""
    process = start(job, resume, workers)
    said = process.communicate(timeout=_DEADLINE)[1]
    if process.returncode != 0:
        raise RuntimeError(said.decode())


def kill_often(job: Path, items: int, kills: int, workers: int, seed: int = 0) -> Killed:
    """Run a batch, killing it (SIGKILL) that often at random moments, then to its end.

    A batch that ends before its kill ends the killing: `Killed.kills` says how often it was.
    """
    rng, begun, redone, done = random.Random(seed), time.monotonic(), 0, 0
    out = job.parent / "out"
    for number in range(kills):
        before = _recorded(out)
        # So many items more, at random, such that some are left for the last kill.
        step = rng.randint(0, 2 * max(0, items - before - 2) // (kills - number + 1))
        process = start(job, before >= 0, workers)
        pause = _watched(out, min(max(before, 0) + step, items - 2), process)
        time.sleep(rng.uniform(0, pause))
        if process.poll() is not None:
            break
        if rng.random() < 0.5:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()  # the workers must see to their own end
        process.communicate()
        redone = max(redone, _unrecorded(out))
        done += 1
    finish(job, _recorded(out) >= 0, workers)
    return Killed(done, redone, time.monotonic() - begun)


def _watched(out: Path, target: int, process: subprocess.Popen[bytes]) -> float:
    """Wait until so many items are recorded; returns the seconds that the last one took."""
    seen, since, pause = -1, time.monotonic(), 0.01
    while (now := _recorded(out)) < target and process.poll() is None:
        if now != seen:
            pause = (time.monotonic() - since) / max(now - seen, 1)
            seen, since = now, time.monotonic()
        time.sleep(0.002)
    return min(pause, 1.0)


def differences(one: Path, other: Path, ordered: bool) -> list[str]:
    """Files of two output folders that differ. ordered: the manifests' lines are, too."""
    first, second = _files(one), _files(other)
    if not ordered:
        for files in (first, second):
            files[NAME] = b"".join(sorted(files[NAME].splitlines(keepends=True)))
    return [n for n in sorted({*first, *second}) if first.get(n) != second.get(n)]


def _files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def _recorded(out: Path) -> int:
    """Items in the manifest; -1 before its first line is written."""
    try:
        return (out / NAME).read_bytes().count(b"\n") - 1
    except OSError:
        return -1


def _unrecorded(out: Path) -> int:
    """Items of which there are files and no record."""
    if not (out / NAME).exists():
        return 0
    lines = (out / NAME).read_bytes().split(b"\n")[1:-1]
    known = {json.loads(line)["name"] for line in lines}
    names = {p.name.split(".")[0] for p in out.glob("person-*")}
    return len(names - known)


def main() -> int:
    """Runs both batches and tells how they compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        whole, killed = (write_job(Path(name) / n, args.items) for n in ("whole", "killed"))
        begun = time.monotonic()
        finish(whole, False, args.workers)
        alone = time.monotonic() - begun
        found = kill_often(killed, args.items, args.kills, args.workers)
        differ = differences(whole.parent / "out", killed.parent / "out", args.workers == 1)
    print(
        f"{args.items} items, {args.workers} workers: {alone:.0f} s uninterrupted; killed "
        f"{found.kills} times {found.seconds:.0f} s; at most {found.redone} made twice a kill; "
        f"{len(differ)} files differ {differ[:5]}"
    )
    return int(bool(differ) or found.redone > args.workers or found.kills < args.kills)


if __name__ == "__main__":
    sys.exit(main())
