"""What a batch lacks is told in one sentence before anything is made."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.document.project import VERSION, Project, write_project
from core.export.manifest import NAME
from core.export.options import ExportOptions
from core.export.provenance import GENERATED, file_xmp, read_source_type
from core.export.settings_in_file import read_settings
from tests.core.export.conftest import certified
from tests.core.export.here import Here

MODEL: dict[str, Any] = {
    "format": "mien-batch", "version": 1, "input": {"people": 2}, "out": "out",
    "edits": {"method": "model"}, "outputs": {"size": 32},
}  # fmt: skip

Batch = Callable[..., int]


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Runs a job in this process; returns the exit status."""
    monkeypatch.setattr("core.cli.batch.ProcessExecutor", Here)

    def run(*options: str, **changes: object) -> int:
        path = tmp_path / "job.json"
        path.write_text(json.dumps(MODEL | changes))
        return main(["batch", str(path), *options])

    return run


def refused(said: pytest.CaptureFixture[str], folder: Path, words: str) -> None:
    """One sentence with these words, and nothing was written."""
    error = said.readouterr().err
    assert words in error and error.count("\n") == 1 and error.endswith(".\n")
    assert not (folder / "out").exists()


def test_a_project_that_cannot_be_opened(
    batch: Batch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.mien"
    given = {"input": {"project": "a.mien"}, "edits": {}}
    for options in ([], ["--preview"], ["--resume"]):
        assert batch(*options, **given) == 2
        refused(capsys, tmp_path, "a.mien does not exist")
    write_project(path, Project())
    assert batch(**given) == 2
    refused(capsys, tmp_path, "neither a photo nor a person")
    with zipfile.ZipFile(path) as archive:
        content = json.loads(archive.read("project.json"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("project.json", json.dumps(content | {"version": VERSION + 1}))
    assert batch(**given) == 2
    refused(capsys, tmp_path, f"is of version {VERSION + 1}, this Mien reads up to {VERSION}")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("certificate", None, "chain.pem does not exist"),
        ("key", None, "key.pem does not exist"),
        ("certificate", b"nothing", "cannot be signed"),
        ("key", b"nothing", "holds no PEM key"),
    ],
)
def test_what_cannot_sign(
    batch: Batch, tmp_path: Path, signing: ExportOptions, capsys: pytest.CaptureFixture[str],
    name: str, content: bytes | None, words: str,
) -> None:  # fmt: skip
    for part, source in (("certificate", signing.certificate), ("key", signing.key)):
        data = content if part == name else Path(source).read_bytes()
        if data is not None:
            (tmp_path / Path(source).name).write_bytes(data)
    assert batch(sign={"certificate": "chain.pem", "key": "key.pem"}) == 2
    refused(capsys, tmp_path, words)


def test_a_certificate_that_has_ended(
    batch: Batch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certified(tmp_path, days=-1)
    assert batch(sign={"certificate": "chain.pem", "key": "key.pem"}) == 2
    refused(capsys, tmp_path, "cannot be signed")


def test_a_signed_batch(batch: Batch, tmp_path: Path, signing: ExportOptions) -> None:
    c2pa = pytest.importorskip("c2pa")
    sign = {"certificate": signing.certificate, "key": signing.key}
    assert batch(sign=sign) == 0
    pictures = sorted((tmp_path / "out").glob("*.png"))
    assert len(pictures) == 2
    for picture in pictures:
        store = json.loads(c2pa.Reader("image/png", io.BytesIO(picture.read_bytes())).json())
        assert store["validation_state"] == "Valid"
        assert read_source_type(file_xmp(picture)) == GENERATED
    # Neither place is recorded; the certificate must be the same when the run goes on.
    assert "key.pem" not in (tmp_path / "out" / NAME).read_text()
    assert batch("--resume", sign=sign) == 0
    assert batch("--resume") == 2


def test_the_job_decides_and_not_the_settings(
    batch: Batch, tmp_path: Path, signing: ExportOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert batch() == 0
    monkeypatch.setenv("MIEN_EMBED_SETTINGS", "false")
    monkeypatch.setenv("MIEN_CERTIFICATE", signing.certificate)
    monkeypatch.setenv("MIEN_PRIVATE_KEY", signing.key)
    assert batch(out="again") == 0
    plain = sorted((tmp_path / "out").glob("*.png"))
    for picture in plain:
        assert read_settings(picture) is not None
        assert (tmp_path / "again" / picture.name).read_bytes() == picture.read_bytes()
    assert batch(out="bare", outputs={"size": 32, "embed_settings": False}) == 0
    for picture in plain:
        bare = tmp_path / "bare" / picture.name
        assert read_settings(bare) is None and read_source_type(file_xmp(bare)) == GENERATED
