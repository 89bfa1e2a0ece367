"""The settings that made a picture, kept in its file, so that dropping it brings them back.

JSON text, deflated, base 64, in the XMP property `settings` of Mien's namespace: every format
that Mien writes carries XMP, and other programs leave it alone. It holds the document without
pixels, hashes of the weights, and of a photo its bare name and hash: no folders, no user names.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath, PureWindowsPath

from core.document.project import Project, project_from_json
from core.errors import MienError
from core.export.provenance import file_xmp, read_settings_text

FORMAT = "mien-settings"
VERSION = 1
# A hundred edited faces are about a megabyte.
_MAX_TEXT, _MAX_JSON = 4 << 20, 16 << 20


class SettingsError(MienError):
    """The settings in a picture are damaged or too new; the picture itself may be well."""


@dataclass(frozen=True)
class EmbeddedSettings:
    """What a picture was made with.

    photo_sha256: hexadecimal, of the original photo's file; "" without one. weights: hashes by
    name ("face_model", "generator").
    """

    project: Project
    photo_sha256: str = ""
    weights: Mapping[str, str] = field(default_factory=dict)

    def original_among(self, candidates: Iterable[Path]) -> Path | None:
        """The first file that is the original photo, bit for bit."""
        for path in candidates:
            with contextlib.suppress(OSError):
                if file_sha256(path) == self.photo_sha256:
                    return path
        return None


def pack(document: str, photo_sha256: str = "", weights: Mapping[str, str] | None = None) -> str:
    """What goes into a file. document: JSON text of `project_to_json`; the rest as above."""
    content = json.loads(document)
    content["photo"] = bare_name(content["photo"])
    whole = {
        "format": FORMAT, "version": VERSION, "weights": dict(weights or {}),
        "photo_sha256": photo_sha256, "document": content,
    }  # fmt: skip
    text = json.dumps(whole, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def unpack(text: str, name: str) -> EmbeddedSettings:
    """Reads what `pack` wrote. name: the file's, for messages. Raises SettingsError."""
    try:
        if len(text) > _MAX_TEXT:
            raise ValueError("too large")
        inflater = zlib.decompressobj()
        raw = inflater.decompress(base64.b64decode(text, validate=True), _MAX_JSON)
        if not inflater.eof:
            raise ValueError("too large or cut off")
        content = json.loads(raw, parse_constant=_refuse)
        version = content["version"] if content["format"] == FORMAT else None
        if isinstance(version, int) and version > VERSION:
            raise SettingsError(
                f"The settings in {name} are of version {version}, this Mien reads up to "
                f"{VERSION}; update Mien."
            )
        if version != VERSION:
            raise ValueError("not Mien's")
        weights = {str(k): str(v) for k, v in content["weights"].items()}
        project = project_from_json(content["document"], name)
        project = replace(project, photo_name=bare_name(project.photo_name))
        return EmbeddedSettings(project, str(content["photo_sha256"]), weights)
    except SettingsError:
        raise
    except (MienError, binascii.Error, zlib.error, ValueError, TypeError, KeyError,
            AttributeError, RecursionError) as error:  # fmt: skip
        raise SettingsError(
            f"The settings in {name} are damaged; open it as a picture instead."
        ) from error


def read_settings(path: Path) -> EmbeddedSettings | None:
    """The settings in a picture's file, None where there are none. Raises SettingsError."""
    text = read_settings_text(file_xmp(path))
    return unpack(text, path.name) if text else None


def file_sha256(path: Path) -> str:
    """The hash of a file's bytes. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bare_name(name: str) -> str:
    """The last part of a path of any system."""
    return PureWindowsPath(PurePath(name).name).name


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number")
