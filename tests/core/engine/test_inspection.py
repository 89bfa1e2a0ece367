"""Small pictures and measurements: what comes back, and that nothing waits for them."""

from __future__ import annotations

import numpy as np
import pytest

from core.engine import messages as m
from core.engine.inspection import Measure, Measured, Preview, Previewed, measuring_size
from core.engine.service import Mailbox
from core.engine.worker import Worker
from tests.core.engine.fake import FakeBackend, PeopleBackend, smiling

NOISE = np.array([7.0], np.float32)


def _worker(backend: FakeBackend, photo: bytes = b"") -> tuple[Worker, list[m.Reply]]:
    replies: list[m.Reply] = []
    worker = Worker(backend, replies.append)
    if photo:
        worker.handle(m.OpenPhoto(1, photo))
        worker.handle(m.SelectFace(2, 0))
        replies.clear()
    return worker, replies


def _previewed(reply: m.Reply) -> np.ndarray:
    assert isinstance(reply, Previewed)
    return reply.picture


def test_previews_of_photo_person_and_model() -> None:
    worker, replies = _worker(PeopleBackend(), b"400x200, 2 faces")
    worker.handle(Preview(3, smiling(0.5, yaw=20), 48))
    picture = _previewed(replies[-1])
    assert picture.shape == (48, 48, 3) and np.all(picture == 120)
    worker.handle(m.ClosePhoto(4))
    worker.handle(Preview(5, smiling(0.5, yaw=20), 48, NOISE))
    picture = _previewed(replies[-1])
    assert picture.shape == (48, 48, 3) and tuple(picture[0, 0]) == (7, 120, 50)
    worker.handle(Preview(6, smiling(0.5, yaw=20), 48))
    assert _previewed(replies[-1]).shape == (48, 48, 4)


def test_a_photo_is_measured_against_the_unedited_face() -> None:
    worker, replies = _worker(FakeBackend(), b"400x200, 1 faces")
    worker.handle(Measure(3, smiling(0.2, yaw=30), smiling(0.2)))
    reply = replies[-1]
    assert isinstance(reply, Measured) and reply.parameters
    assert reply.parameters.pose[0] == pytest.approx(24)
    # The photo itself is drawn at 100, the edit 30 brighter.
    assert reply.identity == pytest.approx(np.cos(np.radians(30)), abs=1e-6)


def test_a_person_is_measured_against_their_own_picture() -> None:
    worker, replies = _worker(PeopleBackend())
    worker.handle(Measure(3, smiling(0.2, yaw=25), smiling(0.2, yaw=5), NOISE))
    reply = replies[-1]
    assert isinstance(reply, Measured)
    assert reply.identity == pytest.approx(np.cos(np.radians(20)), abs=1e-6)


def test_what_cannot_be_measured_says_why() -> None:
    worker, replies = _worker(FakeBackend())
    worker.handle(Measure(3, smiling(0.2), smiling(0.2)))
    assert isinstance(replies[-1], Measured) and "no photo or person" in replies[-1].reason
    worker, replies = _worker(FakeBackend(), b"400x200, 1 faces")
    worker.handle(Measure(3, smiling(0.2, yaw=40), smiling(0.2)))
    reply = replies[-1]
    assert isinstance(reply, Measured) and reply.parameters is None and "too far" in reply.reason


def test_small_faces_are_measured_in_larger_pictures() -> None:
    assert measuring_size((400, 400), (0, 0, 320, 320)) == 512
    assert measuring_size((4000, 3000), (0, 0, 1000, 1000)) == 2048
    assert measuring_size((4000, 3000), (0, 0, 10, 10)) == 2048


def test_closer_looks_wait_until_nothing_else_does() -> None:
    mailbox = Mailbox()
    requests = (
        Preview(1, smiling(0), 48), Measure(2, smiling(0), smiling(0)), m.ClosePhoto(3),
        m.NewPerson(4, 1, 0.5), Preview(5, smiling(0), 48), m.ClosePhoto(6),
    )  # fmt: skip
    assert not any(mailbox.put(request) for request in requests)
    order = [request.id for _ in requests if (request := mailbox.get())]
    assert order == [3, 4, 6, 1, 2, 5]
