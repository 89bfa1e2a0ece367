"""How the engine's worker meets trouble, without a process."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np
import pytest

from core.engine import messages as m
from core.engine.client import EngineClient, Picture, Restarted
from core.engine.frames import FrameRing, FrameWriter
from core.engine.policy import Wish
from core.engine.process import EngineProcess
from core.engine.worker import Worker
from tests.core.engine.fake import FakeBackend, FakePhoto, smiling


class _Scene:
    def render(self, parameters: m.FaceParameters, max_size: int) -> np.ndarray:
        """Has memory for small pictures only."""
        if max_size > 512:
            raise MemoryError
        return np.full((max_size // 2, max_size, 3), 7, np.uint8)

    def prepare(self, max_size: int) -> None:
        """Nothing to make."""

    def opacity(self, parameters: m.FaceParameters, max_size: int) -> None:
        """All is opaque."""


class _ShortOfMemory(FakeBackend):
    def scene(self, photo: FakePhoto, fit: Any) -> Any:
        """A scene that cannot draw large pictures."""
        return _Scene()


class _Broken(FakeBackend):
    def load(self, source: m.Source) -> FakePhoto:
        """Meets what nobody thought of."""
        raise ZeroDivisionError("by nobody's fault")


def _opened(backend: FakeBackend) -> tuple[Worker, list[m.Reply]]:
    replies: list[m.Reply] = []
    worker = Worker(backend, replies.append)
    worker.handle(m.OpenPhoto(1, b"400x200, 1 faces"))
    worker.handle(m.SelectFace(2, 0))
    replies.clear()
    return worker, replies


def test_short_memory_falls_back_to_a_smaller_picture_with_a_notice() -> None:
    worker, replies = _opened(_ShortOfMemory())
    ring = FrameRing()
    slot = ring.acquire(2048 * 2048 * 4)
    assert slot
    worker.handle(m.Render(3, slot, smiling(0), 2048))
    notices = [r for r in replies if isinstance(r, m.Notice)]
    assert "512 pixels" in notices[-1].text
    frame = replies[-1]
    assert isinstance(frame, m.Frame) and frame.width == 512
    picture, overlay = ring.read(slot, frame)
    assert overlay is None and np.all(picture == 7)
    worker.close()
    ring.close()


@pytest.mark.parametrize("said", ["[enforce fail] can't allocate memory", "std::bad_alloc"])
def test_libraries_have_words_of_their_own_for_short_memory(said: str) -> None:
    class Full(FakeBackend):
        def load(self, source: m.Source) -> FakePhoto:
            raise RuntimeError(said)

    replies: list[m.Reply] = []
    Worker(Full(), replies.append).handle(m.OpenPhoto(1, b"x"))
    failed = replies[-1]
    assert isinstance(failed, m.Failed) and "not enough memory" in failed.message


def test_what_was_given_up_is_told_to_whoever_waits() -> None:
    backend = FakeBackend()
    backend.portrait.news = lambda: ["The GPU is full."]  # type: ignore[method-assign]
    replies: list[m.Reply] = []
    Worker(backend, replies.append).handle(m.ClosePhoto(1))
    assert replies[-1] == m.Notice(m.NO_REQUEST, "The GPU is full.")
    client = EngineClient(lambda *_: None)
    assert client.handle(0, replies[-1]) == [replies[-1]]


@pytest.mark.skipif(sys.platform != "linux", reason="needs limits of memory")
def test_the_limit_of_memory_becomes_a_memory_error() -> None:
    code = (
        "from core.engine.service import limit_memory; import numpy as np; limit_memory(1)\n"
        "try: np.ones(1 << 28)\nexcept MemoryError: print('short')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "short"


def test_the_unexpected_is_told_with_its_traceback() -> None:
    replies: list[m.Reply] = []
    Worker(_Broken(), replies.append).handle(m.OpenPhoto(1, b"x"))
    failed = replies[-1]
    assert isinstance(failed, m.Failed)
    assert "ZeroDivisionError" in failed.message and "in load" in failed.details


def test_requests_out_of_place_say_so() -> None:
    replies: list[m.Reply] = []
    worker = Worker(FakeBackend(), replies.append)
    worker.handle(m.SelectFace(1, 0))
    worker.handle(m.Save(2, "/nowhere/x.png", smiling(0)))
    assert [type(r) for r in replies] == [m.Failed, m.Failed]
    worker, replies = _opened(FakeBackend())
    worker.handle(m.SelectFace(3, 5))
    assert isinstance(replies[-1], m.Failed) and "face 6" in replies[-1].message


def test_slots_are_lent_once_and_nothing_stays_behind() -> None:
    ring, writer = FrameRing(2), FrameWriter()
    first, second = ring.acquire(100), ring.acquire(3_000_000)
    assert first and second and ring.acquire(1) is None
    with pytest.raises(ValueError, match="does not fit"):
        writer.write(first, np.zeros((2000, 2000, 3), np.uint8))
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    writer.write(second, picture)
    frame = m.Frame(1, "photo", 4, 2, 3, False, 512, 1.0)
    assert np.array_equal(ring.read(second, frame)[0], picture)
    ring.release(first)
    assert ring.acquire(50) == first
    writer.close()
    ring.close()
    for slot in (first, second):
        with pytest.raises(FileNotFoundError):
            SharedMemory(slot.name)


def test_an_engine_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[bool] = []
    monkeypatch.setattr(EngineProcess, "__init__", lambda self, *_: None)
    monkeypatch.setattr(EngineProcess, "stop", lambda self: None)
    monkeypatch.setattr(EngineProcess, "kill", lambda self, hung=False: killed.append(hung))
    client = EngineClient(lambda *_: None, FakeBackend)
    client.start()
    client.check()
    assert not killed
    monkeypatch.setattr("core.engine.client.HUNG_SECONDS", -1.0)
    client.check()
    assert killed == [True]
    client.stop()


def test_deaths_count_only_without_a_picture_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EngineProcess, "__init__", lambda self, *_: None)
    monkeypatch.setattr(EngineProcess, "stop", lambda self: None)
    sent: list[Any] = []
    monkeypatch.setattr(EngineProcess, "send", lambda self, message: sent.append(message))
    client = EngineClient(lambda *_: None, FakeBackend)
    client.start()

    def death() -> Restarted:
        events = client.handle(client.life, m.Died(-9))
        assert isinstance(events[0], Restarted)
        return events[0]

    for yaw in range(20):
        client.wish(Wish(smiling(0, yaw), "model"))
        frame = m.Frame(sent[-1].id, "model", 8, 8, 3, False, 512, 1.0)
        assert isinstance(client.handle(client.life, frame)[0], Picture)
        assert not death().gave_up
    assert [death().gave_up for _ in range(3)] == [False, False, True]
    client.stop()
