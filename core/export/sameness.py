"""What a run is made from, so that a resumed one makes the very same or says why it cannot."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import AssetError, JobError
from core.export.job import Job, People, job_to_json
from core.export.manifest import Manifest
from core.export.plan import Plan

FORMAT, VERSION = "mien-batch-manifest", 1
RESOURCES = Path(__file__).resolve().parents[2] / "resources"


def weights(job: Job) -> dict[str, str]:
    """The weights files that make a job's pixels, and their hashes. Raises AssetError."""
    methods = job.edits["method"].values if "method" in job.edits else ()
    people = isinstance(job.input, People)
    names = ["face_model", "rig_prior"] if people else ["face_model", "reconstruction", "matte"]
    if set(methods) & {"generator", "hybrid"} or (people and not methods):
        names.append("generator")
    return {name: _hash(_weights_file(name)) for name in names}


def model_key(hashes: Mapping[str, str]) -> str:
    """Sixteen hexadecimal digits of several weights files."""
    return hashlib.sha256(" ".join(f"{n}={h}" for n, h in hashes.items()).encode()).hexdigest()[:16]


def file_hash(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def header_of(plan: Plan) -> dict[str, Any]:
    """The manifest's first line: the job but for its places on the disk, inputs, weights.

    Raises AssetError, and OSError when the certificate cannot be read.
    """
    job = job_to_json(plan.job)
    del job["out"]
    if not isinstance(plan.job.input, People):
        del job["input"]
    if plan.job.sign:
        job["sign"] = file_hash(plan.job.sign.certificate)
    return {
        "format": FORMAT, "version": VERSION, "job": job,
        "sources": [source.name for source in plan.sources], "weights": weights(plan.job),
    }  # fmt: skip


def check_same(manifest: Manifest, now: Mapping[str, Any], plan: Plan) -> None:
    """Refuses to go on with another job, other inputs or other weights. Raises JobError."""
    before = manifest.header
    differing = next(_differing(before, now), None)
    if differing is not None:
        what = {"sources": "The photos of the batch are others", "weights": "Mien's weights differ"}
        said = what.get(differing.split(".")[0], f"The job has changed since ({differing})")
        raise JobError(f"{said}; put it back as it was, or write to another folder.")
    for number, source in enumerate(plan.sources):
        if source.path is None:
            continue
        items = range(number * plan.per_source, (number + 1) * plan.per_source)
        done = next((i for i in items if i in manifest.done), None)
        # Only an input with items on both sides of the break could be seen in two versions.
        if done is None or all(i in manifest.done for i in items):
            continue
        if manifest.record(done)["input"]["sha256"] != _hash_or_none(source.path):
            raise JobError(
                f"{source.path} has changed since the batch began; put it back as it was, or "
                "write to another folder."
            )


def _differing(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Paths of the values that differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            below = key if path in ("", "job") else f"{path}.{key}"
            yield from _differing(one.get(key), other.get(key), below)
    elif one != other:
        yield path


def _weights_file(name: str) -> Path:
    chosen = os.environ.get("MIEN_GENERATOR") if name == "generator" else None
    return Path(chosen) if chosen else RESOURCES / f"{name}.safetensors"


@cache
def _hash(path: Path) -> str:
    try:
        return file_hash(path)[:16]
    except OSError as error:
        raise AssetError(f"The weights file {path} cannot be read; install Mien again.") from error


def _hash_or_none(path: Path) -> str | None:
    try:
        return file_hash(path)
    except OSError:
        return None
