"""Items of a job: every combination, drawn by seed and index alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import JobError
from core.export.job import Control, Job, Outputs, People, Photos
from core.export.plan import Plan

DRAWN = {
    "yaw": Control("uniform", (-20.0, 20.0)),
    "pitch": Control("normal", (0.0, 100.0)),
    "light": Control("choice", ("studio", "left", "right")),
}


def _job(**changes: object) -> Job:
    return Job(**({"input": People(4), "out": Path("out")} | changes))  # type: ignore[arg-type]


def test_grids_meet_and_draws_repeat() -> None:
    edits = {
        "yaw": Control("grid", (-10.0, 10.0)),
        "expression": Control("grid", ("neutral", "smile", "sad")),
        "jawOpen": Control("uniform", (0.0, 1.0)),
    }
    plan = Plan(_job(edits=edits, draws=2))
    assert len(plan) == 4 * 6 * 2
    items = [plan.item(i) for i in range(len(plan))]
    combinations = {(i.source, i.controls["yaw"], i.controls["expression"]) for i in items}
    assert len(combinations) == 24
    assert len({i.controls["jawOpen"] for i in items}) == len(items)
    assert len({i.name for i in items}) == len(items)
    with pytest.raises(IndexError):
        plan.item(len(plan))


def test_an_item_depends_on_seed_and_index_alone() -> None:
    few, many = Plan(_job(edits=DRAWN)), Plan(_job(edits=DRAWN, input=People(400)))
    assert [few.item(i) for i in range(4)] == [many.item(i) for i in range(4)]
    assert few.sources == many.sources[:4]
    other = Plan(_job(edits=DRAWN, seed=1))
    assert other.item(0).controls != few.item(0).controls
    assert other.sources != few.sources


def test_draws_follow_their_distribution() -> None:
    plan = Plan(_job(edits=DRAWN, input=People(seeds=(1,)), draws=2000))
    items = [plan.item(i).controls for i in range(2000)]
    yaw = np.array([float(i["yaw"]) for i in items])
    assert yaw.min() >= -20 and yaw.max() <= 20
    assert abs(yaw.mean()) < 1 and abs(yaw.std() - 40 / np.sqrt(12)) < 0.5
    pitch = np.array([float(i["pitch"]) for i in items])
    assert pitch.min() == -60 and pitch.max() == 60  # held in the hard range
    counts = np.unique([str(i["light"]) for i in items], return_counts=True)[1]
    assert len(counts) == 3 and counts.min() > 550


def test_no_person_comes_twice() -> None:
    plan = Plan(_job(input=People(100_000)))
    assert len({s.seed for s in plan.sources}) == 100_000


def test_folders_are_opened_and_files_kept(tmp_path: Path) -> None:
    for name in ("b.JPG", "a.png", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    missing = tmp_path / "missing.jpg"
    plan = Plan(_job(input=Photos((tmp_path, missing)), out=tmp_path / "out"))
    assert [s.name for s in plan.sources] == ["a.png", "b.JPG", "missing.jpg"]
    with pytest.raises(JobError, match="a folder of its own"):
        Plan(_job(input=Photos((tmp_path,)), out=tmp_path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(JobError, match="no photo in"):
        Plan(_job(input=Photos((tmp_path / "empty",))))


def test_several_folders_follow_each_other(tmp_path: Path) -> None:
    """Photos of one name are told apart, and those named twice come once."""
    for name in ("b/one.jpg", "b/two.jpg", "a/one.png", "a/One.jpg", "a/two.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    folders = (
        tmp_path / "b",
        tmp_path / "a",
        tmp_path / "b" / "two.jpg",
        tmp_path / "a" / ".." / "b",
    )
    plan = Plan(_job(input=Photos(folders), out=tmp_path / "out", names="{stem}"))
    assert [s.name for s in plan.sources] == [
        "one.jpg", "b/two.jpg", "One.jpg", "one.png", "a/two.jpg"
    ]  # fmt: skip
    assert [s.path and s.path.parent.name for s in plan.sources] == ["b", "b", "a", "a", "a"]
    assert list(plan.preview(9)) == ["one", "two", "One-2", "one-3", "two-2"]
    turned = Plan(_job(input=Photos(folders[1::-1]), out=tmp_path / "out"))
    assert [s.name for s in turned.sources] == [
        "One.jpg", "one.png", "a/two.jpg", "one.jpg", "b/two.jpg"
    ]  # fmt: skip


def test_names_come_from_the_template(tmp_path: Path) -> None:
    edits = {"yaw": Control("grid", (-5.0, 5.0))}
    job = _job(
        input=People(seeds=(9,)), edits=edits, names="{stem}_{yaw:+.0f}", out=tmp_path,
        outputs=Outputs(mask=True),
    )  # fmt: skip
    plan = Plan(job)
    assert list(plan.preview(10)) == ["person-9_-5", "person-9_+5"]
    assert plan.existing() is None
    (tmp_path / "PERSON-9_+5.mask.png").write_bytes(b"")
    found = plan.existing()
    assert found is not None and found.name == "person-9_+5.mask.png"


def test_too_much_is_refused() -> None:
    grid = Control("grid", tuple(float(v) for v in range(40)))
    edits = dict.fromkeys(("yaw", "pitch", "roll"), grid)
    with pytest.raises(JobError, match="fewer draws or shorter grids"):
        Plan(_job(edits=edits, input=People(100)))
