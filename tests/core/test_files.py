"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from core.errors import OutputError
from core.files import make_folder, unique_path, write_file
from tests.core.document.killing import kill_in_a_child
from tests.faults import ERRORS, faults


def test_write_replace_and_refuse(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    assert write_file(path, b"one") == path
    with pytest.raises(OutputError, match="exists already"):
        write_file(path, b"two")
    assert path.read_bytes() == b"one"
    write_file(path, b"two", overwrite=True)
    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    write_file(tmp_path / "a", b"one")
    with pytest.raises(OutputError, match="exists already"):
        write_file(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"


@pytest.mark.parametrize("number", ERRORS)
@pytest.mark.parametrize("old", [b"old", None])
def test_a_disk_that_fails_at_any_call(tmp_path: Path, number: int, old: bytes | None) -> None:
    path = tmp_path / "a"
    if old:
        path.write_bytes(old)
    said: list[str] = []

    def write() -> None:
        said.clear()
        try:
            write_file(path, b"the new content", overwrite=old is not None)
        except OutputError as error:
            said.append(str(error))

    hit: list[str] = []
    for name in faults(number, write):
        hit.append(name)
        found = path.read_bytes() if path.exists() else None
        # Without a hard link there is another way, and the folder's close is of no matter; after
        # a rename the new file is there, whole.
        harmless = name == "link" or len(hit) == 8
        renamed = name == "fsync" and "replace" in hit
        assert found == (b"the new content" if harmless or renamed else old), hit
        assert bool(said) != harmless
        for text in said:
            word = "does not fit" if number == errno.ENOSPC else "a disk that fails"
            assert word in text and text.endswith(".") and str(path) in text
        path.unlink(missing_ok=True)
        if old:
            path.write_bytes(old)
        assert os.listdir(tmp_path) == (["a"] if old else [])
    put = "replace" if old else "link"
    assert hit == ["open", "write", "fsync", "close", "open", put, "fsync", "close"]
    assert path.read_bytes() == b"the new content" and not said


def test_kill_9_at_random_moments_of_saving(tmp_path: Path) -> None:
    killed, written = kill_in_a_child("saves", tmp_path, 110)
    assert killed == 110 and written > 5


def test_folders(tmp_path: Path) -> None:
    assert make_folder(tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "inside"):
        with pytest.raises(OutputError, match="not a folder"):
            make_folder(path)


def test_unique_path(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "a-2.png").write_bytes(b"")
    assert unique_path(tmp_path / "a.png") == tmp_path / "a-3.png"
    assert unique_path(tmp_path / "b.png") == tmp_path / "b.png"
