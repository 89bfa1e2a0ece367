"""Batches with real processes: killed, cancelled, on several workers, by the command."""

from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.batch import resident
from benchmarks.batch_kill import differences, finish, kill_often, write_job
from core.cli import main
from core.export.executors import ProcessExecutor, most_workers
from core.export.job import Control, Job, Outputs, People
from core.export.plan import Plan
from core.export.records import ItemDone, Stopped, Task
from core.export.run import BatchRun
from core.export.workshop import Workshop
from core.portrait.runtime import Runtime
from models.face.parameters import FaceParameters
from models.networks.generator_store import save_generator
from tests.core.portrait.small import small_generator

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("batch-*.json"))
MODEL = {"method": Control("fixed", ("model",))}


def test_killed_batches_end_as_uninterrupted_ones_do(tmp_path: Path) -> None:
    """On other numbers of workers, too: nothing but seed and index counts."""
    whole, killed = (write_job(tmp_path / name, 12) for name in ("whole", "killed"))
    finish(whole, resume=False, workers=1)
    found = kill_often(killed, 12, 4, workers=2)
    assert found.redone <= 2
    assert differences(whole.parent / "out", killed.parent / "out", ordered=False) == []


def test_one_worker_makes_what_two_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By every method, though each of the two looks for the face in the generator itself."""
    shipped = Runtime.load(exact=True)
    person = shipped.draw(FaceParameters(), np.zeros(shipped.spec.noise, np.float32), final=True)
    large = cv2.resize(person, (320, 320), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "anna.png"), large[..., ::-1])
    small, weights = small_generator(), tmp_path / "small.safetensors"
    save_generator(weights, small.generator, small.encoder, small.noise_prior, "untrained")
    monkeypatch.setenv("MIEN_GENERATOR", str(weights))
    job = {
        "format": "mien-batch", "version": 1, "input": {"photos": [str(tmp_path / "anna.png")]},
        "edits": {"method": {"grid": ["photo", "generator", "hybrid"]}, "yaw": {"grid": [-20, 25]}},
        "outputs": {"mask": True, "depth": True, "normals": True},
    }  # fmt: skip
    for workers in (1, 2):
        path = tmp_path / f"{workers}.json"
        path.write_text(json.dumps(job | {"out": f"out{workers}"}))
        finish(path, resume=False, workers=workers)
    one, two = (tmp_path / f"out{workers}" for workers in (1, 2))
    assert len(list(one.glob("*[0-9].png"))) == 6
    assert differences(one, two, ordered=False) == []


def test_no_more_workers_than_items(tmp_path: Path) -> None:
    executor = ProcessExecutor(most_workers())
    try:
        assert executor.start(Job(People(1), tmp_path), most=1) == 1
    finally:
        executor.close()


def test_more_processes_than_the_machine_holds_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_job(tmp_path / "job", 1)
    assert main(["batch", str(path), "--workers", str(most_workers() + 1)]) == 2
    assert f"from 1 to {most_workers()}" in capsys.readouterr().err


def test_cancel_is_quick_and_leaves_whole_files(tmp_path: Path) -> None:
    job = Job(People(500), tmp_path / "out", edits=MODEL, outputs=Outputs(size=32))
    waits: list[float] = []
    # 50 ms is usual and 250 the promise; a machine with other work may miss it once.
    while not waits or (waits[-1] > 0.25 and len(waits) < 4):
        run = BatchRun(Plan(job), ProcessExecutor(1), resume=bool(waits))
        cancelled = 0.0
        for event in run.events():
            if isinstance(event, ItemDone) and not cancelled:
                run.cancel()
                cancelled = time.monotonic()
        waits.append(time.monotonic() - cancelled)
        assert isinstance(event, Stopped) and event.reason == ""
        names = {p.name.split(".")[0] for p in job.out.iterdir()} - {"manifest"}
        assert event.progress.done <= len(names) <= event.progress.done + 1
    assert waits[-1] < 0.25
    assert not list(job.out.glob(".*"))
    for path in job.out.glob("*.json"):
        json.loads(path.read_text())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_can_be_planned(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", str(path), "--preview"]) in (0, 2)
    said = capsys.readouterr()
    # Their photos and projects are yours: of those that miss, the reason is told.
    assert "items of" in said.out or "does not exist" in said.err or "no photo" in said.err


def test_the_example_runs_and_says_what_it_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = tmp_path / "job.json"
    shutil.copy(ROOT / "docs" / "examples" / "batch-model.json", job)
    assert main(["batch", str(job), "--workers", "1"]) == 0
    said = capsys.readouterr().out
    assert "8 of 8 items to make" in said and "8 items in" in said
    out = tmp_path / "faces"
    assert len(list(out.glob("*.mask.png"))) == 8 and (out / "shards" / "000000.tar").is_file()
    assert main(["batch", str(job)]) == 2
    assert "holds a batch already" in capsys.readouterr().err
    assert main(["batch", str(job), "--resume"]) == 0


def test_bad_jobs_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "job.json"
    path.write_text('{"format": "mien-batch"}')
    for options in ([], ["--resume"], ["--workers", "0"]):
        assert main(["batch", str(path), *options]) == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's figures")
def test_memory_stays_flat(tmp_path: Path) -> None:
    job = Job(People(240), tmp_path / "out", edits=MODEL, outputs=Outputs(size=16))
    job.out.mkdir()
    plan, workshop, sizes = Plan(job), Workshop(job), []
    for index in range(len(plan)):
        item = plan.item(index)
        assert not workshop.make(Task(item, plan.sources[item.source])).reason
        if index >= 80:
            sizes.append(resident(os.getpid()))
    # A leak grows in every stretch; a pool that other code in this process fills grows in one.
    stretches = np.split(np.asarray(sizes, float), 4)
    slope = min(np.polyfit(np.arange(len(part)), part, 1)[0] for part in stretches)
    assert slope * 10_000 < 100 * 2**20  # bytes over ten thousand items
