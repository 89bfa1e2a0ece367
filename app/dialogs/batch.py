"""Many pictures at once: what goes in, what moves, what comes out; the run and its failures."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.batch import JOB_NAME, BatchWork, Order, Outlook
from app.dialogs.batch_form import BatchForm, Document
from app.dialogs.batch_input import PHOTOS
from app.dialogs.batch_progress import BatchProgress, progress_text
from app.settings import Settings
from app.theme import Theme
from core.errors import MienError
from core.export.job import Job, Signing, job_from_json, job_to_json, load_job
from core.export.records import Event, Finished, ItemFailed, Stopped, WritingData
from core.files import write_file

SIZE = (800, 580)
# Of a screen's height, for the bar of the window and of the system.
_AROUND = 90
_LEAST_FORM = 220
_PATIENCE_MS = 200


class BatchDialog(QDialog):
    """Stays open beside the window while a batch runs. document: the window's, if it has one."""

    runEnded = Signal(str)

    def __init__(
        self,
        work: BatchWork,
        theme: Theme,
        settings: Settings,
        document: Callable[[], Document | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Batch export")
        self.resize(SIZE[0], min(SIZE[1], self.screen().availableGeometry().height() - _AROUND))
        self.work = work
        self._settings = settings
        # Nothing is wrong with a form that nobody has touched yet.
        self._touched = False
        self._ending = ("", "")
        self._out = ""
        self._outlook = Outlook(0)
        self._followed: tuple[object, ...] = ()
        self.form = BatchForm(theme, settings.folder("open"), document)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._look)
        self.progress = BatchProgress()
        self.progress.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addWidget(self._scrolled(self.form), 1)
        column.addWidget(self.progress)
        column.addLayout(self._make_buttons())
        work.told.connect(self._told)
        work.ended.connect(self._ended)
        work.looked.connect(self._looked)
        self.form.changed.connect(self._changed)
        self._show_last()
        self._follow_settings()
        settings.changed.connect(self._follow_settings)
        self._refresh()

    def open_with(self, paths: Sequence[str] = ()) -> None:
        """Show it, with folders of photos and photos filled in."""
        if paths and not self.work.running:
            self.form.show_photos(paths)
        elif not self.isVisible():
            self._touched = False
            self._look()
        self.show()
        self.raise_()
        self.activateWindow()

    # What the buttons do.

    def start_run(self, resume: bool = False, retry: bool = False) -> None:
        """Run the job; resume: that of the folder."""
        self._touched = True
        try:
            job = self._resumed() if resume else self.form.job()
        except MienError as error:
            self.form.say(str(error), "error")
            self._refresh()
            return
        document = self.form.document() if self.form.input.takes_document and not resume else None
        self._settings.set_choices("batch", {"job": job_to_json(job)})
        self._out = str(job.out)
        self.progress.begin()
        self.progress.show()
        project, photo = (document[1], document[2]) if document else (None, None)
        self.work.start(Order(job, self.form.workers.value(), resume, retry, project, photo))
        self._refresh()

    def _resumed(self) -> Job:
        """The job that the folder holds, or the one shown. Raises MienError."""
        out = self.form.folder()
        if not os.path.isfile(out / JOB_NAME):
            return self.form.job()
        job = replace(load_job(out / JOB_NAME), out=out)
        self.form.show_job(job)
        return job

    def load(self) -> None:
        """Choose a job file."""
        path, _ = QFileDialog.getOpenFileName(
            self, "Load job", self._settings.folder("job"), "Batch jobs (*.json)"
        )
        if path:
            self._settings.set_folder("job", path)
            try:
                self.form.show_job(load_job(path))
            except MienError as error:
                self.form.say(str(error), "error")

    def save(self) -> None:
        """Write a job file, for `main.py batch` or another day."""
        path, _ = QFileDialog.getSaveFileName(
            self, "Save job", os.path.join(self._settings.folder("job"), "job.json"),
            "Batch jobs (*.json)",
        )  # fmt: skip
        if path:
            self._settings.set_folder("job", path)
            try:
                text = json.dumps(job_to_json(self.form.job()), indent=1)
                write_file(path, text.encode(), overwrite=True)
            except MienError as error:
                self.form.say(str(error), "error")

    def may_close(self) -> bool:
        """Ask before a run is ended with the window."""
        if not self.work.running:
            return True
        answer = QMessageBox.question(
            self.parentWidget() or self, "Batch export",
            "A batch is running. End it? It can be resumed later.",
        )  # fmt: skip
        return answer == QMessageBox.StandardButton.Yes

    # What the run tells.

    def _told(self, event: Event) -> None:
        self.progress.show_progress(event.progress)
        if isinstance(event, ItemFailed):
            self.progress.add_failure(event.source, event.reason)
        elif isinstance(event, WritingData):
            self.progress.say(f"Writing {event.name}…")
        elif isinstance(event, Stopped):
            text = event.reason or f"Cancelled: {progress_text(event.progress)}."
            self._ending = (f"{text} Resume goes on with it.", "warning")
        elif isinstance(event, Finished):
            failed = event.progress.failed
            text = f"{event.progress.done:,} pictures in {self._out}"
            left = f", {failed:,} left out" if failed else ""
            self._ending = (f"Done: {text}{left}.", "warning" if failed else "")

    def _ended(self, fault: str, details: str) -> None:
        text, kind = (fault, "error") if fault else self._ending
        self.progress.say(text, kind, "" if fault else self._out)
        self.progress.line.setToolTip(details)
        self.runEnded.emit(text)
        self._look()
        self._refresh()

    # Inside.

    def _scrolled(self, form: QWidget) -> QScrollArea:
        """On a low screen the form scrolls, and what the run tells stays in sight."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(form)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumSize(form.minimumSizeHint().width(), _LEAST_FORM)
        form.setObjectName("panelBody")
        return area

    def _make_buttons(self) -> QHBoxLayout:
        self.cancel = _button("Cancel batch", self.work.cancel)
        self.retry = _button("Retry failed", lambda: self.start_run(True, True))
        self.resume = _button("Resume", lambda: self.start_run(True))
        self.start = _button("Start", lambda: self.start_run())
        self.start.setObjectName("primary")
        self.start.setDefault(True)
        self.load_job = _button("Load job…", self.load)
        self.save_job = _button("Save job…", self.save)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.load_job, self.save_job):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.retry, self.resume, self.cancel, self.start):
            row.addWidget(button)
        row.addWidget(_button("Close", self.close))
        return row

    def _show_last(self) -> None:
        """What was run the last time, but for the folder, which is full now."""
        try:
            job = job_from_json(self._settings.choices("batch").get("job", {}))
        except MienError:
            document = self.form.document()
            if document and document[2] is not None:
                # Who edits a photo has others.
                self.form.input.kind.setCurrentIndex(PHOTOS)
            return
        self.form.show_job(job)
        self.form.out.clear()

    def _follow_settings(self) -> None:
        """What the pictures say of themselves is the settings' choice, until it is changed here."""
        kept = self._settings.values
        now = (kept.embed_settings, kept.certificate, kept.private_key)
        if now == self._followed:
            return
        self._followed = now
        outputs = self.form.outputs
        outputs.files["embed_settings"].setChecked(kept.embed_settings)
        pair = [Path(os.path.abspath(p)) for p in (kept.certificate, kept.private_key) if p]
        outputs.show_signing(Signing(*pair) if len(pair) == 2 else None)

    def _changed(self) -> None:
        self._touched = True
        self._patience.start()

    def _look(self) -> None:
        job, folder, fault = None, None, ""
        try:
            folder = self.form.folder()
            job = self.form.job()
        except MienError as error:
            fault = str(error)
        self.work.look(job, folder, fault)

    def _looked(self, outlook: Outlook) -> None:
        self._outlook = outlook
        if outlook.done is not None:
            failed = f", {len(outlook.failed):,} failed" if outlook.failed else ""
            text = f"This folder holds a batch, {outlook.done:,} done{failed}"
            if outlook.done == outlook.count:
                self.form.say(f"{text}: choose another folder for the next one.", "muted")
            else:
                self.form.say(f"{text}: resume it, or choose another folder.", "warning")
            if self.progress.isHidden():
                self._show_failures(outlook)
        elif outlook.fault:
            self.form.say(outlook.fault, "error" if self._touched else "muted")
        else:
            one = "1 picture" if outlook.count == 1 else f"{outlook.count:,} pictures"
            more = ", …" if outlook.count > len(outlook.names) else ""
            self.form.say(f"{one}: {', '.join(outlook.names)}{more}", "muted")
        self._refresh()

    def _show_failures(self, outlook: Outlook) -> None:
        """What a batch of another day left out."""
        if outlook.failed:
            self.progress.begin()
            self.progress.say("Left out the last time:")
            self.progress.show()
            for source, reason in outlook.failed:
                self.progress.add_failure(source, reason)

    def _refresh(self) -> None:
        running, outlook = self.work.running, self._outlook
        begun = outlook.done is not None
        self.form.setEnabled(not running)
        for button in (self.load_job, self.save_job):
            button.setEnabled(not running)
        self.cancel.setVisible(running)
        self.start.setVisible(not running)
        sound = not outlook.fault and outlook.count > 0
        self.start.setEnabled(not begun and (sound or not self._touched))
        self.resume.setVisible(begun and not running)
        self.retry.setVisible(begun and bool(outlook.failed) and not running)


def _button(text: str, call: Callable[[], object]) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(lambda: call())
    return button
