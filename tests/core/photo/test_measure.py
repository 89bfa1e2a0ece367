"""Measuring edited photos of real people, and making requests come true."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.engine import messages as m
from core.engine.backend import PhotoBackend
from core.engine.inspection import Measure, Measured
from core.engine.worker import Worker
from core.rig.achieve import Search
from core.rig.table import get_value, set_values


@pytest.mark.parametrize(
    ("name", "target", "tolerance"), [("yaw", -15.0, 0.5), ("jawOpen", 0.4, 0.03)]
)
def test_what_is_wanted_is_measured_in_the_end(
    portraits: Path, name: str, target: float, tolerance: float
) -> None:
    replies: list[m.Reply] = []
    worker = Worker(PhotoBackend(), replies.append)
    worker.handle(m.OpenPhoto(1, str(portraits / "train" / "B000668.jpg")))
    worker.handle(m.SelectFace(2, 0))
    fitted = next(r for r in replies if isinstance(r, m.PhotoOpened)).faces[0].parameters

    def measured(parameters: m.FaceParameters) -> m.FaceParameters:
        worker.handle(Measure(3, parameters, fitted))
        reply = replies[-1]
        assert isinstance(reply, Measured) and reply.parameters
        # The same person, whatever was changed.
        assert reply.identity and reply.identity > 0.7
        return reply.parameters

    unedited = measured(fitted)
    assert get_value(unedited, name) == pytest.approx(get_value(fitted, name), abs=tolerance)
    search = Search(target, target, (-40.0, 40.0) if name == "yaw" else (0.0, 1.0), tolerance)
    while search.outcome is None:
        search.tell(get_value(measured(set_values(fitted, {name: search.request})), name))
    assert search.outcome.reason == ""
    assert search.outcome.measured == pytest.approx(target, abs=tolerance)
