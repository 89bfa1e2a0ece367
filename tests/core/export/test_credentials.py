"""Signed manifests, made with a certificate that lives as long as the test."""

from __future__ import annotations

import builtins
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import OutputError
from core.export.options import ExportOptions
from core.export.picture import export_picture, generated_photo
from core.export.provenance import EDITED, GENERATED, file_xmp, read_source_type
from core.photo.load import load_photo
from tests.core.photo.pictures import encoded, gradient

c2pa = pytest.importorskip("c2pa")


def read(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The manifest of a file that nobody changed, and its actions."""
    mime = {".jpg": "image/jpeg", ".tif": "image/tiff"}.get(path.suffix, f"image/{path.suffix[1:]}")
    store = json.loads(c2pa.Reader(mime, io.BytesIO(path.read_bytes())).json())
    assert store["validation_state"] == "Valid"
    manifest = store["manifests"][store["active_manifest"]]
    (actions,) = (a for a in manifest["assertions"] if a["label"].startswith("c2pa.actions"))
    return manifest, actions["data"]["actions"]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif"])
def test_a_person_is_signed_as_created(suffix: str, signing: ExportOptions, tmp_path: Path) -> None:
    path = export_picture(generated_photo(gradient()), tmp_path / f"p{suffix}", signing)
    manifest, actions = read(path)
    assert [(a["action"], a["digitalSourceType"]) for a in actions] == [("c2pa.created", GENERATED)]
    assert manifest["claim_generator_info"][0]["name"] == "Mien" and "thumbnail" not in manifest
    assert read_source_type(file_xmp(path)) == GENERATED


def test_an_edit_has_its_photo_as_parent(signing: ExportOptions, tmp_path: Path) -> None:
    original = tmp_path / "anna.png"
    original.write_bytes(encoded(gradient()))
    photo = load_photo(original)
    photo = replace(photo, pixels=255 - photo.pixels)
    manifest, actions = read(export_picture(photo, tmp_path / "e.jpg", signing))
    assert [a["action"] for a in actions] == ["c2pa.opened", "c2pa.edited"]
    assert actions[1]["digitalSourceType"] == EDITED
    assert [i["title"] for i in manifest["ingredients"]] == ["anna.png"]
    original.unlink()
    _, actions = read(export_picture(photo, tmp_path / "f.jpg", signing))
    assert [a["action"] for a in actions] == ["c2pa.created", "c2pa.edited"]


@pytest.mark.parametrize("missing", ["certificate", "key"])
def test_what_cannot_sign_is_named(missing: str, signing: ExportOptions, tmp_path: Path) -> None:
    for name, content in (("none.pem", None), ("no.pem", b"nothing")):
        if content:
            (tmp_path / name).write_bytes(content)
        paths = {"certificate": signing.certificate, "key": signing.key}
        paths[missing] = str(tmp_path / name)
        options = ExportOptions(certificate=paths["certificate"], key=paths["key"])
        with pytest.raises(OutputError) as raised:
            export_picture(generated_photo(gradient()), tmp_path / "p.png", options)
        assert str(raised.value).endswith(".") and not (tmp_path / "p.png").exists()


def test_without_the_package_it_says_how_to_get_it(
    signing: ExportOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "c2pa":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(OutputError, match="pip install"):
        export_picture(generated_photo(gradient()), tmp_path / "p.png", signing)
