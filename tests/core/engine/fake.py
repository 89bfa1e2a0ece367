"""A backend without models, for tests of the engine's process: arithmetic instead of faces."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.engine.messages import (
    ExportOptions,
    FaceParameters,
    GeneratorState,
    LatentCode,
    Method,
    Source,
)
from core.engine.portraits import Report
from core.engine.thumbnails import shrink
from core.errors import AssetError, FaceError, PhotoError
from core.photo.metadata import PhotoMetadata
from models.face.camera import Camera
from models.face.parameters import EXPRESSION_NAMES


@dataclass(frozen=True)
class FakePhoto:
    """Pixels, and how many faces to find. alpha: of a cut-out, (H, W) uint8."""

    pixels: np.ndarray
    faces: int
    patient: bool = False
    alpha: np.ndarray | None = None
    metadata: PhotoMetadata = field(default_factory=PhotoMetadata)


@dataclass(frozen=True)
class FakeFit:
    """What the worker reads of a fit."""

    parameters: FaceParameters
    box: tuple[float, float, float, float]
    camera: Camera
    confidence: float = 0.9
    displacement: np.ndarray | None = None


def smiling(amount: float, yaw: float = 5.0) -> FaceParameters:
    """Parameters that differ from the defaults."""
    p = FaceParameters(pose=np.array([yaw, -2, 1], np.float32))
    return p.with_expression({"mouthSmileLeft": amount, "mouthSmileRight": amount})


@dataclass(frozen=True)
class FakeScene:
    """Adds the yaw to every pixel, so that a test can read it from a frame."""

    photo: FakePhoto
    fit: FakeFit

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        """The photo at max_size, brightened by the yaw; a jaw opened to 1.25 kills the process."""
        if parameters.expression[EXPRESSION_NAMES.index("jawOpen")] == 1.25:
            os.kill(os.getpid(), signal.SIGKILL)
        height, width = self.photo.pixels.shape[:2]
        scale = min(1.0, max_size / max(height, width))
        rows = (np.arange(round(height * scale)) / scale).astype(int)
        columns = (np.arange(round(width * scale)) / scale).astype(int)
        small = self.photo.pixels[rows][:, columns].astype(int) + round(float(parameters.pose[0]))
        return np.clip(small, 0, 255).astype(np.uint8)

    def prepare(self, max_size: int) -> None:
        """Nothing to make."""

    def opacity(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray | None:
        """The photo's own."""
        return None if self.photo.alpha is None else shrink(self.photo.alpha, max_size)

    def edited(self, parameters: FaceParameters, feather: float = 1.0) -> FakePhoto:
        """The same at full size, as a photo."""
        pixels = self.render(parameters, max(self.photo.pixels.shape))
        return replace(self.photo, pixels=pixels)


@dataclass(frozen=True)
class FakeEmbedded:
    """Adds the latent's code to what the scene shows; hybrid halves it."""

    scene: FakeScene
    latent: LatentCode
    method: Method

    def render(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray:
        """The scene, darker by the code."""
        dark = float(self.latent.noise[0]) * (0.5 if self.method == "hybrid" else 1.0)
        return (self.scene.render(parameters, max_size) - round(dark)).astype(np.uint8)

    def opacity(self, parameters: FaceParameters, max_size: int = 512) -> np.ndarray | None:
        """The scene's."""
        return self.scene.opacity(parameters, max_size)

    def edited(self, parameters: FaceParameters, feather: float = 1.0) -> FakePhoto:
        """The same at full size, as a photo."""
        pixels = self.render(parameters, max(self.scene.photo.pixels.shape))
        return replace(self.scene.photo, pixels=pixels)


class FakePortrait:
    """Its people are their seed: grey by the noise code, the truncation in their yaw."""

    key = "fake"

    def early(self) -> None:
        """Nothing was kept."""

    def load(self) -> GeneratorState:
        """Ready at once."""
        return GeneratorState("a test", "fake")

    def news(self) -> list[str]:
        """None."""
        return []

    def person(self, seed: int, truncation: float) -> tuple[FaceParameters, np.ndarray]:
        """Reads the seed back from the noise."""
        found = smiling(0.0, yaw=10 * truncation)
        return found, np.array([seed % 100, truncation], np.float32)

    def mix(
        self,
        first: tuple[FaceParameters, np.ndarray],
        second: tuple[FaceParameters, np.ndarray],
        share: float,
    ) -> tuple[FaceParameters, np.ndarray]:
        """A straight line."""
        return first[0].blend(second[0], share), (1 - share) * first[1] + share * second[1]

    def draw(self, parameters: FaceParameters, noise: np.ndarray, size: int | None) -> np.ndarray:
        """Red by the code, green by the yaw."""
        side = size or 64
        grey = np.zeros((side, side, 3), np.uint8)
        grey[...] = round(float(noise[0])), 100 + round(float(parameters.pose[0])), 50
        return grey

    def camera(self, size: int) -> Camera:
        """Any."""
        return Camera.generator(size)

    def save(
        self,
        path: Path,
        pixels: np.ndarray,
        description: Mapping[str, str],
        options: ExportOptions,
        overwrite: bool,
    ) -> None:
        """The mean pixel and the description as text."""
        path.write_text(f"{pixels[0, 0].tolist()} {dict(description)}")

    def embed(
        self, photo: FakePhoto, fit: FakeFit, found: LatentCode | None, report: Report
    ) -> None:
        """Four stages, the code 10 to 40; photos called "patient" wait between them.

        A face that is found gets the code 60 and a change of weights at the end.
        """
        for stage in range(1, 5):
            noise, offset = np.array([10.0 * stage], np.float32), np.zeros((2, 3), np.float32)
            distance = 0.5 - 0.1 * stage
            code: LatentCode | None = LatentCode(
                fit.parameters, noise, offset, "fake", {}, distance
            )
            if found:
                distance, code = 0.1 - 0.02 * stage, None
            report(f"Stage {stage}", stage / 4, code, 1 / stage, distance)
            time.sleep(0.5 if photo.patient else 0.0)
        if found:
            changes = {"a": np.ones(3, np.float16)}
            adapted = replace(found, noise=found.noise + 20, tuning=changes, identity=0.02)
            report("Done", 1.0, adapted, 0.2, 0.02)

    def scene(
        self, photo: FakePhoto, fit: FakeFit, latent: LatentCode, method: Method, scene: FakeScene
    ) -> FakeEmbedded:
        """Renders arithmetic."""
        return FakeEmbedded(scene, latent, method)


class NoPortrait(FakePortrait):
    """A generator whose weights are missing."""

    def load(self) -> GeneratorState:
        """Says so."""
        return GeneratorState(reason="The generator is not installed.")


class FakeBackend:
    """Photos are named by their pretended properties: "1600x1200, 2 faces, slow"."""

    def __init__(self) -> None:
        self.portrait: FakePortrait = NoPortrait()

    def prepare(self) -> None:
        """Nothing to load."""

    def warm_up(self) -> None:
        """Nothing to load."""

    def load(self, source: Source) -> FakePhoto:
        """A grey picture, or the file at a path that exists."""
        name = source.decode() if isinstance(source, bytes) else Path(source).name
        if "broken" in name:
            raise PhotoError(f"{name} is not an image; choose a JPEG or PNG file.")
        width, height = (int(v) for v in name.split(",")[0].split("x"))
        faces = int(name.split(",")[1].split()[0])
        if "slow" in name:
            time.sleep(0.6)
        if "stuck" in name:
            time.sleep(60)
        pixels, alpha = np.full((height, width, 3), 100, np.uint8), None
        if "cut" in name:  # nothing in the left half
            alpha = np.tile(np.uint8(255) * (np.arange(width) >= width / 2), (height, 1))
        return FakePhoto(pixels, faces, "patient" in name, alpha)

    def analyze(self, photo: FakePhoto) -> list[FakeFit]:
        """Faces side by side."""
        if not photo.faces:
            raise FaceError("No face was found in the photo; draw a box around it.")
        height, width = photo.pixels.shape[:2]
        step = width / photo.faces
        return [
            FakeFit(
                smiling(0.2 + 0.1 * i),
                (step * (i + 0.25), height * 0.3, step * (i + 0.75), height * 0.7),
                Camera(1500.0, step * (i + 0.5), height / 2),
            )
            for i in range(photo.faces)
        ]

    def fit_box(self, photo: FakePhoto, box: tuple[float, float, float, float]) -> FakeFit:
        """A face that fills the box."""
        return FakeFit(smiling(0.0), box, Camera(1500.0, (box[0] + box[2]) / 2, 0.0))

    def scene(self, photo: FakePhoto, fit: FakeFit) -> FakeScene:
        """Renders arithmetic."""
        return FakeScene(photo, fit)

    def save(self, path: Path, photo: FakePhoto, options: ExportOptions, overwrite: bool) -> None:
        """The mean pixel as text."""
        path.write_text(f"{photo.pixels.mean():.3f} {overwrite}")

    def model(
        self,
        parameters: FaceParameters,
        camera: Any,
        size: tuple[int, int],
        mode: str,
        displacement: np.ndarray | None = None,
    ) -> np.ndarray:
        """A disc, its red the yaw."""
        y, x = np.mgrid[: size[1], : size[0]]
        inside = np.hypot(x - size[0] / 2, y - size[1] / 2) < size[0] * 0.35
        out = np.zeros((size[1], size[0], 4), np.uint8)
        out[inside] = (int(100 + parameters.pose[0]), 120, 140, 255)
        return out

    def measure(
        self,
        picture: np.ndarray,
        camera: Camera,
        expected: FaceParameters,
        displacement: np.ndarray | None = None,
    ) -> FaceParameters:
        """Four fifths of the yaw that was drawn; beyond 35 degrees it sees nothing."""
        yaw = int(picture[0, 0, 1]) - 100
        if yaw > 35:
            raise FaceError("The face is turned too far to be measured.")
        return replace(expected, pose=np.array([0.8 * yaw, 0, 0], np.float32))

    def identity(self, picture: np.ndarray, camera: Camera) -> np.ndarray:
        """Another person the farther the head is turned."""
        turn = np.radians(float(picture[0, 0, 1]))
        return np.array([np.cos(turn), np.sin(turn)])

    def versions(self) -> dict[str, str]:
        """One library."""
        return {"fake": "1"}

    def device(self) -> str:
        """Where it runs."""
        return "a test"


class PeopleBackend(FakeBackend):
    """One with a generator."""

    def __init__(self) -> None:
        super().__init__()
        self.portrait = FakePortrait()


class BrokenBackend(FakeBackend):
    """One whose files are missing."""

    def prepare(self) -> None:
        """Says so."""
        raise AssetError("The face model is missing; install Mien again.")
