"""Settings survive crashes, other windows, broken files and other versions."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from core.settings import ASIDE, CHOICES, SettingsFile, Values


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def test_defaults_then_what_was_changed(path: Path) -> None:
    file = SettingsFile(path)
    assert file.values == Values() and not file.notices and not path.exists()
    file.change(theme="light", folders={"open": "/photos"})
    file.flush()
    again = SettingsFile(path).values
    assert again.theme == "light" and again.folders == {"open": "/photos"}
    assert again.device == "auto"
    assert json.loads(path.read_text()) == {
        "version": 1, "theme": "light", "folders": {"open": "/photos"},
    }  # fmt: skip


def test_values_outside_the_model_are_refused(path: Path) -> None:
    file = SettingsFile(path)
    for wrong in ({"device": "tpu"}, {"memory_limit": -1}, {"preview_size": 700}):
        with pytest.raises(ValueError):
            file.change(**wrong)
    assert file.values == Values()


def test_two_windows_keep_each_others_changes(path: Path) -> None:
    first, second = SettingsFile(path), SettingsFile(path)
    first.change(theme="light")
    first.flush()
    second.change(autosave=False)
    second.flush()
    first.refresh()
    assert first.values.theme == "light" and not first.values.autosave


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"[]", b'{"theme": "light"}', b"[" * 100_000, b"{}" * 600_000]
)
def test_a_broken_file_gives_defaults_one_notice_and_is_kept(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    file = SettingsFile(path)
    assert file.values == Values() and len(file.notices) == 1
    assert ASIDE in file.notices[0] and path.with_name(ASIDE).read_bytes() == content
    file.change(theme="system")
    file.flush()
    healed = SettingsFile(path)
    assert healed.values.theme == "system" and not healed.notices


def test_one_wrong_value_costs_only_itself(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"version": 1, "theme": "light", "device": 7, "recent": ["a"]}')
    file = SettingsFile(path)
    assert file.values == Values(theme="light", recent=("a",))
    assert "device" in file.notices[0] and "theme" not in file.notices[0]


def test_what_a_newer_mien_wrote_is_left_in_place(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"version": 2, "theme": "light", "wings": [1, 2]}')
    file = SettingsFile(path)
    assert file.values.theme == "light" and not file.notices
    file.change(theme="dark")
    file.flush()
    assert json.loads(path.read_text()) == {"version": 2, "theme": "dark", "wings": [1, 2]}


def test_the_environment_fixes_choices_and_is_never_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIEN_DEVICE", "cpu")
    monkeypatch.setenv("MIEN_AUTOSAVE", "0")
    monkeypatch.setenv("MIEN_PREVIEW_SIZE", "1024")
    monkeypatch.setenv("MIEN_MEMORY_LIMIT", "plenty")
    file = SettingsFile(path)
    assert file.values.device == "cpu" and not file.values.autosave
    assert file.values.preview_size == 1024
    assert file.fixed == {"device", "autosave", "preview_size"} and set(CHOICES) >= file.fixed
    assert file.notices == [
        "MIEN_MEMORY_LIMIT is 'plenty', which is no such setting; it is ignored."
    ]
    file.change(theme="light")
    file.flush()
    assert json.loads(path.read_text()) == {"version": 1, "theme": "light"}


@pytest.mark.skipif(os.name != "posix", reason="a file in the folder's place")
def test_a_folder_that_cannot_be_written_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("not a folder")
    told: list[str] = []
    file = SettingsFile(tmp_path / "config" / "settings.json", told.append)
    for theme in ("light", "dark", "light"):
        file.change(theme=theme)
    file.flush()
    assert len(told) == 1 and "not kept" in told[0]
    assert file.values.theme == "light"
