"""A run hands out items, records them, tells what happens, and goes on after a break."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from core.errors import JobError, MienError
from core.export.job import Control, Job, Outputs, People, Photos
from core.export.manifest import NAME
from core.export.plan import Plan
from core.export.queueing import Queue
from core.export.records import (
    Event,
    Finished,
    ItemDone,
    ItemFailed,
    Result,
    Started,
    Stopped,
    Task,
)
from core.export.run import BatchRun


@dataclass
class Desk:
    """An executor that makes items at once. Each of broken fails, deadly ones kill the worker."""

    workers: int = 2
    broken: set[int] = field(default_factory=set)
    deadly: Counter[int] = field(default_factory=Counter)
    full_at: int | None = None
    made: list[int] = field(default_factory=list)
    closed: bool = False
    _job: Job | None = None
    _tasks: dict[int, Task] = field(default_factory=dict)

    def start(self, job: Job, most: int) -> int:
        self._job = job
        return self.workers

    def submit(self, worker: int, task: Task) -> None:
        assert worker not in self._tasks
        self._tasks[worker] = task

    def wait(self, seconds: float) -> list[tuple[int, Result | None]]:
        worker = max(self._tasks)  # not in the order of the items
        return [(worker, self._made(self._tasks.pop(worker)))]

    def close(self) -> None:
        self.closed = True

    def _made(self, task: Task) -> Result | None:
        index = task.item.index
        self.made.append(index)
        if self.deadly[index]:
            self.deadly[index] -= 1
            return None
        if index in self.broken:
            return Result(index, reason=f"{task.source.name} is broken; mend it.")
        if index == self.full_at:
            return Result(index, stop="The disk is full; make room.")
        assert self._job is not None
        data = json.dumps(dict(task.item.controls)).encode()
        name = f"{task.item.name}.png"
        (self._job.out / name).write_bytes(data)
        return Result(index, {name: hashlib.sha256(data).hexdigest()}, "abc")


def _job(out: Path) -> Job:
    edits = {"method": Control("fixed", ("model",)), "yaw": Control("uniform", (-9.0, 9.0))}
    return Job(People(6), out, edits=edits, outputs=Outputs(sidecar=False))


def _run(job: Job, desk: Desk | None = None, **options: bool) -> list[Event]:
    return list(BatchRun(Plan(job), desk or Desk(), **options).events())


def test_events_tell_the_whole_story(tmp_path: Path) -> None:
    desk = Desk(broken={3})
    events = _run(_job(tmp_path / "out"), desk)
    assert isinstance(events[0], Started) and events[0].workers == 2
    assert isinstance(events[-1], Finished)
    assert {e.index for e in events if isinstance(e, ItemDone)} == {0, 1, 2, 4, 5}
    (failure,) = (e for e in events if isinstance(e, ItemFailed))
    assert failure.index == 3 and "mend it" in failure.reason
    last = events[-1].progress
    assert (last.total, last.done, last.failed, last.fraction) == (6, 5, 1, 1.0)
    assert last.rate > 0 and last.seconds_left == 0
    assert desk.closed
    records = [json.loads(line) for line in (tmp_path / "out" / NAME).open()][1:]
    assert {r["index"]: r["status"] for r in records} == dict.fromkeys((0, 1, 2, 4, 5), "done") | {
        3: "failed"
    }
    done = next(r for r in records if r["index"] == 5)
    assert done["input"]["sha256"] == "abc" and set(done["parameters"]) == {"method", "yaw"}
    (name, digest), *_ = done["outputs"].items()
    assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest


def test_a_full_disk_stops_and_the_rest_follows(tmp_path: Path) -> None:
    job = _job(tmp_path / "out")
    events = _run(job, Desk(workers=1, full_at=2))
    assert isinstance(events[-1], Stopped) and "make room" in events[-1].reason
    desk = Desk()
    assert isinstance(_run(job, desk, resume=True)[-1], Finished)
    assert sorted(desk.made) == [2, 3, 4, 5]
    assert _run(job, Desk(), resume=True)[-1].progress.done == 6


def test_failed_items_are_tried_again_only_when_asked(tmp_path: Path) -> None:
    job = _job(tmp_path / "out")
    _run(job, Desk(broken={1, 4}))
    still = Desk()
    assert _run(job, still, resume=True)[-1].progress.failed == 2
    assert still.made == []
    again = Desk(broken={4})
    last = _run(job, again, resume=True, retry_failed=True)[-1].progress
    assert sorted(again.made) == [1, 4] and (last.done, last.failed) == (5, 1)


def test_a_worker_that_dies_is_given_the_item_once_more(tmp_path: Path) -> None:
    desk = Desk(deadly=Counter({2: 1, 4: 2}))
    events = _run(_job(tmp_path / "out"), desk)
    (failure,) = (e for e in events if isinstance(e, ItemFailed))
    assert failure.index == 4 and "died twice" in failure.reason
    assert desk.made.count(2) == 2 and events[-1].progress.done == 5


def test_cancel_ends_the_run_and_it_goes_on_later(tmp_path: Path) -> None:
    job = _job(tmp_path / "out")
    run = BatchRun(Plan(job), Desk(workers=1))
    events = []
    for event in run.events():
        events.append(event)
        if isinstance(event, ItemDone):
            run.cancel()
    assert isinstance(events[-1], Stopped) and events[-1].reason == ""
    done = events[-1].progress.done
    assert 1 <= done < 6
    desk = Desk()
    assert isinstance(_run(job, desk, resume=True)[-1], Finished)
    assert len(desk.made) == 6 - done


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 4}, r"changed since \(seed\)"),
        ({"input": People(7)}, r"changed since \(input.people\)"),
        ({"edits": {"method": Control("fixed", ("model",))}}, r"\(edits.yaw\)"),
        ({"outputs": Outputs(size=32, sidecar=False)}, r"\(outputs.size\)"),
    ],
)
def test_another_job_is_refused(tmp_path: Path, change: dict[str, object], words: str) -> None:
    job = _job(tmp_path / "out")
    _run(job, Desk(workers=1, full_at=2))
    with pytest.raises(JobError, match=words):
        _run(replace(job, **change), resume=True)  # type: ignore[arg-type]
    moved = tmp_path / "moved"
    job.out.rename(moved)
    assert isinstance(_run(replace(job, out=moved), resume=True)[-1], Finished)


def test_other_weights_and_photos_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"abc")
    edits = {"yaw": Control("grid", (0.0, 1.0, 2.0))}
    job = replace(_job(tmp_path / "out"), input=Photos((photo,)), edits=edits)
    _run(job, Desk(workers=1, full_at=2))
    with pytest.raises(JobError, match="has changed since the batch began"):
        _run(job, resume=True)
    (tmp_path / "b.jpg").write_bytes(b"")
    with pytest.raises(JobError, match="photos of the batch are others"):
        _run(replace(job, input=Photos((tmp_path / "b.jpg",))), resume=True)
    monkeypatch.setattr("core.export.sameness._hash", lambda _: "other")
    with pytest.raises(JobError, match="weights differ"):
        _run(job, resume=True)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    job = _job(tmp_path)
    mine = tmp_path / f"{Plan(job).names[4]}.png"
    mine.write_bytes(b"mine")
    with pytest.raises(MienError, match="exists already"):
        _run(job)
    assert mine.read_bytes() == b"mine" and not (tmp_path / NAME).exists()
    mine.unlink()
    _run(job)
    with pytest.raises(JobError, match="holds a batch already"):
        _run(job)


def test_workers_stay_with_their_input_and_share_the_last() -> None:
    edits = {"yaw": Control("grid", (0.0, 1.0, 2.0, 3.0))}
    plan = Plan(Job(Photos((Path("a"), Path("b"))), Path("out"), edits=edits))
    queue = Queue(plan, {1})
    assert [queue.take(0), queue.take(1), queue.take(0), queue.take(1)] == [0, 4, 2, 5]
    queue.put_back(2)
    assert [queue.take(0) for _ in range(2)] == [2, 3]
    assert queue.take(0) == 6 and queue.take(1) == 7 and queue.take(0) is None and len(queue) == 0
