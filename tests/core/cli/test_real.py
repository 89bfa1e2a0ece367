"""`fit` and `edit` on portraits of people that nothing was trained on."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.photo.load import load_photo

COUNT = 3


@pytest.fixture(scope="module")
def held_out(portraits: Path) -> list[tuple[Path, np.ndarray]]:
    """Files and landmarks (478, 2) of held-out people."""
    file = np.load(portraits / "landmarks.npz")
    rows = [i for i, name in enumerate(file["ids"]) if zlib.crc32(str(name).encode()) % 10 == 0]
    points = (file["landmarks"] + file["landmarks_mirror"])[..., :2] / 2
    return [
        (portraits / "train" / f"{file['ids'][i]}.jpg", points[i])
        for i in rows[:: len(rows) // COUNT][:COUNT]
    ]


def test_landmarks_of_unseen_people(
    held_out: list[tuple[Path, np.ndarray]], tmp_path: Path
) -> None:
    assert main(["fit", *(str(p) for p, _ in held_out), "--out", str(tmp_path)]) == 0
    for path, points in held_out:
        face = json.loads((tmp_path / f"{path.stem}.json").read_text())["faces"][0]
        eyes = np.linalg.norm(points[468] - points[473])
        errors = np.linalg.norm(np.array(face["landmarks"]) - points[:468], axis=1) / eyes
        assert errors.mean() < 0.04
        assert face["confidence"] > 0.5


def test_an_edit_of_nothing_and_a_turned_head(
    held_out: list[tuple[Path, np.ndarray]], tmp_path: Path
) -> None:
    path, _ = held_out[0]
    photo = load_photo(path).pixels.astype(float)
    assert main(["edit", str(path), "--out", str(tmp_path / "same")]) == 0
    same = load_photo(tmp_path / "same" / f"{path.stem}.png").pixels
    assert 10 * np.log10(255**2 / max(((same - photo) ** 2).mean(), 1e-6)) > 45
    turned = tmp_path / "turned"
    assert main(["edit", str(path), "--out", str(turned), "--relative", "--yaw", "15"]) == 0
    poses = []
    for folder, source in ((tmp_path / "a", path), (tmp_path / "b", turned / f"{path.stem}.png")):
        assert main(["fit", str(source), "--out", str(folder)]) == 0
        document = json.loads((folder / f"{path.stem}.json").read_text())
        poses.append(document["faces"][0]["pose"]["yaw"])
    assert 10 < poses[1] - poses[0] < 20
