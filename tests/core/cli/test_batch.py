"""`batch`: what it says while a run goes on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from core.cli.batch import _told
from core.export.records import Event, Finished, ItemFailed, Progress, Started


def test_a_photo_that_fails_with_all_its_items_is_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    end = Progress(total=5, done=1, failed=4)
    failures = [("a.jpg", "a.jpg is empty."), ("b.jpg", "No face."), ("c.jpg", "No face.")]
    events: list[Event] = [Started(Progress(total=5), 1)]
    events += [ItemFailed(end, 0, *told) for told in failures for _ in range(3)]
    run: Any = SimpleNamespace(
        events=lambda: [*events, Finished(end)],
        plan=SimpleNamespace(job=SimpleNamespace(out="out")),
    )
    assert _told(run) == 1
    said = capsys.readouterr()
    assert "5 of 5 items to make, 1 worker." in said.out
    told = said.err.splitlines()
    assert told[:3] == ["mien: a.jpg is empty.", "mien: b.jpg: No face.", "mien: c.jpg: No face."]
    assert len(told) == 4 and "4 of 5 items failed" in told[3]
