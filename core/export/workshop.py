"""What a batch worker does: one item, from its input to whole files in the output folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from core.document.project import project_to_json
from core.errors import MienError, OutputError, explained
from core.export.edits import edited
from core.export.job import Job, SavedProject
from core.export.options import ExportOptions
from core.export.outputs.framing import framed
from core.export.outputs.maps import Maps, landmark_table
from core.export.outputs.sidecar import Shown, sidecar
from core.export.picture import exported
from core.export.plan import endings
from core.export.records import Result, Task
from core.export.sameness import file_hash, weights
from core.export.subjects import Subject, Tools, photo_subject, project_subject
from core.files import write_file

# Of pictures of the face model whose size the job leaves open, px.
MODEL_SIDE = 256


class Workshop:
    """Makes items of one job; the input of the last one is kept for the next."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._tools = Tools(job.outputs.size or MODEL_SIDE)
        self._weights = weights(job)
        pem = (str(job.sign.certificate), str(job.sign.key)) if job.sign else ("", "")
        self._options = ExportOptions(certificate=pem[0], key=pem[1])
        # The source's number, its hash, and its subject or what is wrong with it.
        self._kept: tuple[int, str, Subject | Exception] | None = None

    def make(self, task: Task) -> Result:
        """The item's files, written whole; the reason when it or the disk fails."""
        index, digest = task.item.index, ""
        try:
            digest, subject = self._prepared(task)
            files = self._files(task, subject, digest)
        except Exception as error:  # noqa: BLE001 - one item must not stop the others
            return Result(index, input=digest, reason=explained(error, task.source.path))
        written: dict[str, str] = {}
        try:
            for name, data in files.items():
                write_file(self._job.out / name, data, overwrite=True)
                written[name] = hashlib.sha256(data).hexdigest()
        except OutputError as error:
            for name in written:
                (self._job.out / name).unlink(missing_ok=True)
            return Result(index, input=digest, stop=str(error))
        return Result(index, written, digest)

    def _prepared(self, task: Task) -> tuple[str, Subject]:
        """The input's hash and subject; what was wrong with an input stays wrong."""
        source = task.source
        if source.path is None:
            assert source.seed is not None
            controls = task.item.controls
            truncation = float(controls.get("truncation", 1.0))
            method = str(controls.get("method", "generator"))
            return "", self._tools.new_person(source.seed, truncation, method)
        if self._kept is None or self._kept[0] != task.item.source:
            self._kept = (task.item.source, *self._opened(source.path))
        _, digest, subject = self._kept
        if isinstance(subject, Exception):
            raise subject
        return digest, subject

    def _opened(self, path: Path) -> tuple[str, Subject | Exception]:
        try:
            opened = project_subject if isinstance(self._job.input, SavedProject) else photo_subject
            return file_hash(path) if path.is_file() else "", opened(self._tools, path)
        except Exception as error:  # noqa: BLE001 - told for each item of the input
            return "", error

    def _files(self, task: Task, subject: Subject, digest: str) -> dict[str, bytes]:
        """The item's files by name. Raises MienError and what the models raise."""
        job, item = self._job, task.item
        names = {kind: item.name + ending for kind, ending in endings(job.outputs).items()}
        method = str(item.controls.get("method", subject.method))
        parameters = edited(subject.base, item.controls, job.relative)
        drawn, original = subject.draw(parameters, method), subject.original()
        fit = subject.fit(parameters, drawn.size[0])
        shown = framed(drawn, original, fit.camera, job.outputs)
        fit, size = replace(fit, camera=shown.camera), shown.photo.size
        maps = Maps(self._tools.renderer, fit, size)
        options = self._options
        if job.outputs.embed_settings:
            document = json.dumps(project_to_json(subject.document(parameters, method)))
            options = replace(options, document=document)
        made = {
            "image": exported(
                shown.photo, job.out / names["image"], options, self._tools.generator_key()
            )
        }
        for kind in names:
            if kind in ("mask", "depth", "normals", "albedo"):
                made[kind] = _png(getattr(maps, kind)())
        if "landmarks" in names:
            made["landmarks"] = landmark_table(*maps.landmarks())
        if job.outputs.mesh:
            made["mesh"] = maps.mesh(job.outputs.mesh)
        if "sidecar" in names:
            what = Shown(fit, size, shown.crop, method, subject.person())
            made["sidecar"] = sidecar(task, what, maps, names, self._weights, digest)
        return {names[kind]: data for kind, data in made.items()}


def _png(picture: np.ndarray) -> bytes:
    """The bytes of a PNG file of a gray, RGB or RGBA picture in 8 or 16 bits."""
    if picture.ndim == 3:
        picture = cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA)
    ok, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 2])
    if not ok:
        raise MienError("A picture cannot be written as PNG; make it smaller.")
    return data.tobytes()
