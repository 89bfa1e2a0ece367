"""What went wrong with a file is part of its sentence, and so is what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from core.cli import main
from core.errors import OutputError, explained, unreadable, unwritable
from core.files import write_file

CAUSES = {
    errno.ENOENT: ("does not exist; check the name", "folder that does not exist; make it"),
    errno.EISDIR: ("is a folder; name a file in it", "is a folder; give a file name"),
    errno.ENOTDIR: ("not a folder; check the name", "not a folder; choose another folder"),
    errno.EACCES: ("may not be read by you; change its permissions", "is not writable; choose"),
    errno.EPERM: ("may not be read by you; change its permissions", "is not writable; choose"),
    errno.EROFS: ("read-only disk; choose another folder",) * 2,
    errno.ENOSPC: ("does not fit on the disk; make room",) * 2,
    errno.EDQUOT: ("your share of the disk; make room",) * 2,
    errno.ENAMETOOLONG: ("too long a name; choose a shorter one",) * 2,
    errno.EMFILE: ("beside so many others; close some",) * 2,
    errno.EIO: ("lies on a disk that fails; copy what is on it",) * 2,
    errno.ENXIO: (
        f"cannot be read ({os.strerror(errno.ENXIO)}); choose another",
        f"cannot be written ({os.strerror(errno.ENXIO)}); choose another place",
    ),
}  # fmt: skip


@pytest.mark.parametrize("number", CAUSES, ids=errno.errorcode.get)
def test_each_cause_has_its_own_advice(number: int) -> None:
    error = OSError(number, os.strerror(number), "a.png")
    for said, words in zip(
        (unreadable("a.png", error), unwritable("a.png", error)), CAUSES[number], strict=True
    ):
        assert said.startswith("a.png ") and words in said and said.endswith(".")
    assert explained(error) == unreadable("a.png", error)


def test_an_error_without_a_name_takes_the_photos() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    assert explained(full, Path("b.png")).startswith("b.png does not fit on the disk")
    assert explained(full).startswith("A file does not fit")
    assert explained(OSError("the weights are damaged."), Path("b.png")) == (
        "b.png: the weights are damaged."
    )


def test_real_files_are_told_by_their_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for path, words in (
        (tmp_path, "is a folder; name a file"),
        (tmp_path / "gone.json", "does not exist; check the name"),
        (tmp_path / "file" / "job.json", "not a folder; check the name"),
        (tmp_path / ("a" * 300), "too long a name"),
    ):
        assert main(["batch", str(path)]) == 2
        error = capsys.readouterr().err
        assert words in error and error.count("\n") == 1
    with pytest.raises(OutputError, match="not a folder; choose another folder"):
        write_file(tmp_path / "file" / "a.png", b"")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_what_may_not_be_read_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "job.json"
    path.write_text("{}")
    path.chmod(0)
    assert main(["batch", str(path)]) == 2
    assert "may not be read by you" in capsys.readouterr().err
