"""The engine through its real process and pipe, with arithmetic for pixels."""

from __future__ import annotations

import atexit
import os
import queue
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
import pytest

from core.engine import messages as m
from core.engine.client import EngineClient, Event, Picture, Restarted
from core.engine.policy import Wish
from core.engine.process import EngineProcess
from tests.core.engine.fake import FakeBackend, smiling


class Owner:
    """What the window is to a client: one thread that handles messages and checks."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[tuple[int, object]] = queue.Queue()
        self.client = EngineClient(lambda life, x: self.inbox.put((life, x)), FakeBackend)
        self.events: list[Event] = []

    def until(self, done: Callable[[Event], bool], seconds: float = 15) -> Event:
        """Handle messages until an event fits."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.client.check()
            try:
                life, message = self.inbox.get(timeout=0.2)
            except queue.Empty:
                continue
            events = self.client.handle(life, message)
            self.events += events
            if found := [e for e in events if done(e)]:
                return found[0]
        raise AssertionError(f"no such event among {self.events}")

    def opened(self, name: str) -> m.PhotoOpened:
        """Open a pretended photo."""
        request = self.client.open_photo(name.encode())
        reply = self.until(lambda e: isinstance(e, m.PhotoOpened | m.Failed) and e.id == request)
        assert isinstance(reply, m.PhotoOpened)
        return reply

    def picture(self, **wish: object) -> Picture:
        """The next picture of a wish."""
        self.client.wish(Wish(**wish))  # type: ignore[arg-type]
        event = self.until(lambda e: isinstance(e, Picture))
        assert isinstance(event, Picture)
        return event


@pytest.fixture
def owner() -> Iterator[Owner]:
    """A client with a running engine; no shared memory is left behind."""
    it = Owner()
    it.client.start()
    yield it
    blocks = [b.name for b in it.client._ring._blocks if b]
    it.client.stop()
    for name in blocks:
        with pytest.raises(FileNotFoundError):
            SharedMemory(name)


def test_open_select_render_save(owner: Owner, tmp_path: Path) -> None:
    ready = owner.until(lambda e: isinstance(e, m.Ready))
    assert isinstance(ready, m.Ready) and ready.device == "a test"
    opened = owner.opened("400x200, 2 faces")
    assert (opened.width, opened.height, len(opened.faces)) == (400, 200, 2)
    assert opened.faces[0].thumbnail.shape == (64, 64, 3)
    owner.client.select_face(1)
    owner.until(lambda e: isinstance(e, m.FaceReady))
    picture = owner.picture(parameters=smiling(0, yaw=7), overlay="shaded", full_size=200)
    assert picture.image.shape == (200, 400, 3)
    assert np.all(picture.image == 107)
    assert picture.overlay is not None and picture.overlay.shape == (200, 400, 4)
    owner.client.save(str(tmp_path / "out"), smiling(0, yaw=9), overwrite=True)
    owner.until(lambda e: isinstance(e, m.Saved))
    assert (tmp_path / "out").read_text() == "109.000 True"


def test_edits_of_other_faces_are_kept(owner: Owner) -> None:
    owner.opened("400x200, 2 faces")
    owner.client.select_face(1, (m.FaceEdit(0, smiling(0, yaw=30)),))
    owner.until(lambda e: isinstance(e, m.FaceReady))
    assert np.all(owner.picture(parameters=smiling(0, yaw=4), full_size=100).image == 134)


def test_bad_photo_keeps_the_open_one(owner: Owner) -> None:
    owner.opened("400x200, 1 faces")
    owner.client.open_photo(b"broken")
    failed = owner.until(lambda e: isinstance(e, m.Failed))
    assert isinstance(failed, m.Failed)
    assert failed.message.startswith("broken is not an image") and "PhotoError" in failed.details
    owner.client.select_face(0)
    owner.until(lambda e: isinstance(e, m.FaceReady))


def test_no_face_says_why_and_a_box_mends_it(owner: Owner) -> None:
    opened = owner.opened("400x200, 0 faces")
    assert opened.faces == () and "draw a box" in opened.reason
    owner.client.set_manual_box((10, 20, 110, 120))
    again = owner.until(lambda e: isinstance(e, m.PhotoOpened))
    assert isinstance(again, m.PhotoOpened)
    assert again.faces[0].manual and again.faces[0].box == (10, 20, 110, 120)


def test_killed_engine_is_restarted_and_its_state_replayed(owner: Owner) -> None:
    owner.opened("400x200, 1 faces")
    owner.client.set_manual_box((10, 20, 110, 120))
    owner.until(lambda e: isinstance(e, m.PhotoOpened))
    owner.client.select_face(1)
    owner.until(lambda e: isinstance(e, m.FaceReady))
    before = owner.picture(parameters=smiling(0, yaw=7), full_size=100)
    pid = owner.client.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    death = owner.until(lambda e: isinstance(e, Restarted))
    assert isinstance(death, Restarted) and death.exit_code == -signal.SIGKILL
    after = owner.until(lambda e: isinstance(e, Picture))
    assert isinstance(after, Picture) and np.array_equal(after.image, before.image)
    assert owner.client.pid != pid
    assert not [e for e in owner.events if isinstance(e, m.Failed)]


def test_work_that_kills_the_engine_twice_is_given_up(owner: Owner) -> None:
    owner.until(lambda e: isinstance(e, m.Ready))
    request = owner.client.open_photo(b"400x200, 1 faces, stuck")
    for _ in range(2):
        owner.until(lambda e: isinstance(e, m.Progress))
        pid = owner.client.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        owner.until(lambda e: isinstance(e, Restarted))
    assert [e for e in owner.events if isinstance(e, m.Failed) and e.id == request]


class UnwellAtTheEnd(FakeBackend):
    """As threads inside PyTorch are when Python takes itself apart around them."""

    def prepare(self) -> None:
        """Python's own end would be an abort."""
        atexit.register(os.abort)


def test_the_engine_ends_quietly_whatever_its_threads_do() -> None:
    inbox: queue.Queue[tuple[int, object]] = queue.Queue()
    engine = EngineProcess(lambda life, x: inbox.put((life, x)), 1, UnwellAtTheEnd)
    while not isinstance(inbox.get(timeout=15)[1], m.Ready):
        pass
    engine.send(m.Stop())
    while not isinstance(last := inbox.get(timeout=15)[1], m.Died):
        pass
    assert last.exit_code == 0


def test_cancel_between_stages(owner: Owner) -> None:
    owner.until(lambda e: isinstance(e, m.Ready))
    request = owner.client.open_photo(b"400x200, 1 faces, slow")
    owner.until(lambda e: isinstance(e, m.Progress))
    owner.client.cancel(request)
    owner.until(lambda e: isinstance(e, m.Cancelled) and e.id == request)
    assert owner.client.life == 1


def test_cancel_of_stuck_work_restarts(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engine.client.CANCEL_SECONDS", 0.2)
    owner.opened("400x200, 1 faces")
    request = owner.client.open_photo(b"400x200, 1 faces, stuck")
    owner.until(lambda e: isinstance(e, m.Progress) and e.id == request)
    owner.client.cancel(request)
    owner.until(lambda e: isinstance(e, m.Cancelled) and e.id == request)
    assert owner.client.life == 2
    (restarted,) = (e for e in owner.events if isinstance(e, Restarted))
    assert restarted.wanted
    owner.client.select_face(0)
    owner.until(lambda e: isinstance(e, m.FaceReady))


def test_only_the_newest_of_a_drag_is_rendered(owner: Owner) -> None:
    owner.opened("400x200, 1 faces")
    owner.client.select_face(0)
    owner.until(lambda e: isinstance(e, m.FaceReady))
    for yaw in range(1, 31):
        owner.client.wish(Wish(smiling(0, yaw=yaw), full_size=200), moving=True)
    owner.client.wish(Wish(smiling(0, yaw=30), full_size=900))
    last = owner.until(lambda e: isinstance(e, Picture) and e.frame.max_size == 1024)
    assert isinstance(last, Picture) and np.all(last.image == 130)
    assert len([e for e in owner.events if isinstance(e, Picture)]) == 2
