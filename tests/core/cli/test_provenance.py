"""Every picture that a command writes says in its XMP what made it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main, pictures
from core.export.provenance import EDITED, GENERATED, file_xmp, read_source_type
from core.export.settings_in_file import read_settings
from core.portrait import runtime as runtimes
from core.portrait.runtime import Runtime
from models.face.parameters import FaceParameters
from tests.core.cli.conftest import FakeScene, fit_at
from tests.core.export.here import Here
from tests.core.portrait.small import small_generator

# Command, its options, how many pictures it writes, and what made them.
WRITERS: dict[str, tuple[str, int, str]] = {
    "edit": ("edit {photo} --yaw 5 --out {out}", 1, EDITED),
    "edit, the photo's format": ("edit {jpeg} --yaw 5 --format same --out {out}", 1, EDITED),
    "edit --box": ("edit {photo} --box 20 30 60 70 --yaw 5 --out {out}", 1, EDITED),
    "edit, generator": ("edit {photo} --method generator --out {out}", 1, EDITED),
    "fit --overlay": ("fit {photo} --overlay --out {out}", 1, EDITED),
    "render": ("render --size 32 --out {out}/a.webp", 1, GENERATED),
    "generate": ("generate --seed 1 --count 2 --out {out}", 2, GENERATED),
    "embed": ("embed {photo} --steps 0 --out {out}", 1, EDITED),
    "animate a photo": ("animate {photo} --sweep yaw=0:9 --frames 2 --out {out}/a", 2, EDITED),
    "animate a GIF": ("animate {photo} --sweep yaw=0:9 --frames 2 --out {out}/a.gif", 1, EDITED),
    "animate a person": (
        "animate --seed 1 --sweep yaw=0:9 --frames 2 --out {out}/a", 2, GENERATED,
    ),
    "batch, photos": ("batch {photos_job} --workers 1", 2, EDITED),
    "batch, people": ("batch {people_job} --workers 1", 2, GENERATED),
    "pictures": ("pictures --out {out}", 3, GENERATED),
}  # fmt: skip


class LiveScene(FakeScene):
    """A scene with previews, which animations are made of."""

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        return self.edited(parameters).pixels


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, known_faces: None) -> None:
    """A small generator, faces that are known, sheets of one cell, workers in this process."""
    monkeypatch.setattr(runtimes, "openvino", lambda: None)
    monkeypatch.setattr(Runtime, "load", lambda **_: Runtime(small_generator()))
    monkeypatch.setattr("core.photo.scene.Scene", LiveScene)
    monkeypatch.setattr("core.photo.analyze.fit_face", lambda *_: fit_at(40, yaw=7))
    monkeypatch.setattr(pictures, "_sheet", lambda *_: Image.new("RGB", (20, 20)))
    monkeypatch.setattr(
        "core.cli.generator_sheet.generator_sheet", lambda: Image.new("RGB", (20, 20))
    )
    monkeypatch.setattr("core.cli.batch.ProcessExecutor", Here)


@pytest.mark.parametrize("writer", WRITERS)
def test_every_writer_says_what_made_its_pictures(
    writer: str, photos: Path, tmp_path: Path
) -> None:
    line, count, word = WRITERS[writer]
    out = tmp_path / "out"
    out.mkdir()
    job: dict[str, object] = {
        "format": "mien-batch", "version": 1, "out": str(out), "edits": {"yaw": 20},
    }  # fmt: skip
    jobs: dict[str, dict[str, object]] = {
        "photos_job": {"input": {"photos": [str(photos / "a.jpg"), str(photos / "b.png")]}},
        "people_job": {"input": {"people": 2}, "outputs": {"size": 32}},
    }
    for name, more in jobs.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(job | more))
    places = {name: str(tmp_path / f"{name}.json") for name in jobs}
    places |= {"photo": str(photos / "b.png"), "jpeg": str(photos / "a.jpg"), "out": str(out)}
    assert main([part.format(**places) for part in line.split()]) == 0
    written = [p for p in out.rglob("*") if p.suffix in (".png", ".jpg", ".webp", ".gif")]
    assert len(written) == count
    for path in written:
        assert read_source_type(_xmp(path)) == word, path
    # A picture that was made says so still when it is edited.
    if word == GENERATED and written[0].suffix == ".png":
        again = tmp_path / "again"
        assert main(["edit", str(written[0]), "--yaw", "5", "--out", str(again)]) == 0
        assert read_source_type(file_xmp(again / written[0].name)) == GENERATED


def test_an_edit_in_a_box_can_be_restored(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the faces that are found anyway, as the window has them."""
    for name, found in (("b.png", 2), ("empty.png", 0)):
        box = ["--box", "20", "30", "60", "70", "--yaw", "25"]
        assert main(["edit", str(photos / name), "--out", str(tmp_path), *box]) == 0
        settings = read_settings(tmp_path / name)
        assert settings is not None
        project = settings.project
        assert [f.manual for f in project.faces] == [False] * found + [True]
        assert project.face == found and project.faces[-1].box == fit_at(40).box
        assert list(project.edits) == [found]
        assert project.edits[found].parameters.pose[0] == 25


def test_it_can_be_left_out(photos: Path, tmp_path: Path) -> None:
    options = ["--no-provenance", "--no-settings", "--yaw", "5"]
    assert main(["edit", str(photos / "b.png"), "--out", str(tmp_path), *options]) == 0
    assert file_xmp(tmp_path / "b.png") is None


def _xmp(path: Path) -> bytes | None:
    if path.suffix != ".gif":
        return file_xmp(path)
    data = path.read_bytes()
    start = data.index(b"XMP DataXMP") + 11
    return data[start : data.index(b"\x01\xff\xfe", start)]
