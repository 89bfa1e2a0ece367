"""What a batch costs beyond its items, and whether its memory stays flat.

    python -m benchmarks.batch [--items 200] [--rounds 3] [--method model|generator]
    python -m benchmarks.batch --items 10000 --rounds 0     # memory only

Throughput: items a second of a run with one worker, once that is at work, over those of a bare
loop that makes the same items in this process. Memory: of the run's process and its worker.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from core.export.executors import ProcessExecutor
from core.export.job import Control, Job, Outputs, People
from core.export.plan import Plan
from core.export.records import ItemDone, Task
from core.export.run import BatchRun
from core.export.workshop import Workshop

MARKS = 10


def job(folder: Path, items: int, method: str, size: int) -> Job:
    """So many people, drawn small."""
    edits = {
        "method": Control("fixed", (method,)),
        "yaw": Control("uniform", (-30.0, 30.0)),
    }
    return Job(People(items), folder, edits=edits, outputs=Outputs(size=size))


def bare_rate(one: Job) -> float:
    """Items a second of a loop without manifest, processes and events; the first not counted."""
    plan, workshop = Plan(one), Workshop(one)
    one.out.mkdir(parents=True)
    begun = 0.0
    for index in range(len(plan)):
        item = plan.item(index)
        result = workshop.make(Task(item, plan.sources[item.source]))
        assert not result.reason and not result.stop, result
        begun = begun or time.perf_counter()
    return (len(plan) - 1) / (time.perf_counter() - begun)


def batch_rate(one: Job, memory: bool = False) -> float:
    """Items a second of a run, from its first item on. memory: print it ten times."""
    begun, done = 0.0, 0
    for event in BatchRun(Plan(one), ProcessExecutor(1)).events():
        if not isinstance(event, ItemDone):
            continue
        begun, done = begun or time.perf_counter(), done + 1
        if memory and done % max(1, event.progress.total // MARKS) == 0:
            pids = [os.getpid(), *(p.pid or 0 for p in multiprocessing.active_children())]
            sizes = " and ".join(f"{resident(pid) / 2**20:.1f}" for pid in pids)
            print(f"{done:6} items: {sizes} MiB", flush=True)
        last = time.perf_counter()
    return (done - 1) / (last - begun)


def resident(pid: int) -> int:
    """Bytes of memory that a process holds (Linux)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Prints throughput and memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--method", choices=("model", "generator"), default="model")
    parser.add_argument("--size", type=int, default=64)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        base = job(Path(name), args.items, args.method, args.size)
        ratios = []
        for number in range(args.rounds):
            bare = bare_rate(replace(base, out=base.out / f"bare{number}"))
            batch = batch_rate(replace(base, out=base.out / f"batch{number}"))
            ratios.append(batch / bare)
            print(f"bare {bare:.1f}, batch {batch:.1f} items a second: {batch / bare:.3f}")
        if ratios:
            print(f"median of the ratios {statistics.median(ratios):.3f}")
        else:
            rate = batch_rate(replace(base, out=base.out / "memory"), memory=True)
            print(f"{rate:.1f} items a second")


if __name__ == "__main__":
    main()
