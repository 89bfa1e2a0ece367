"""mien batch: a job file's pictures and data sets, in as many processes as there are cores."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from core.errors import ParameterError
from core.export.executors import Executor, ProcessExecutor, most_workers
from core.export.job import load_job
from core.export.plan import Plan
from core.export.readiness import check_ready
from core.export.records import Finished, ItemFailed, Progress, Started, Stopped, WritingData
from core.export.run import BatchRun

MOST_ON_CLUSTER = 1024
# Between two lines about progress.
_EVERY_SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds JOB and the options of `batch`."""
    parser.add_argument("job", type=Path, metavar="JOB.json", help="what to make (docs/batch.md)")
    parser.add_argument(
        "--resume", action="store_true", help="go on with a batch that was broken off"
    )
    parser.add_argument(
        "--retry-failed", action="store_true",
        help="go on, and try the items again that failed",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: one for each core)"
    )
    parser.add_argument(
        "--preview", action="store_true", help="only show the first names and how many items"
    )
    parser.add_argument(
        "--ray", nargs="?", const="local", metavar="ADDRESS",
        help="work on a Ray cluster instead: its address, or nothing for one started here",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Runs the job; returns 0, 1 when some items failed, 2 when all did or the run stopped."""
    most = most_workers() if args.ray is None else MOST_ON_CLUSTER
    if args.workers is not None and not 1 <= args.workers <= most:
        raise ParameterError(f"--workers cannot be {args.workers}; give a number from 1 to {most}.")
    plan = Plan(load_job(args.job))
    if args.preview:
        check_ready(plan.job)
        print(f"{len(plan):,} items of {len(plan.sources):,} inputs in {plan.job.out}:")
        print("\n".join(f"  {name}.{plan.job.outputs.image}" for name in plan.preview(10)))
        return 0
    resume = args.resume or args.retry_failed
    batch = BatchRun(plan, _executor(args), resume, args.retry_failed)
    try:
        return _told(batch)
    except KeyboardInterrupt:
        print("mien: stopped; add --resume to go on.", file=sys.stderr)
        return 130


def _executor(args: argparse.Namespace) -> Executor:
    if args.ray is None:
        return ProcessExecutor(args.workers)
    from core.export.cluster import RayExecutor

    return RayExecutor(None if args.ray == "local" else args.ray, args.workers)


def _told(batch: BatchRun) -> int:
    """Runs and prints what happens, the reason of a photo's items once; returns the status."""
    said = time.monotonic()
    reasons: set[str] = set()
    for event in batch.events():
        match event:
            case Started(progress, workers):
                left = progress.total - progress.done - progress.failed
                hands = "1 worker" if workers == 1 else f"{workers} workers"
                print(f"{left:,} of {progress.total:,} items to make, {hands}.")
            case ItemFailed(_, _, source, reason):
                text = reason if source in reason else f"{source}: {reason}"
                if text not in reasons:
                    reasons.add(text)
                    print(f"mien: {text}", file=sys.stderr, flush=True)
            case WritingData(_, name):
                print(f"Writing {name}", flush=True)
            case Stopped(progress, reason):
                print(f"mien: {reason} Then add --resume to go on.", file=sys.stderr)
                return 2
            case Finished(progress):
                return _summary(batch, progress)
        if time.monotonic() - said > _EVERY_SECONDS:
            said = time.monotonic()
            print(_line(event.progress), flush=True)
    raise AssertionError("a run ends with Finished or Stopped")


def _line(progress: Progress) -> str:
    text = f"{progress.done:,} of {progress.total:,} done"
    if progress.failed:
        text += f", {progress.failed:,} failed"
    if progress.seconds_left is not None:
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        text += f", {progress.rate:.2g} a second, {minutes}:{seconds:02d} left"
    return text


def _summary(batch: BatchRun, progress: Progress) -> int:
    print(f"{progress.done:,} items in {batch.plan.job.out}")
    if not progress.failed:
        return 0
    print(
        f"mien: {progress.failed:,} of {progress.total:,} items failed; mend their inputs and "
        "add --retry-failed.",
        file=sys.stderr,
    )
    return 1 if progress.done else 2
