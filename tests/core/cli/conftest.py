"""Photos whose faces are known without looking: analysis and scene are put in by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import FaceError
from core.photo.box import Box
from core.photo.load import Photo
from models.face.camera import Camera
from models.face.fitting import FaceFit
from models.face.parameters import FaceParameters

WIDTH, HEIGHT = 160, 120


def fit_at(x: float, yaw: float = 0.0) -> FaceFit:
    """A face about x px, turned by yaw."""
    parameters = FaceParameters(pose=np.array([yaw, 2, -3], np.float32)).with_expression(
        {"jawOpen": 0.25}
    )
    spread = np.random.default_rng(3).normal(0, 12, (478, 2))
    return FaceFit(
        parameters=parameters,
        camera=Camera(300.0, x, 60.0),
        landmarks=(spread + [x, 60]).astype(np.float32),
        box=(x - 20, 40.0, x + 20, 80.0),
        confidence=0.9,
    )


class FakeScene:
    """Writes the pose that it was asked for into the red channel of the first pixel."""

    def __init__(self, photo: Photo, fit: FaceFit) -> None:
        self.photo, self.fit = photo, fit
        self.edited_box = Box(0, 0, 100, 100)

    def edited(self, parameters: FaceParameters, feather: float = 0.0) -> Photo:
        pixels = self.photo.pixels.copy()
        pixels[0, 0] = (100 + parameters.pose[0], 100 * parameters.expression.max(), feather)
        pixels[0, 1] = int(self.fit.box[0])
        pixels[0, 2] = np.clip(parameters.light[0] * 100, 0, 255)
        return replace(self.photo, pixels=pixels)


@pytest.fixture
def known_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos named empty* have no face, others two; the larger one is at 100 px."""

    def analyze(photo: Photo) -> list[FaceFit]:
        if Path(photo.name).name.startswith("empty"):
            raise FaceError(f"No face was found in {photo.name}; use another photo.")
        return [fit_at(100, yaw=10), fit_at(40, yaw=-20)]

    monkeypatch.setattr("core.photo.analyze.analyze", analyze)
    monkeypatch.setattr("core.photo.scene.Scene", FakeScene)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with a.jpg, b.png, empty.png, broken.jpg and other/a.png."""
    generator = np.random.default_rng(0)
    image = Image.fromarray(generator.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8))
    folder = tmp_path / "photos"
    (folder / "other").mkdir(parents=True)
    image.save(folder / "a.jpg")
    image.save(folder / "b.png")
    image.save(folder / "empty.png")
    image.save(folder / "other" / "a.png")
    (folder / "broken.jpg").write_bytes((folder / "a.jpg").read_bytes()[:900])
    return folder
