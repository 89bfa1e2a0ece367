"""What a batch needs before it begins, told in one sentence and not item by item."""

from __future__ import annotations

from pathlib import Path

from core.document.project import Project, read_project
from core.errors import JobError
from core.export.credentials import check_signing
from core.export.job import Job, SavedProject


def check_ready(job: Job) -> None:
    """Refuses a project that cannot be opened and a certificate that cannot sign.

    Raises MienError.
    """
    if isinstance(job.input, SavedProject):
        usable_project(job.input.path)
    if job.sign:
        check_signing(str(job.sign.certificate), str(job.sign.key))


def usable_project(path: Path) -> Project:
    """A project with a photo or a person. Raises MienError."""
    project = read_project(path)
    if project.photo is None and project.person is None:
        raise JobError(f"{path.name} holds neither a photo nor a person; choose another.")
    return project
