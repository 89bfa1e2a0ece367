"""What an item's files say, against the face model and the readers that data sets are meant for."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.export import datasets
from core.export.job import Job, job_from_json
from core.export.manifest import Manifest
from core.export.plan import Plan
from core.export.records import Task
from core.export.settings_in_file import read_settings
from core.export.workshop import Workshop
from core.rig.table import PARAMETERS, set_values, values
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation

CONTENT: dict[str, Any] = {
    "format": "mien-batch", "version": 1, "input": {"people": [3, 8]}, "seed": 2,
    "edits": {
        "method": "model", "yaw": {"grid": [-25, 30]}, "jawOpen": 0.4, "truncation": 0.7,
        "light": "rembrandt",
    },
    "outputs": {
        "size": 96, "mask": True, "depth": True, "normals": True, "albedo": True,
        "landmarks": True, "mesh": "obj",
    },
    "datasets": ["metadata", "cameras", "coco", "webdataset"], "names": "{stem}_{yaw:.1f}",
}  # fmt: skip


@dataclass
class Made:
    """A folder with the files of four items and their data sets."""

    folder: Path
    job: Job
    names: tuple[str, ...]

    def sidecar(self, index: int) -> dict[str, Any]:
        return json.loads((self.folder / f"{self.names[index]}.json").read_text())

    def picture(self, index: int, ending: str) -> np.ndarray:
        picture = cv2.imread(str(self.folder / f"{self.names[index]}{ending}"), -1)
        assert picture is not None
        return picture


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("batch")
    job = job_from_json(CONTENT | {"out": str(folder)})
    plan, workshop, manifest = Plan(job), Workshop(job), Manifest.begin(folder, {})
    for index in range(len(plan)):
        item = plan.item(index)
        task = Task(item, plan.sources[item.source])
        result = workshop.make(task)
        assert not result.reason and not result.stop
        manifest.add(result.record(task, "weights"))
    assert list(datasets.write(plan, manifest, lambda: None)) == [
        "metadata.jsonl", "dataset.json", "coco.json", "shards/000000.tar",
    ]  # fmt: skip
    manifest.close()
    return Made(folder, job, plan.names)


def _rig(sidecar: dict[str, Any]) -> FaceParameters:
    return set_values(FaceParameters(), sidecar["coefficients"])


def test_the_sidecar_names_everything(made: Made) -> None:
    sidecar = made.sidecar(1)
    assert sidecar["schema"] == 1 and list(sidecar["coefficients"]) == list(PARAMETERS)
    assert sidecar["coefficients"]["yaw"] == 30 and sidecar["controls"]["jawOpen"] == 0.4
    assert sidecar["person"] == {"seed": 3, "truncation": 0.7, "noise": []}
    assert sidecar["weights"]["face_model"] == FaceModel.load(level=0).hash
    assert sidecar["light_order"][6] == "3z²−1" and sidecar["crop"] == [[1, 0, 0], [0, 1, 0]]
    assert (sidecar["width"], sidecar["height"]) == (96, 96)
    assert set(sidecar["files"].values()) == {
        p.name for p in made.folder.glob(f"{made.names[1]}.*")
    }


def test_the_camera_label_projects_the_face_onto_the_picture(made: Made) -> None:
    for index in range(4):
        sidecar = made.sidecar(index)
        rig = _rig(sidecar)
        label = np.array(sidecar["camera_label"])
        world_to_camera = np.linalg.inv(label[:16].reshape(4, 4))
        assert np.linalg.norm(label[:16].reshape(4, 4)[:3, 3]) == pytest.approx(2.7, abs=1e-5)
        points = FaceModel.load().vertices(rig.identity, rig.expression)[:478] * 2.7 / 1000
        seen = points @ world_to_camera[:3, :3].T + world_to_camera[:3, 3]
        screen = seen @ label[16:].reshape(3, 3).T
        pixels = screen[:, :2] / screen[:, 2:] * 96 - 0.5
        np.testing.assert_allclose(pixels, sidecar["landmarks_2d"], atol=2e-3)
    turned = np.array(made.sidecar(0)["camera_label"])[:16].reshape(4, 4)
    assert turned[0, 3] > 0.5  # the nose points to the left: the camera is on the face's right


def test_pictures_agree_with_each_other(made: Made) -> None:
    sidecar = made.sidecar(0)
    image, mask = made.picture(0, ".png"), made.picture(0, ".mask.png")
    depth, normals = made.picture(0, ".depth.png"), made.picture(0, ".normals.png")
    assert image.shape[:2] == mask.shape == depth.shape == (96, 96)
    assert depth.dtype == np.uint16 and ((depth > 0) == (mask > 0)).mean() > 0.99
    assert made.picture(0, ".albedo.png").shape == normals.shape == (96, 96, 4)
    x, y = np.rint(sidecar["landmarks_2d"][4]).astype(int)
    nose = sidecar["landmarks_3d"][4]
    assert depth[y, x] / 10 == pytest.approx(1000 - nose[2], abs=3)
    # The nose points to the left; red is x, and cv2 reads it last.
    assert normals[y, x, 2] < 100 and normals[y, x, 0] > 220


def test_landmarks_and_mesh_are_in_the_camera_frame(made: Made) -> None:
    sidecar = made.sidecar(2)
    text = (made.folder / f"{made.names[2]}.landmarks.csv").read_text()
    rows = np.array([[float(v) for v in row] for row in list(csv.reader(io.StringIO(text)))[1:]])
    np.testing.assert_allclose(rows[:, 1:3], sidecar["landmarks_2d"], atol=1e-3)
    np.testing.assert_allclose(rows[:, 3:], sidecar["landmarks_3d"], atol=1e-3)
    rig = _rig(sidecar)
    points = FaceModel.load().vertices(rig.identity, rig.expression)[:478]
    np.testing.assert_allclose(rows[:, 3:], points @ rotation(rig.pose).T, atol=2e-3)
    lines = (made.folder / f"{made.names[2]}.obj").read_text().splitlines()
    first = [float(v) for v in next(line for line in lines if line.startswith("v ")).split()[1:4]]
    np.testing.assert_allclose(first, rows[0, 3:], atol=1e-2)


def test_the_picture_restores_its_settings(made: Made) -> None:
    settings = read_settings(made.folder / f"{made.names[3]}.png")
    assert settings is not None and settings.project.person is not None
    assert settings.project.person.seed == 8
    restored = values(settings.project.edits[0].parameters)
    for name, value in made.sidecar(3)["coefficients"].items():
        assert restored[name] == pytest.approx(value, abs=1e-5)


def test_data_sets_are_as_their_readers_want_them(made: Made) -> None:
    lines = [json.loads(line) for line in (made.folder / "metadata.jsonl").open()]
    assert [line["file_name"] for line in lines] == [f"{name}.png" for name in made.names]
    assert lines[0]["mask_file_name"] == f"{made.names[0]}.mask.png" and lines[0]["seed"] == 3
    labels = json.loads((made.folder / "dataset.json").read_text())["labels"]
    assert [len(label) for _, label in labels] == [25] * 4
    assert labels[2] == [f"{made.names[2]}.png", made.sidecar(2)["camera_label"]]
    coco = json.loads((made.folder / "coco.json").read_text())
    assert [i["id"] for i in coco["images"]] == [a["image_id"] for a in coco["annotations"]]
    assert len(coco["categories"][0]["keypoints"]) == 68
    points = np.array(coco["annotations"][1]["keypoints"]).reshape(68, 3)
    assert coco["annotations"][1]["num_keypoints"] == (points[:, 2] == 2).sum() == 68
    chin = made.sidecar(1)["landmarks_2d"][152]
    np.testing.assert_allclose(points[8, :2], chin)
    left, top, width, height = coco["annotations"][1]["bbox"]
    assert left <= points[:, 0].min() and top + height >= points[:, 1].max() and width < 96


def test_shards_have_one_key_an_item(made: Made) -> None:
    with tarfile.open(made.folder / "shards" / "000000.tar") as tar:
        members = tar.getmembers()
        keys = [m.name.partition(".")[0] for m in members]
        assert sorted(set(keys)) == [f"{i:06d}" for i in range(4)]
        assert keys == sorted(keys)  # the parts of an item follow each other
        endings = {m.name.partition(".")[2] for m in members}
        assert endings == {
            "png", "json", "seg.png", "depth.png", "normals.png", "albedo.png", "landmarks.csv",
            "obj",
        }  # fmt: skip
        seg = tar.extractfile("000001.seg.png")
        assert seg is not None
        assert seg.read() == (made.folder / f"{made.names[1]}.mask.png").read_bytes()
        assert {(m.mtime, m.uid) for m in members} == {(0, 0)}
