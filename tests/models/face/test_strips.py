"""Strips cover a picture once, whatever the helpers do."""

import threading

import numpy as np
import pytest

from models.face import strips


@pytest.fixture(autouse=True)
def three_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strips, "thread_count", lambda: 3)


@pytest.mark.parametrize("height", [1, 40, 400])
@pytest.mark.parametrize("rows", [None, np.full(9, 7.0), np.linspace(-500, 900, 50)])
def test_each_row_is_done_once(height: int, rows: np.ndarray | None) -> None:
    done = np.zeros(height, int)

    def work(top: int, bottom: int) -> None:
        done[top:bottom] += 1

    strips.in_strips(work, height, rows)
    assert (done == 1).all()


def test_busy_helpers_are_not_waited_for() -> None:
    release = threading.Event()
    pool = strips._pool(3)
    blockers = [pool.submit(release.wait, 10) for _ in range(3)]
    workers = set()
    strips.in_strips(lambda top, bottom: workers.add(threading.get_ident()), 400)
    release.set()
    assert workers == {threading.get_ident()}
    assert all(b.result() for b in blockers)


def test_failures_come_out() -> None:
    def work(top: int, bottom: int) -> None:
        if bottom == 400:
            raise ValueError("the last strip")

    with pytest.raises(ValueError, match="the last strip"):
        strips.in_strips(work, 400)
    strips.in_strips(lambda top, bottom: None, 400)
