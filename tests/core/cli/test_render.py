"""`mien render` writes what it says, and says what it will not write."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.export.provenance import GENERATED, file_xmp, read_source_type
from models.face.model import FaceModel
from models.face.pose import rotation


def _render(*options: str) -> int:
    return main(["render", *options])


def test_a_picture_of_the_wanted_size_and_pose(tmp_path: Path) -> None:
    for name, yaw in (("left.png", "-40"), ("right.png", "40")):
        assert _render("--out", str(tmp_path / name), "--size", "96", f"--yaw={yaw}") == 0
    left, right = (np.asarray(Image.open(tmp_path / n)) for n in ("left.png", "right.png"))
    assert left.shape == right.shape == (96, 96, 4)
    turned = np.abs(left[..., 3].astype(int) - right[:, ::-1, 3])
    assert turned.mean() < 3  # a mirrored face has a mirrored outline
    assert np.abs(left[..., 3].astype(int) - right[..., 3]).mean() > 10


def test_jpeg_gets_a_ground(tmp_path: Path) -> None:
    path = tmp_path / "face.jpg"
    assert _render("--out", str(path), "--size", "64", "--mode", "shaded") == 0
    picture = Image.open(path)
    assert picture.mode == "RGB" and read_source_type(file_xmp(path)) == GENERATED
    assert np.asarray(picture)[0, 0].max() < 60


def test_meshes_are_the_turned_model(tmp_path: Path) -> None:
    picture = tmp_path / "face.png"
    model = FaceModel.load()
    expected = model.mean @ rotation(np.array([30.0, 0, 0])).T
    for kind in ("obj", "glb"):
        options = ("--size", "32", "--yaw", "30", "--mesh", kind, "--overwrite")
        assert _render("--out", str(picture), *options) == 0
    lines = (tmp_path / "face.obj").read_text().splitlines()
    points = np.array([line.split()[1:4] for line in lines if line.startswith("v ")], float)
    np.testing.assert_allclose(points, expected, atol=1e-3)
    assert sum(line.startswith("f ") for line in lines) == len(model.triangles)
    data = (tmp_path / "face.glb").read_bytes()
    assert struct.unpack("<4sII", data[:12]) == (b"glTF", 2, len(data))
    length = struct.unpack("<I", data[12:16])[0]
    document, binary = json.loads(data[20 : 20 + length]), data[28 + length :]
    accessor = document["accessors"][
        document["meshes"][0]["primitives"][0]["attributes"]["POSITION"]
    ]
    view = document["bufferViews"][accessor["bufferView"]]
    points = np.frombuffer(binary, "<f4", 3 * accessor["count"], view["byteOffset"]).reshape(-1, 3)
    np.testing.assert_allclose(points * 1000, expected, atol=1e-3)
    np.testing.assert_allclose(points.max(axis=0), accessor["max"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--out", "face.gif"], "end it in .png"),
        (["--out", "face.png", "--size", "3"], "--size cannot be 3"),
        (["--out", "face.png", "--light", "disco"], "no light 'disco'"),
        (["--out", "face.png", "--rasterizer", "nvdiffrast"], "use --rasterizer cpu"),
        (["--out", "gone/face.png", "--size", "16"], "folder that does not exist"),
    ],
)
def test_bad_input_is_one_sentence(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("models.face.rasterizer_nvdiffrast.is_available", lambda: False)
    assert _render(*options) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith("mien: ") and len(error.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "face.png"
    path.write_bytes(b"mine")
    assert _render("--out", str(path), "--size", "32") == 2
    assert "exists already" in capsys.readouterr().err
    assert path.read_bytes() == b"mine"
    assert _render("--out", str(path), "--size", "32", "--overwrite") == 0
    assert path.read_bytes() != b"mine"
