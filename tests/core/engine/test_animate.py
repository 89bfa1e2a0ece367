"""Animations of the engine: frame after frame, answering others in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from core.engine import messages as m
from core.engine.service import Mailbox
from core.engine.worker import Worker
from tests.core.engine.fake import FakeBackend, FakePortrait, smiling

SWEEP = m.Timeline(20, 5).swept("yaw", 0, 40)


class _People(FakeBackend):
    """One with a generator."""

    def __init__(self) -> None:
        super().__init__()
        self.portrait = FakePortrait()


def _worker(
    meanwhile: Callable[[], None] = lambda: None, cancelled: Callable[[int], bool] = lambda _: False
) -> tuple[Worker, list[m.Reply]]:
    """A worker with a photo of one face."""
    replies: list[m.Reply] = []
    worker = Worker(_People(), replies.append, cancelled, meanwhile)
    worker.handle(m.OpenPhoto(1, b"400x200, 1 faces"))
    worker.handle(m.SelectFace(2, 0))
    replies.clear()
    return worker, replies


def _first_pixels(folder: Path) -> list[list[int]]:
    return [np.asarray(Image.open(f))[0, 0].tolist() for f in sorted(folder.iterdir())]


def test_frames_of_a_photo_with_progress(tmp_path: Path) -> None:
    worker, replies = _worker()
    worker.handle(m.Animate(3, str(tmp_path / "turn"), SWEEP, smiling(0.0), 100))
    assert replies[-1] == m.Saved(3, str(tmp_path / "turn"))
    assert [p[0] for p in _first_pixels(tmp_path / "turn")] == [100, 110, 120, 130, 140]
    assert Image.open(tmp_path / "turn" / "0001.png").size == (100, 50)
    progress = [r for r in replies if isinstance(r, m.Progress)]
    assert [p.fraction for p in progress] == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert progress[3].text.startswith("3 of 5 frames, ")


def test_frames_of_a_person(tmp_path: Path) -> None:
    worker, replies = _worker()
    noise = np.array([7, 1], np.float32)
    worker.handle(m.Animate(3, str(tmp_path / "who.gif"), SWEEP, smiling(0.0), 48, noise))
    assert isinstance(replies[-1], m.Saved)
    image = Image.open(tmp_path / "who.gif")
    assert image.size == (48, 48) and image.n_frames == 5  # type: ignore[attr-defined]


def test_another_photo_may_be_opened_meanwhile(tmp_path: Path) -> None:
    waiting = [m.ClosePhoto(9)]
    worker, replies = _worker(lambda: worker.handle(waiting.pop()) if waiting else None)
    worker.handle(m.Animate(3, str(tmp_path / "turn"), SWEEP, smiling(0.0), 100))
    assert replies[0] == m.Done(9)
    assert [p[0] for p in _first_pixels(tmp_path / "turn")] == [100, 110, 120, 130, 140]


def test_cancel_between_frames_leaves_no_file(tmp_path: Path) -> None:
    worker, replies = _worker(cancelled=lambda i: i == 3 and len(replies) == 3)
    worker.handle(m.Animate(3, str(tmp_path / "a.gif"), SWEEP, smiling(0.0), 100))
    assert replies[-1] == m.Cancelled(3)
    assert not list(tmp_path.iterdir())


def test_without_a_face_it_says_so(tmp_path: Path) -> None:
    worker, replies = _worker()
    worker.handle(m.OpenPhoto(4, b"400x200, 0 faces"))
    worker.handle(m.Animate(5, str(tmp_path / "a.gif"), SWEEP, smiling(0.0), 100))
    assert isinstance(replies[-1], m.Failed) and "choose or draw one" in replies[-1].message


def test_other_requests_pass_a_waiting_animation() -> None:
    mailbox = Mailbox()
    mailbox.put(m.Animate(1, "a.gif", SWEEP, smiling(0.0), 100))
    mailbox.put(m.ClosePhoto(2))
    assert mailbox.poll(m.Animate) == m.ClosePhoto(2)
    assert mailbox.poll(m.Animate) is None
    left = mailbox.get()
    assert left is not None and left.id == 1
