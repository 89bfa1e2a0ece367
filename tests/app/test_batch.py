"""The batch dialog: jobs, names, runs, failures, resuming, and the window meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QFileDialog, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.batch import JOB_NAME, BatchWork
from app.dialogs.batch import BatchDialog
from app.settings import Settings
from app.theme import Theme
from app.window import MainWindow
from core.export.job import (
    Control,
    Job,
    Outputs,
    People,
    Photos,
    SavedProject,
    Signing,
    load_job,
)
from core.export.records import Result, Task
from tests.app.conftest import WAIT_MS, Open


class SlowExecutor:
    """One worker that writes a line a picture after a while; those in `bad` fail.

    slept: seconds that it was waited for, of all together.
    """

    seconds = 0.02
    slept = 0.0
    bad: frozenset[int] = frozenset()

    def __init__(self, workers: int) -> None:
        self._out = Path()
        self._busy: tuple[Task, float] | None = None
        self.workers = workers

    def start(self, job: Job, most: int) -> int:
        self._out = job.out
        return 1

    def submit(self, worker: int, task: Task) -> None:
        self._busy = task, time.monotonic() + self.seconds

    def wait(self, seconds: float) -> list[tuple[int, Result | None]]:
        if not self._busy or self._busy[1] > time.monotonic() + seconds:
            self._sleep(seconds)
            return []
        task, ready = self._busy
        self._sleep(max(ready - time.monotonic(), 0))
        self._busy = None
        if task.item.index in self.bad:
            return [(0, Result(task.item.index, reason="It is no picture; use another."))]
        (self._out / f"{task.item.name}.png").write_text(str(task.item.controls))
        return [(0, Result(task.item.index, {f"{task.item.name}.png": "0"}))]

    def close(self) -> None:
        self._busy = None

    @classmethod
    def _sleep(cls, seconds: float) -> None:
        cls.slept += seconds
        time.sleep(seconds)


@pytest.fixture(autouse=True)
def plain_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with a worker without faults."""
    monkeypatch.setattr(SlowExecutor, "bad", frozenset())
    monkeypatch.setattr(SlowExecutor, "seconds", 0.02)


@pytest.fixture
def make(qtbot: QtBot, theme: Theme, settings: Settings) -> Iterator[Callable[[], BatchDialog]]:
    """Dialogs over slow executors."""
    works: list[BatchWork] = []

    def made() -> BatchDialog:
        works.append(BatchWork(None, SlowExecutor))
        dialog = BatchDialog(works[-1], theme, settings, lambda: None)
        qtbot.addWidget(dialog)
        dialog.open_with()
        return dialog

    yield made
    for work in works:
        work.close()


def people(dialog: BatchDialog, out: Path, count: int) -> None:
    """So many people without data sets."""
    dialog.form.show_job(
        Job(People(count), out, outputs=Outputs(sidecar=False), names="{index:03d}")
    )


def shows(dialog: BatchDialog, qtbot: QtBot, text: str) -> None:
    qtbot.waitUntil(lambda: text in dialog.form.shown.text(), timeout=WAIT_MS)


def finished(dialog: BatchDialog, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: not dialog.work.running, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not dialog.cancel.isVisible(), timeout=WAIT_MS)
    return dialog.progress.line.text()


def test_the_job_is_what_the_form_says(
    make: Callable[[], BatchDialog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = make()
    job = Job(
        Photos((tmp_path,)), tmp_path / "out", 5,
        {"yaw": Control("grid", (-30.0, 0.0, 30.0)), "light": Control("choice", ("studio",)),
         "frontalise": Control("fixed", (True,)), "strength": Control("uniform", (0.5, 1.0))},
        2, True, Outputs("webp", 256, True, True, True, True, True, True, True, "glb"),
        ("metadata", "cameras", "coco", "webdataset"), "{stem}_{yaw:.0f}",
    )  # fmt: skip
    dialog.form.show_job(job)
    assert dialog.form.job() == job
    path = tmp_path / "job.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    dialog.save_job.click()
    assert load_job(path) == job
    people(dialog, tmp_path, 3)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    dialog.load_job.click()
    assert dialog.form.job() == job
    dialog.form.show_job(Job(People(seeds=(3, 5)), tmp_path / "o"))
    assert dialog.form.job().input == People(seeds=(3, 5))
    dialog.form.show_job(Job(SavedProject(path), tmp_path / "o"))
    assert dialog.form.job().input == SavedProject(path)


def test_the_settings_go_into_the_job(
    make: Callable[[], BatchDialog], settings: Settings, tmp_path: Path
) -> None:
    """What a file says of itself begins as the settings have it; a loaded job has its own way."""
    plain, signed = make(), Signing(tmp_path / "c.pem", tmp_path / "k.pem")
    assert plain.form.outputs.sign.isHidden() and plain.form.outputs.signing() is None
    settings.change(
        embed_settings=False, certificate=str(signed.certificate), private_key=str(signed.key)
    )
    for dialog in (plain, make()):
        dialog.form.out.setText(str(tmp_path / "out"))
        job = dialog.form.job()
        assert job.sign == signed and not job.outputs.embed_settings
        assert not dialog.form.outputs.sign.isHidden()
        settings.set_folder("open", str(tmp_path))
        own = Job(People(1), tmp_path / "o", sign=Signing(tmp_path / "d.pem", tmp_path / "e.pem"))
        dialog.form.show_job(own)
        assert dialog.form.job() == own
        dialog.form.outputs.sign.setChecked(False)
        assert dialog.form.job().sign is None


def test_controls_are_found_by_any_part_of_their_name(make: Callable[[], BatchDialog]) -> None:
    variations = make().form.variations
    for typed, name in (("yaw", "yaw"), ("jawopen", "jawOpen"), ("light pre", "light")):
        QTest.keyClicks(variations.finder, typed)
        QTest.keyClick(variations.finder, Qt.Key.Key_Return)
        assert variations.rows[-1].name == name and variations.finder.text() == ""
    assert variations.edits()["yaw"] == Control("uniform", (-40.0, 40.0))
    variations.rows[0].values.setText("−30; 0, 30")
    variations.rows[0].kind.setCurrentIndex(1)
    assert variations.edits()["yaw"] == Control("grid", (-30.0, 0.0, 30.0))
    variations.rows[0].removed.emit()
    assert list(variations.edits()) == ["jawOpen", "light"]


def test_names_and_faults_show_while_typing(
    make: Callable[[], BatchDialog], qtbot: QtBot, tmp_path: Path
) -> None:
    dialog = make()
    shows(dialog, qtbot, "Choose a folder to write to")
    people(dialog, tmp_path / "out", 12)
    dialog.form.names.setText("{index:03d}_{yaw:.0f}")
    row = dialog.form.variations.add("yaw", Control("grid", (-5.0, 5.0)))
    shows(dialog, qtbot, "24 pictures: 000_-5.png, 001_5.png, 002_-5.png, …")
    assert dialog.start.isEnabled()
    for text, fault in (("5, x", "write a number"), ("200", "give -90 to 90"), ("", "no value")):
        row.values.setText(text)
        shows(dialog, qtbot, fault)
        assert not dialog.start.isEnabled()
    row.values.setText("5")
    for name, fault in (("{nose}", "knows no"), ("{date}", "a batch cannot use")):
        dialog.form.names.setText(name)
        shows(dialog, qtbot, fault)


def test_a_run_its_failures_and_retry(
    make: Callable[[], BatchDialog], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlowExecutor, "bad", frozenset({2, 4}))
    dialog, out = make(), tmp_path / "out"
    people(dialog, out, 6)
    shows(dialog, qtbot, "6 pictures")
    dialog.start.click()
    assert dialog.cancel.isVisible() and not dialog.form.isEnabled()
    assert "4 pictures" in finished(dialog, qtbot) and dialog.progress.bar.value() == 10_000
    table = dialog.progress.failures
    rows = [[table.item(r, c).text() for c in (0, 1)] for r in range(table.rowCount())]  # type: ignore[union-attr]
    assert len(rows) == 2 and rows[0][0].startswith("person-")
    assert rows[0][1] == "It is no picture; use another."
    shows(dialog, qtbot, "4 done, 2 failed")
    assert dialog.retry.isVisible() and not dialog.start.isEnabled()
    # Another window, another day: the folder knows what is missing.
    other = make()
    other.form.out.setText(str(out))
    qtbot.waitUntil(lambda: other.progress.failures.rowCount() == 2, timeout=WAIT_MS)
    monkeypatch.setattr(SlowExecutor, "bad", frozenset({4}))
    other.retry.click()
    finished(other, qtbot)
    shows(other, qtbot, "5 done, 1 failed")
    assert other.progress.failures.rowCount() == 1
    assert len(list(out.glob("*.png"))) == 5


def test_the_folder_of_a_finished_run_can_be_shown(
    make: Callable[[], BatchDialog], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    dialog, out = make(), tmp_path / "my out"
    people(dialog, out, 2)
    dialog.start_run()
    button = dialog.progress.show_folder
    assert not button.isVisible()
    assert finished(dialog, qtbot) == f"Done: 2 pictures in {out}." and button.isVisible()
    button.click()
    assert [url.toLocalFile() for url in opened] == [str(out)]


def test_cancel_is_quick_and_resume_goes_on(
    make: Callable[[], BatchDialog], qtbot: QtBot, tmp_path: Path
) -> None:
    dialog, out = make(), tmp_path / "out"
    people(dialog, out, 300)
    shows(dialog, qtbot, "300 pictures")
    dialog.start.click()
    qtbot.waitUntil(lambda: "a second" in dialog.progress.line.text(), timeout=WAIT_MS)
    assert " left" in dialog.progress.line.text()
    # What was worked and waited: on a machine of its own, the time that it took.
    start = time.process_time() + SlowExecutor.slept
    dialog.cancel.click()
    qtbot.waitUntil(lambda: not dialog.work.running, timeout=WAIT_MS)
    assert time.process_time() + SlowExecutor.slept - start < 0.25
    assert "Cancelled" in finished(dialog, qtbot)
    made = {p: p.stat().st_mtime_ns for p in out.glob("*.png")}
    assert 0 < len(made) < 300 and not list(out.glob(".mien-*"))
    # Another window, another day: the folder alone is enough.
    other = make()
    other.form.out.setText(str(out))
    shows(other, qtbot, f"This folder holds a batch, {len(made)} done")
    SlowExecutor.seconds = 0.0
    other.resume.click()
    finished(other, qtbot)
    shows(other, qtbot, "300 done: choose another folder for the next one.")
    assert len(list(out.glob("*.png"))) == 300
    assert all(p.stat().st_mtime_ns == t for p, t in made.items())


def test_a_run_that_cannot_begin_says_why(
    make: Callable[[], BatchDialog], qtbot: QtBot, tmp_path: Path
) -> None:
    dialog, out = make(), tmp_path / "out"
    people(dialog, out, 3)
    shows(dialog, qtbot, "3 pictures")
    out.mkdir()
    (out / "001.png").write_text("mine")
    dialog.start.click()
    assert "exists already" in finished(dialog, qtbot)
    assert (out / "001.png").read_text() == "mine" and not (out / "000.png").exists()


def test_what_was_run_is_remembered(
    make: Callable[[], BatchDialog], qtbot: QtBot, tmp_path: Path
) -> None:
    dialog, out = make(), tmp_path / "out"
    people(dialog, out, 2)
    dialog.form.variations.add("jawOpen")
    dialog.start_run()
    finished(dialog, qtbot)
    again = make()
    assert list(again.form.variations.edits()) == ["jawOpen"]
    assert again.form.names.text() == "{index:03d}" and again.form.out.text() == ""


def test_it_fits_a_low_screen(make: Callable[[], BatchDialog], qtbot: QtBot) -> None:
    dialog = make()
    for name in ("yaw", "pitch", "jawOpen", "light"):
        dialog.form.variations.add(name)
    dialog.progress.begin()
    dialog.progress.add_failure("a.jpg", "No face was found.")
    dialog.progress.show()
    dialog.resize(800, 600)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert dialog.height() == 600
    assert dialog.rect().contains(dialog.start.geometry())


def test_every_control_has_a_name(make: Callable[[], BatchDialog]) -> None:
    dialog = make()
    dialog.form.variations.add("yaw")
    for kind in range(3):
        dialog.form.input.kind.setCurrentIndex(kind)
        for widget in dialog.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                inside = isinstance(widget.parent(), QAbstractSpinBox)
                named = widget.accessibleName() or getattr(widget, "text", str)()
                assert inside or named, widget


def test_the_document_is_an_input_and_the_window_stays_usable(
    window: MainWindow, open_photo: Open, qtbot: QtBot, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    open_photo()
    window.editor.set_values({"yaw": 30}, "Yaw")
    window.actions_["batch"].trigger()
    dialog = window.batching.dialog
    assert dialog and not dialog.isModal()
    # With a photo in the window the first batch is one of photos, until another is chosen.
    assert dialog.form.input.kind.currentIndex() == 0
    dialog.work._make_executor = SlowExecutor
    out = tmp_path / "out"
    dialog.form.out.setText(str(out))
    dialog.form.input.kind.setCurrentIndex(1)
    dialog.form.draws.setValue(200)
    dialog.start_run()
    qtbot.waitUntil(lambda: "a second" in dialog.progress.line.text(), timeout=WAIT_MS)
    from core.document.project import read_project

    job = load_job(out / JOB_NAME)
    assert job.input == SavedProject(out / "anna.mien")
    project = read_project(out / "anna.mien")
    assert project.photo == b"400x300, 1 faces" and project.edits[0].parameters.pose[0] == 30
    window.editor.set_values({"yaw": 10}, "Yaw")
    assert window.editor.value("yaw") == 10
    asked: list[str] = []

    def question(*texts: object) -> QMessageBox.StandardButton:
        asked.append(str(texts[2]))
        return QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", question)
    window.close()
    assert asked and "can be resumed" in asked[0] and window.isVisible()
    dialog.close()
    dialog.work.cancel()
    qtbot.waitUntil(lambda: bool(window.messages.messages()), timeout=WAIT_MS)
    assert "Resume goes on" in window.messages.messages()[-1].text


def test_a_small_real_run(qtbot: QtBot, theme: Theme, settings: Settings, tmp_path: Path) -> None:
    """Processes of their own draw the face model."""
    work = BatchWork()
    dialog = BatchDialog(work, theme, settings, lambda: None)
    qtbot.addWidget(dialog)
    out = tmp_path / "out"
    dialog.form.show_job(
        Job(
            People(2), out, 3, {"method": Control("fixed", ("model",)),
            "yaw": Control("grid", (-20.0, 20.0))}, outputs=Outputs(size=64),
            datasets=("metadata",), names="{index:03d}_{yaw:.0f}",
        )
    )  # fmt: skip
    dialog.form.workers.setValue(1)
    dialog.start_run()
    qtbot.waitUntil(lambda: not work.running, timeout=120_000)
    assert "4 pictures" in finished(dialog, qtbot)
    assert sorted(p.name for p in out.glob("*.png")) == [
        "000_-20.png", "001_20.png", "002_-20.png", "003_20.png"
    ]  # fmt: skip
    lines = (out / "metadata.jsonl").read_text().splitlines()
    assert json.loads(lines[0])["file_name"] == "000_-20.png" and len(lines) == 4
    work.close()
