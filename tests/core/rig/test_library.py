"""Presets: the built-in ones, and a folder of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import ParameterError
from core.rig.excerpt import Excerpt
from core.rig.library import OWN, PresetFolder, built_in
from core.rig.lights import LIGHT_PRESETS
from core.rig.presets import EXPRESSION_PRESETS, POSE_PRESETS
from core.rig.table import PARAMETERS, get_value
from models.face.parameters import FaceParameters

SMILE = Excerpt(("expression",), FaceParameters().with_expression({"mouthSmileLeft": 0.5}))


def test_built_in_presets_stay_in_the_trained_range() -> None:
    presets = built_in()
    assert len(presets) == len(EXPRESSION_PRESETS) + len(LIGHT_PRESETS) + len(POSE_PRESETS)
    assert len({(p.section, p.name) for p in presets}) == len(presets)
    for preset in presets:
        assert preset.excerpt.groups == (preset.section,)
        made = preset.excerpt.onto(FaceParameters(), FaceParameters())
        assert all(p.in_soft_range(get_value(made, n)) for n, p in PARAMETERS.items())


def test_save_rename_delete(tmp_path: Path) -> None:
    folder = PresetFolder(tmp_path / "deep" / "presets")
    assert folder.load() == [] and list(folder) == []
    preset = folder.add("  A  wry: smile ", SMILE)
    assert (preset.section, preset.name) == (OWN, "A wry: smile")
    again = PresetFolder(tmp_path / "deep" / "presets")
    assert again.load() == []
    (found,) = again
    np.testing.assert_array_equal(found.excerpt.parameters.expression, SMILE.parameters.expression)
    renamed = again.rename(found, "Grin")
    assert again.rename(renamed, "grin").name == "grin"
    assert PresetFolder(tmp_path / "deep" / "presets").load() == []
    again.delete(next(iter(again)))
    assert list(again) == [] and not any((tmp_path / "deep" / "presets").iterdir())


def test_names_are_checked(tmp_path: Path) -> None:
    folder = PresetFolder(tmp_path)
    preset = folder.add("Smile", SMILE)
    for name, says in (("smile", "already"), ("  ", "1 to 60"), ("x" * 61, "1 to 60")):
        with pytest.raises(ParameterError, match=says):
            folder.add(name, SMILE)
    folder.add("S/mile", SMILE)
    folder.add("S?mile", SMILE)
    assert len(list(tmp_path.iterdir())) == 3
    with pytest.raises(ParameterError, match="already"):
        folder.rename(preset, "s?mile")
    with pytest.raises(ParameterError, match="comes with Mien"):
        folder.delete(built_in()[0])


def test_foreign_files(tmp_path: Path) -> None:
    folder, elsewhere = PresetFolder(tmp_path / "own"), tmp_path / "Mail.json"
    smile = folder.add("Smile", SMILE)
    folder.export(smile, elsewhere)
    assert [folder.take_in(elsewhere).name for _ in range(2)] == ["Smile 2", "Smile 3"]
    nameless = elsewhere.read_text().replace('"name": "Smile",', "")
    elsewhere.write_text(nameless)
    assert folder.take_in(elsewhere).name == "Mail"
    for content in (b"{}", b"\xff\xfe", b" " * 300_000):
        elsewhere.write_bytes(content)
        with pytest.raises(ParameterError, match="Mail"):
            folder.take_in(elsewhere)
    with pytest.raises(ParameterError, match="cannot be read"):
        folder.take_in(tmp_path / "none.json")


def test_a_damaged_file_hides_nothing_else(tmp_path: Path) -> None:
    folder = PresetFolder(tmp_path)
    folder.add("Smile", replace(SMILE))
    (tmp_path / "Bad.json").write_text("{")
    assert ["Bad.json" in p for p in folder.load()] == [True]
    assert [p.name for p in folder] == ["Smile"]
