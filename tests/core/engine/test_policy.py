"""The render policy as a state machine."""

from __future__ import annotations

import subprocess
import sys

from core.engine.policy import MOVING_SIZE, RenderPolicy, Wish
from tests.core.engine.fake import smiling


def test_equal_wishes_are_skipped() -> None:
    policy = RenderPolicy()
    policy.wish(Wish(smiling(0.3), full_size=900))
    assert policy.next() is not None
    policy.finished(10, 900 * 600)
    policy.wish(Wish(smiling(0.3), full_size=900))
    assert policy.next() is None
    policy.wish(Wish(smiling(0.3), full_size=900, overlay="shaded"))
    assert policy.next() is not None


def test_low_while_moving_then_full_once() -> None:
    policy = RenderPolicy()
    sizes = []
    for step, moving in ((0.1, True), (0.2, True), (0.2, False), (0.2, False)):
        policy.wish(Wish(smiling(step), full_size=1600), moving)
        if todo := policy.next():
            sizes.append(todo[1])
            policy.finished(5, 512 * 512)
    assert sizes == [MOVING_SIZE, MOVING_SIZE, 2048]


def test_one_under_way_and_the_newest_next() -> None:
    policy = RenderPolicy()
    for amount in (0.1, 0.2, 0.3):
        policy.wish(Wish(smiling(amount)), moving=True)
        policy.next()
    policy.finished(5, 1)
    todo = policy.next()
    assert todo is not None and todo[0].key() == Wish(smiling(0.3)).key()


def test_failure_does_not_loop_and_cancellation_repeats() -> None:
    policy = RenderPolicy()
    policy.wish(Wish(smiling(0.1)))
    policy.next()
    policy.lost(retry=True)
    assert policy.next() is not None
    policy.lost(retry=False)
    assert policy.next() is None


def test_slow_machines_get_smaller_full_pictures() -> None:
    policy = RenderPolicy()
    policy.wish(Wish(smiling(0.1), full_size=2048))
    policy.next()
    policy.finished(4000, 2048 * 2048)
    policy.wish(Wish(smiling(0.2), full_size=2048))
    todo = policy.next()
    assert todo is not None and MOVING_SIZE <= todo[1] < 1000


def test_the_window_side_is_light() -> None:
    """Importing it brings no torch, Qt, numba or OpenCV along."""
    code = (
        "import sys, core.engine.client, core.document.project; "
        "print([n for n in ('torch', 'PySide6', 'numba', 'cv2', 'scipy') if n in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
