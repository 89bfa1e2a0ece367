"""The project file (.mien): a zip of one JSON text and the photo's own bytes.

    project.json   format, version, photo name or person, faces, edits, sections
    photo          the photo's file as it was opened, absent without a photo
    latents/       for each face found in the generator its arrays, as .npy

Nothing in it is executed on reading, and nothing is unpacked to the disk. A newer minor version
is read, and what is unknown in it is kept when it is saved again; a newer version is refused.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.document import encoding
from core.document.state import EditState, PersonState, Place, Unknown
from core.engine.terms import LatentCode
from core.errors import MienError, unreadable
from core.files import write_file
from core.rig.table import values
from models.face.parameters import FaceParameters

if TYPE_CHECKING:
    from zipfile import ZipFile

FORMAT = "mien-project"
# A change that an older Mien may overlook counts as minor.
VERSION, MINOR = 3, 0
SUFFIX = ".mien"
_JSON = "project.json"
_PHOTO = "photo"
_LATENTS = "latents"
# What a project may unpack to: a photo of 500 megapixels as PNG is about this large.
_MAX_BYTES = 2 << 30
_MAX_TEXT = 256 << 20
_FACES = 1000

Member = bytes | np.ndarray


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

    latents: by face, those that were found in the generator. sections: what features of the
    window keep with a document (a timeline, say), as JSON values by name; names that nobody
    knows are kept too.
    """

    photo_name: str = ""
    photo: bytes | None = None
    faces: tuple[ProjectFace, ...] = ()
    edits: Mapping[int, EditState] = field(default_factory=dict)
    face: int = 0
    feather: float = 0.0
    person: PersonState | None = None
    latents: Mapping[int, LatentCode] = field(default_factory=dict)
    sections: Mapping[str, Any] = field(default_factory=dict)
    unknown: Unknown = field(default_factory=Unknown)


def write_project(path: Path, project: Project) -> None:
    """Write atomically, replacing what is there. Raises OutputError."""
    # The window imports this module at its start, and a project is rarely written then.
    import zipfile

    text = encoding.to_text(project_to_json(project), indent=1)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(_JSON, text, zipfile.ZIP_DEFLATED)
        for name, data in project_members(project).items():
            packed = zipfile.ZIP_STORED if name == _PHOTO else zipfile.ZIP_DEFLATED
            archive.writestr(name, encoding.to_bytes(data), packed)
    write_file(path, buffer.getbuffer(), overwrite=True)


def read_project(path: Path) -> Project:
    """Read a project. Raises ProjectError."""
    import zipfile
    import zlib

    damaged = (
        OSError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, ValueError,
        KeyError, RuntimeError, NotImplementedError, MemoryError,
    )  # fmt: skip
    try:
        with zipfile.ZipFile(path) as archive:
            _check(path, archive)
            content = encoding.from_text(archive.read(_JSON))
            names = [n for n in archive.namelist() if n != _JSON and not n.endswith("/")]
            members = {name: archive.read(name) for name in names}
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise ProjectError(unreadable(path.name, error)) from error
    except damaged as error:
        raise ProjectError(
            f"{path.name} is damaged or not a Mien project; choose another file."
        ) from error
    return project_from_json(content, path.name, members)


def carry_over(
    edit: FaceParameters, stored: FaceParameters, fresh: FaceParameters
) -> FaceParameters:
    """The edit on top of a fit of today: what was changed then is changed by as much now."""
    arrays: dict[str, np.ndarray] = {}
    for name in ("pose", "identity", "expression", "albedo", "light"):
        now, then, wanted = (getattr(p, name) for p in (fresh, stored, edit))
        same = np.array_equal(now, then)
        arrays[name] = wanted if same else (now + (wanted - then)).astype(np.float32)
    return FaceParameters(**arrays)


def project_to_json(project: Project) -> dict[str, Any]:
    """A project as a JSON object: all but its members."""
    content = _known(project)
    content["minor"] = max(project.unknown.minor, MINOR)
    for where, value in project.unknown.fields:
        parent = _follow(content, where[:-1])
        if isinstance(parent, dict):
            parent.setdefault(str(where[-1]), value)
    return content


def project_members(project: Project) -> dict[str, Member]:
    """The arrays and bytes that go beside the JSON, by their names in the archive."""
    members: dict[str, Member] = dict(project.unknown.members)
    if project.photo is not None:
        members[_PHOTO] = project.photo
    return {**members, **dict(_arrays(project.latents))}


def project_from_json(
    content: Any, name: str, members: Mapping[str, bytes] | None = None
) -> Project:
    """The project of a JSON object and its members; without members it has no photo and latents.

    name: of the file, for messages. Raises ProjectError.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ProjectError(f"{name} is not a Mien project; choose another file.")
    version = content.get("version")
    if not isinstance(version, int) or not 0 < version <= VERSION:
        raise ProjectError(
            f"{name} is of version {version}, this Mien reads up to {VERSION}; update Mien."
        )
    if members is None:
        content, members = {**content, "latents": {}}, {}
    try:
        project = _project(content, members)
        if version < VERSION:
            return project
        ours = {_PHOTO, *(member for member, _ in _arrays(project.latents))}
        unknown = Unknown(
            int(content.get("minor", MINOR)),
            tuple(_left_over(content, {**_known(project), "minor": MINOR})),
            {member: data for member, data in members.items() if member not in ours},
        )
    except (
        KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError,
    ) as error:  # fmt: skip
        raise ProjectError(f"{name} is damaged ({error}); choose another file.") from error
    return replace(project, unknown=unknown)


def _check(path: Path, archive: ZipFile) -> None:
    """Refuses what would fill memory, or names files outside of the zip."""
    entries = archive.infolist()
    sizes = [entry.file_size for entry in entries]
    if sum(sizes) > _MAX_BYTES or archive.getinfo(_JSON).file_size > _MAX_TEXT:
        raise ProjectError(f"{path.name} would unpack to more than 2 GiB; it is refused.")
    for name in (entry.filename for entry in entries):
        if name.startswith(("/", "\\")) or ".." in Path(name).parts or ":" in name:
            raise ProjectError(f"{path.name} names files outside of itself; it is refused.")


def _known(project: Project) -> dict[str, Any]:
    """All that this version writes."""
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
        "edits": {str(i): encoding.edit_to(edit) for i, edit in sorted(project.edits.items())},
        "person": encoding.person_to(project.person) if project.person else None,
        "latents": {
            str(index): {
                "generator": latent.generator,
                "identity": latent.identity,
                "parameters": values(latent.parameters),
                "tuning": sorted(latent.tuning),
            }
            for index, latent in sorted(project.latents.items())
        },
        "sections": dict(project.sections),
    }


def _project(content: Mapping[str, Any], members: Mapping[str, bytes]) -> Project:
    if len(content["faces"]) > _FACES:
        raise ValueError("it has more faces than a photo can have")
    person = content.get("person")
    photo = members.get(_PHOTO)
    # Names of photos become names of files that are proposed; a name is not a path.
    name = str(content["photo"]).replace("\\", "/").rsplit("/", 1)[-1]
    return Project(
        name,
        photo,
        tuple(_face(f) for f in content["faces"]),
        {encoding.index(i): encoding.edit_from(e) for i, e in content["edits"].items()},
        encoding.index(content["face"]),
        encoding.number(content["feather"]),
        encoding.person_from(person) if person else None,
        _latents(content.get("latents", {}), members),
        {str(name): value for name, value in content.get("sections", {}).items()},
    )


def _face(content: Mapping[str, Any]) -> ProjectFace:
    x0, y0, x1, y1 = (encoding.number(v) for v in content["box"])
    fitted = encoding.parameters_from(content["fitted"])
    return ProjectFace((x0, y0, x1, y1), fitted, bool(content["manual"]))


def _arrays(latents: Mapping[int, LatentCode]) -> Iterator[tuple[str, np.ndarray]]:
    """Names in the archive and arrays of all latents."""
    for index, latent in sorted(latents.items()):
        yield f"{_LATENTS}/{index}/noise.npy", latent.noise
        yield f"{_LATENTS}/{index}/offset.npy", latent.offset
        for number, name in enumerate(sorted(latent.tuning)):
            yield f"{_LATENTS}/{index}/tuning{number}.npy", latent.tuning[name]


def _latents(content: Mapping[str, Any], members: Mapping[str, bytes]) -> dict[int, LatentCode]:
    out: dict[int, LatentCode] = {}
    for key, entry in content.items():
        index, identity = encoding.index(key), entry["identity"]
        folder = f"{_LATENTS}/{index}"
        tuning = {
            str(name): encoding.from_npy(members[f"{folder}/tuning{number}.npy"])
            for number, name in enumerate(entry["tuning"])
        }
        out[index] = LatentCode(
            encoding.parameters_from(entry["parameters"]),
            encoding.from_npy(members[f"{folder}/noise.npy"]),
            encoding.from_npy(members[f"{folder}/offset.npy"]),
            str(entry["generator"]),
            tuning,
            None if identity is None else encoding.number(identity),
        )
    return out


def _left_over(theirs: Any, ours: Any, where: Place = ()) -> Iterator[tuple[Place, Any]]:
    """What stands in theirs and not in ours, at any depth."""
    if isinstance(theirs, Mapping) and isinstance(ours, Mapping):
        for key, value in theirs.items():
            if key not in ours:
                yield (*where, key), value
            elif where or key != "sections":
                yield from _left_over(value, ours[key], (*where, key))
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for place, pair in enumerate(zip(theirs, ours, strict=True)):
            yield from _left_over(*pair, (*where, place))


def _follow(content: Any, where: Place) -> Any:
    """What stands there now; None where the way has ended."""
    for key in where:
        if isinstance(content, dict):
            content = content.get(str(key))
        elif isinstance(content, list) and isinstance(key, int) and key < len(content):
            content = content[key]
        else:
            return None
    return content
