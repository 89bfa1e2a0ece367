"""What the engine's messages speak of: methods, views, latent codes, finished edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from models.face.parameters import FaceParameters as FaceParameters

if TYPE_CHECKING:
    import numpy as np

View = Literal["photo", "original", "model", "person"]
# What makes the pixels of an edited photo.
Method = Literal["photo", "generator", "hybrid"]
METHODS: tuple[Method, ...] = ("photo", "generator", "hybrid")
OVERLAYS: tuple[str, ...] = (
    "shaded", "wireframe", "landmarks", "normals", "textured", "albedo", "depth",
)  # fmt: skip
# Long side of the unedited photo that the window keeps, px.
PREVIEW_SIZE = 4096
Group = Literal["pose", "expression", "light", "identity", "albedo"]
# A photo is named by its path, or carried as the bytes of its file.
Source = str | bytes


@dataclass(frozen=True)
class Slot:
    """A block of shared memory that the window owns and the engine may write once."""

    name: str
    size: int


@dataclass(frozen=True, eq=False)
class LatentCode:
    """A face of a photo in the generator's terms (core.portrait.latent.Latent).

    noise: (N,), offset: (layers, w), float32. generator: names the weights it was found for.
    tuning: float16 changes of weights by name. identity: distance between photo and
    reconstruction, 0 for one face to about 1 for strangers; None when it was not measured.
    """

    parameters: FaceParameters
    noise: np.ndarray
    offset: np.ndarray
    generator: str
    tuning: Mapping[str, np.ndarray] = field(default_factory=dict)
    identity: float | None = None


@dataclass(frozen=True)
class FaceEdit:
    """The finished edit of one face, as it shall be rendered."""

    index: int
    parameters: FaceParameters
    method: Method = "photo"
    latent: LatentCode | None = None
