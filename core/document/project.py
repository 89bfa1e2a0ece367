"""The project file (.mien): a zip of one JSON text and the photo's own bytes.

    project.json   format, version, photo name, faces, edits
    photo          the photo's file as it was opened, absent without a photo

Nothing in it is executed on reading. A newer version than ours is refused, not guessed at.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import MienError, OutputError
from core.rig.table import GROUPS, PARAMETERS, values
from models.face.parameters import FaceParameters

FORMAT = "mien-project"
VERSION = 1
SUFFIX = ".mien"
_JSON = "project.json"
_PHOTO = "photo"
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
class ProjectEdit:
    """The edit of one face. muted: groups shown as fitted. strength: 0 to 1."""

    parameters: FaceParameters
    muted: frozenset[str] = frozenset()
    strength: float = 1.0


@dataclass(frozen=True)
class Project:
    """What a project file holds. photo: its file's bytes, None without one. feather: px."""

    photo_name: str = ""
    photo: bytes | None = None
    faces: tuple[ProjectFace, ...] = ()
    edits: Mapping[int, ProjectEdit] = field(default_factory=dict)
    face: int = 0
    feather: float = 0.0


def write_project(path: Path, project: Project) -> None:
    """Write atomically, replacing what is there. Raises OutputError."""
    # The window imports this module at its start, and a project is rarely written then.
    import tempfile
    import zipfile

    text = json.dumps(_to_json(project), indent=1, allow_nan=False)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w") as archive:
            archive.writestr(_JSON, text, zipfile.ZIP_DEFLATED)
            if project.photo is not None:
                archive.writestr(_PHOTO, project.photo, zipfile.ZIP_STORED)
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
    except FileNotFoundError as error:
        raise ProjectError(f"{path.name} does not exist; choose another project.") from error
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, KeyError) as error:
        raise ProjectError(
            f"{path.name} is damaged or not a Mien project; choose another file."
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ProjectError(f"{path.name} is not a Mien project; choose another file.")
    version = content.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise ProjectError(
            f"{path.name} is of version {version}, this Mien reads up to {VERSION}; update Mien."
        )
    try:
        return replace(_from_json(content), photo=photo)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProjectError(f"{path.name} is damaged ({error}); choose another file.") from error


def carry_over(
    edit: FaceParameters, stored: FaceParameters, fresh: FaceParameters
) -> FaceParameters:
    """The edit on top of a fit of today: what was changed then is changed by as much now."""
    arrays = {
        name: getattr(fresh, name) + (getattr(edit, name) - getattr(stored, name))
        for name in ("pose", "identity", "expression", "albedo", "light")
    }
    return FaceParameters(**{k: v.astype(np.float32) for k, v in arrays.items()})


def _to_json(project: Project) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
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
        int(index): ProjectEdit(
            _parameters(e["parameters"]),
            frozenset(e["muted"]) & _GROUP_NAMES,
            min(max(float(e["strength"]), 0.0), 1.0),
        )
        for index, e in content["edits"].items()
    }
    return Project(
        str(content["photo"]), None, faces, edits, int(content["face"]), float(content["feather"])
    )


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
