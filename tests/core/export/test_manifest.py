"""The manifest: appended, cut at a torn line, held by one run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import JobError, OutputError
from core.export.manifest import NAME, Manifest


def _record(index: int, status: str = "done") -> dict[str, object]:
    return {"index": index, "name": f"n{index}", "status": status}


def test_what_was_recorded_is_there_again(tmp_path: Path) -> None:
    manifest = Manifest.begin(tmp_path, {"job": 1})
    for record in (_record(2), _record(0, "failed"), _record(1, "failed"), _record(1)):
        manifest.add(record)
    manifest.close()
    again = Manifest.resume(tmp_path)
    assert again.header == {"job": 1}
    assert (again.done, again.failed) == ({1, 2}, {0})
    assert [r["name"] for r in again.records()] == ["n1", "n2"]
    again.close()


def test_a_torn_line_is_dropped_wherever_it_was_torn(tmp_path: Path) -> None:
    manifest = Manifest.begin(tmp_path, {"job": 1})
    manifest.add(_record(0))
    manifest.close()
    path = tmp_path / NAME
    whole = path.read_bytes()
    manifest = Manifest.resume(tmp_path)
    manifest.add(_record(1))
    manifest.close()
    both = path.read_bytes()
    for length in range(len(whole), len(both)):
        path.write_bytes(both[:length])
        cut = Manifest.resume(tmp_path)
        assert cut.done == {0}
        cut.add(_record(1))
        cut.close()
        assert path.read_bytes() == both


def test_a_second_run_is_refused(tmp_path: Path) -> None:
    manifest = Manifest.begin(tmp_path, {})
    with pytest.raises(JobError, match="Another run works"):
        Manifest.resume(tmp_path)
    with pytest.raises(JobError, match="holds a batch already"):
        Manifest.begin(tmp_path, {})
    manifest.close()
    Manifest.resume(tmp_path).close()


def test_damage_and_absence_are_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="no batch to resume"):
        Manifest.resume(tmp_path)
    (tmp_path / NAME).write_text('{"job": 1}\n[3]\n')
    with pytest.raises(JobError, match="damaged"):
        Manifest.resume(tmp_path)


def test_a_full_disk_leaves_a_whole_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Manifest.begin(tmp_path, {})
    manifest.add(_record(0))
    whole = (tmp_path / NAME).read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="make room"):
            manifest.add(_record(1))
    assert (tmp_path / NAME).read_bytes() == whole and manifest.done == {0}
    manifest.add(_record(1))
    manifest.close()
