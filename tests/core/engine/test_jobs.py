"""Work in the background: cancelled at once, replaced by newer work, errors told."""

from __future__ import annotations

import threading
import time

from core.engine import messages as m
from core.engine.jobs import BackgroundJob, Send
from core.errors import FaceError


def _until(replies: list[m.Reply], kind: type, seconds: float = 5.0) -> m.Reply:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := [r for r in replies if isinstance(r, kind)]:
            return found[-1]
        time.sleep(0.01)
    raise AssertionError(f"no {kind.__name__} among {replies}")


def test_cancel_is_told_at_once_and_silences_the_rest() -> None:
    replies: list[m.Reply] = []
    go = threading.Event()

    def work(send: Send) -> None:
        send(m.Progress(1, "begun"))
        go.wait(5)
        send(m.Progress(1, "too late"))

    job = BackgroundJob(replies.append)
    job.start(1, work)
    _until(replies, m.Progress)
    job.cancel(2)
    assert not [r for r in replies if isinstance(r, m.Cancelled)]
    job.cancel(1)
    assert replies[-1] == m.Cancelled(1)
    go.set()
    job.start(3, lambda send: None)
    assert _until(replies, m.Done) == m.Done(3)
    assert [type(r) for r in replies] == [m.Progress, m.Cancelled, m.Done]


def test_newer_work_takes_the_place_and_errors_are_told() -> None:
    replies: list[m.Reply] = []
    go = threading.Event()

    def fail(send: Send) -> None:
        raise FaceError("No face here; use another.")

    def wait(send: Send) -> None:
        go.wait(5)
        send(m.Progress(1, "late"))

    job = BackgroundJob(replies.append)
    job.start(1, wait)
    job.start(2, fail)
    go.set()
    failed = _until(replies, m.Failed)
    assert isinstance(failed, m.Failed) and failed.message.startswith("No face here")
    assert replies[0] == m.Cancelled(1) and len(replies) == 2
