"""The same job on a Ray cluster of one machine: the same files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.batch_kill import differences, finish, write_job
from core.errors import AssetError
from core.export.cluster import RayExecutor
from core.export.job import load_job
from core.export.plan import Plan
from core.export.records import Finished
from core.export.run import BatchRun


def test_a_local_cluster_makes_the_same_files(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    here, there = (write_job(tmp_path / name, 4) for name in ("here", "there"))
    finish(here, resume=False, workers=1)
    try:
        events = list(BatchRun(Plan(load_job(there)), RayExecutor(workers=2)).events())
    except AssetError as error:
        pytest.skip(f"Ray cannot start here: {error}")
    assert isinstance(events[-1], Finished)
    assert differences(here.parent / "out", there.parent / "out", ordered=False) == []


def test_without_ray_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    run = BatchRun(Plan(load_job(write_job(tmp_path / "a", 2))), RayExecutor())
    with pytest.raises(AssetError, match="pip install ray"):
        list(run.events())
    assert not list((tmp_path / "a" / "out").iterdir())
