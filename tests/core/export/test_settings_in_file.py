"""Settings that travel in the picture's file."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.document.project import Project, ProjectFace, project_to_json
from core.document.state import EditState, PersonState
from core.export.options import ExportOptions
from core.export.picture import export_picture, generated_photo
from core.export.provenance import file_xmp
from core.export.settings_in_file import SettingsError, pack, read_settings, unpack
from core.photo.load import load_photo
from models.face.parameters import FaceParameters
from tests.core.photo.pictures import encoded, gradient

SUFFIXES = (".png", ".jpg", ".webp", ".tif")


def random_parameters(seed: int) -> FaceParameters:
    """Values that no shortcut would bring back."""
    rng = np.random.default_rng(seed)
    blank = FaceParameters()
    names = ("pose", "identity", "expression", "albedo", "light")
    arrays = {n: rng.normal(size=getattr(blank, n).shape).astype(np.float32) for n in names}
    return FaceParameters(**arrays)


def same(a: FaceParameters, b: FaceParameters) -> bool:
    names = ("pose", "identity", "expression", "albedo", "light")
    return all(np.array_equal(getattr(a, n), getattr(b, n)) for n in names)


def options(project: Project) -> ExportOptions:
    return ExportOptions(document=json.dumps(project_to_json(project)))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_person_comes_back_wholly(suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(size=64).astype(np.float32)
    edit = EditState(random_parameters(3), frozenset({"pose"}), 0.75)
    person = PersonState(random_parameters(2), noise, 5, 0.7)
    path = export_picture(
        generated_photo(gradient()), tmp_path / f"p{suffix}",
        options(Project(edits={0: edit}, person=person)), "abc",
    )  # fmt: skip
    found = read_settings(path)
    assert found and found.photo_sha256 == ""
    assert found.weights["generator"] == "abc" and len(found.weights["face_model"]) == 16
    back, edits = found.project.person, found.project.edits
    assert back and back.seed == 5 and back.truncation == 0.7
    assert np.array_equal(back.noise, noise) and same(back.parameters, person.parameters)
    assert same(edits[0].parameters, edit.parameters)
    assert edits[0].muted == {"pose"} and edits[0].strength == 0.75


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_edit_names_its_photo_and_nothing_more(suffix: str, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "jane"
    folder.mkdir(parents=True)
    original = folder / "anna.png"
    original.write_bytes(encoded(gradient()))
    photo = load_photo(original)
    faces = (ProjectFace((1, 2, 3, 4), random_parameters(1)),)
    project = Project(str(original), None, faces, {0: EditState(random_parameters(2))})
    pixels = 255 - photo.pixels
    path = export_picture(
        replace(photo, pixels=pixels), tmp_path / f"e{suffix}", options(project)
    )  # fmt: skip
    found = read_settings(path)
    assert found and found.project.photo_name == "anna.png"
    assert same(found.project.edits[0].parameters, project.edits[0].parameters)
    other = tmp_path / "anna.png"
    other.write_bytes(b"another")
    assert found.original_among([tmp_path / "none", other, original]) == original
    assert found.original_among([other]) is None
    xmp = file_xmp(path) or b""
    text = zlib.decompress(base64.b64decode(xmp.split(b'settings="')[1].split(b'"')[0]))
    assert b"jane" not in text and b"anna.png" in text


def test_pictures_without_settings(tmp_path: Path) -> None:
    path = export_picture(generated_photo(gradient()), tmp_path / "p.png")
    assert read_settings(path) is None
    assert read_settings(tmp_path / "none.png") is None
    text = tmp_path / "a.txt"
    text.write_text("no picture")
    assert read_settings(text) is None


def _packed(content: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()


def _whole(**changes: object) -> dict[str, object]:
    text = pack(json.dumps(project_to_json(Project())))
    whole = json.loads(zlib.decompress(base64.b64decode(text)))
    return {**whole, **changes}


BAD = {
    "no base 64": "?!",
    "no deflate": base64.b64encode(b"abc").decode(),
    "cut off": pack(json.dumps(project_to_json(Project())))[:-24],
    "no object": _packed([1]),
    "another format": _packed(_whole(format="x")),
    "no version": _packed(_whole(version="1")),
    "no document": _packed(_whole(document=None)),
    "a newer document": _packed(_whole(document={"format": "mien-project", "version": 99})),
    "weights": _packed(_whole(weights=3)),
    "not a number": _packed(_whole(version=float("nan"))),
    "deep": base64.b64encode(zlib.compress(b"[" * 1_000_000)).decode(),
    "a bomb": base64.b64encode(zlib.compress(b" " * (40 << 20))).decode(),
    "long": "A" * (5 << 20),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_bad_settings_are_one_sentence(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^The settings in a\.png are damaged.*\.$"):
        unpack(text, "a.png")


def test_newer_settings_ask_for_an_update() -> None:
    with pytest.raises(SettingsError, match="update Mien"):
        unpack(_packed(_whole(version=2)), "a.png")
