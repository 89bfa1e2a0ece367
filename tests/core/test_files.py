"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.errors import OutputError
from core.files import make_folder, unique_path, write_file


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


def test_a_crash_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="does not fit on the disk"):
        write_file(path, b"new", overwrite=True)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


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
