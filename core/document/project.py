"""The project file (.mien): a zip of one JSON text and the photo's own bytes.

    project.json   format, version, photo name or person, faces, edits
    photo          the photo's file as it was opened, absent without a photo
    latents/       for each face found in the generator its arrays, as .npy

Nothing in it is executed on reading. A newer version than ours is refused, not guessed at. A
project is written as version 1 as long as it holds nothing that version 1 did not know.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.document.state import EditState, PersonState
from core.engine.messages import METHODS, LatentCode, Method
from core.errors import MienError, OutputError
from core.rig.table import GROUPS, PARAMETERS, values
from models.face.parameters import FaceParameters

FORMAT = "mien-project"
VERSION = 2
SUFFIX = ".mien"
_JSON = "project.json"
_PHOTO = "photo"
_LATENTS = "latents"
# What a project may unpack to: a photo of 500 megapixels as PNG is about this large.
_MAX_BYTES = 2 << 30
_GROUP_NAMES = frozenset(g.name for g in GROUPS)


class ProjectError(MienError):
    """A project file cannot be read: missing, damaged, not a project, too new."""


@dataclass(frozen=True)
class ProjectFace:
    """A face of the photo: box in photo px, what was fitted, whether it was drawn by hand."""

    box: tuple[float, float, float, float]
    parameters: FaceParameters
    manual: bool = False


@dataclass(frozen=True)
class Project:
    """What a project file holds. photo: its file's bytes, None without one. feather: px.

    latents: by face, those that were found in the generator.
    """

    photo_name: str = ""
    photo: bytes | None = None
    faces: tuple[ProjectFace, ...] = ()
    edits: Mapping[int, EditState] = field(default_factory=dict)
    face: int = 0
    feather: float = 0.0
    person: PersonState | None = None
    latents: Mapping[int, LatentCode] = field(default_factory=dict)


def write_project(path: Path, project: Project) -> None:
    """Write atomically, replacing what is there. Raises OutputError."""
    # The window imports this module at its start, and a project is rarely written then.
    import tempfile
    import zipfile

    text = json.dumps(project_to_json(project), indent=1, allow_nan=False)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            archive.writestr(_JSON, text, zipfile.ZIP_DEFLATED)
            if project.photo is not None:
                archive.writestr(_PHOTO, project.photo, zipfile.ZIP_STORED)
            for name, array in _arrays(project.latents):
                archive.writestr(name, _to_npy(array), zipfile.ZIP_DEFLATED)
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        reason = error.strerror or str(error)
        raise OutputError(
            f"{path.name} cannot be written to {path.parent} ({reason}); choose another folder."
        ) from error


def read_project(path: Path) -> Project:
    """Read a project. Raises ProjectError."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(i.file_size for i in archive.infolist()) > _MAX_BYTES:
                raise ProjectError(f"{path.name} would unpack to more than 2 GiB; it is refused.")
            content = json.loads(archive.read(_JSON))
            photo = archive.read(_PHOTO) if _PHOTO in archive.namelist() else None
            arrays = {
                name: archive.read(name)
                for name in archive.namelist()
                if name.startswith(f"{_LATENTS}/")
            }
    except FileNotFoundError as error:
        raise ProjectError(f"{path.name} does not exist; choose another project.") from error
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, KeyError) as error:
        raise ProjectError(
            f"{path.name} is damaged or not a Mien project; choose another file."
        ) from error
    return replace(project_from_json(content, path.name, arrays), photo=photo)


def project_from_json(
    content: Any, name: str, arrays: Mapping[str, bytes] | None = None
) -> Project:
    """The project of a JSON object, without its photo. name: of the file, for messages.

    arrays: the latents' .npy files by name in the archive. Raises ProjectError.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ProjectError(f"{name} is not a Mien project; choose another file.")
    version = content.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise ProjectError(
            f"{name} is of version {version}, this Mien reads up to {VERSION}; update Mien."
        )
    try:
        return replace(_from_json(content), latents=_latents(content, arrays or {}))
    except (KeyError, TypeError, ValueError, AttributeError, EOFError) as error:
        raise ProjectError(f"{name} is damaged ({error}); choose another file.") from error


def carry_over(
    edit: FaceParameters, stored: FaceParameters, fresh: FaceParameters
) -> FaceParameters:
    """The edit on top of a fit of today: what was changed then is changed by as much now."""
    arrays = {
        name: getattr(fresh, name) + (getattr(edit, name) - getattr(stored, name))
        for name in ("pose", "identity", "expression", "albedo", "light")
    }
    return FaceParameters(**{k: v.astype(np.float32) for k, v in arrays.items()})


def project_to_json(project: Project) -> dict[str, Any]:
    """A project as a JSON object: all but its photo and the latents' arrays."""
    newer = _newer(project)
    return {
        "format": FORMAT,
        "version": VERSION if newer else 1,
        **newer,
        "photo": project.photo_name,
        "face": project.face,
        "feather": project.feather,
        "faces": [
            {"box": list(f.box), "manual": f.manual, "fitted": values(f.parameters)}
            for f in project.faces
        ],
        "edits": {
            str(index): {
                "strength": edit.strength,
                **({} if edit.method == "photo" else {"method": edit.method}),
                "muted": sorted(edit.muted),
                "parameters": values(edit.parameters),
            }
            for index, edit in sorted(project.edits.items())
        },
    }


def _from_json(content: dict[str, Any]) -> Project:
    faces = tuple(
        ProjectFace(_box(f["box"]), _parameters(f["fitted"]), bool(f["manual"]))
        for f in content["faces"]
    )
    edits = {
        int(index): EditState(
            _parameters(e["parameters"]),
            frozenset(e["muted"]) & _GROUP_NAMES,
            min(max(float(e["strength"]), 0.0), 1.0),
            _method(e.get("method", "photo")),
        )
        for index, e in content["edits"].items()
    }
    return Project(
        str(content["photo"]), None, faces, edits, int(content["face"]), float(content["feather"]),
        _person(content["person"]) if content.get("person") else None,
    )  # fmt: skip


def _box(numbers: Any) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(v) for v in numbers)
    return x0, y0, x1, y1


def _parameters(named: Any) -> FaceParameters:
    """Unknown names are left out: an older Mien may have had other parameters."""
    out = FaceParameters()
    for name, number in named.items():
        entry = PARAMETERS.get(name)
        if entry is None:
            continue
        value = float(number)
        if not math.isfinite(value):
            raise ValueError(f"{name} is not a number")
        getattr(out, entry.array)[entry.index] = value
    return out


# What version 1 did not know.


def _newer(project: Project) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if project.person:
        person = project.person
        out["person"] = {
            "seed": person.seed,
            "truncation": person.truncation,
            "noise": [float(v) for v in person.noise],
            "parameters": values(person.parameters),
        }
    if project.latents:
        out["latents"] = {
            str(index): {
                "generator": latent.generator,
                "identity": latent.identity,
                "parameters": values(latent.parameters),
                "tuning": sorted(latent.tuning),
            }
            for index, latent in sorted(project.latents.items())
        }
    if not out and any(e.method != "photo" for e in project.edits.values()):
        out["latents"] = {}
    return out


def _person(content: dict[str, Any]) -> PersonState:
    noise = np.array([float(v) for v in content["noise"]], np.float32)
    if not np.isfinite(noise).all():
        raise ValueError("the noise code is not all numbers")
    seed = content["seed"]
    return PersonState(
        _parameters(content["parameters"]), noise, None if seed is None else int(seed),
        min(max(float(content["truncation"]), 0.0), 1.0),
    )  # fmt: skip


def _method(name: Any) -> Method:
    for method in METHODS:
        if method == name:
            return method
    raise ValueError(f"there is no method {name!r}")


def _arrays(latents: Mapping[int, LatentCode]) -> Iterator[tuple[str, np.ndarray]]:
    """Names in the archive and arrays of all latents."""
    for index, latent in sorted(latents.items()):
        yield f"{_LATENTS}/{index}/noise.npy", latent.noise
        yield f"{_LATENTS}/{index}/offset.npy", latent.offset
        for number, name in enumerate(sorted(latent.tuning)):
            yield f"{_LATENTS}/{index}/tuning{number}.npy", latent.tuning[name]


def _latents(content: dict[str, Any], arrays: Mapping[str, bytes]) -> dict[int, LatentCode]:
    out: dict[int, LatentCode] = {}
    for key, entry in content.get("latents", {}).items():
        index, identity = int(key), entry["identity"]
        folder = f"{_LATENTS}/{index}"
        tuning = {
            str(name): _from_npy(arrays[f"{folder}/tuning{number}.npy"])
            for number, name in enumerate(entry["tuning"])
        }
        out[index] = LatentCode(
            _parameters(entry["parameters"]),
            _from_npy(arrays[f"{folder}/noise.npy"]),
            _from_npy(arrays[f"{folder}/offset.npy"]),
            str(entry["generator"]),
            tuning,
            None if identity is None else float(identity),
        )
    return out


def _to_npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _from_npy(data: bytes) -> np.ndarray:
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if not np.issubdtype(array.dtype, np.floating) or not np.isfinite(array).all():
        raise ValueError("an array is not all numbers")
    return array
