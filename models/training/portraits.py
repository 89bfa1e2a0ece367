"""Reading the portrait sets: photographs, masks and landmarks (read only, never copied)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.training.split import held_out

EYES = (468, 473)


@dataclass(frozen=True)
class Portrait:
    """One photograph. landmarks: (478, 3) px, x right, y down, z smaller = nearer."""

    person: str
    path: Path
    mask_path: Path
    landmarks: np.ndarray
    size: tuple[int, int]
    glasses: bool

    @property
    def eye_distance(self) -> float:
        """Distance of the iris centres in pixels."""
        return float(np.linalg.norm(self.landmarks[EYES[0], :2] - self.landmarks[EYES[1], :2]))

    @property
    def held_out(self) -> bool:
        return held_out(self.person)

    def image(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        return np.ascontiguousarray(_read(self.path, cv2.IMREAD_COLOR)[..., ::-1])

    def mask(self) -> np.ndarray:
        """(H, W) float32, 1 = person."""
        mask = _read(self.mask_path, cv2.IMREAD_GRAYSCALE)
        return mask.astype(np.float32) / 255


def _read(path: Path, flags: int) -> np.ndarray:
    image = cv2.imread(str(path), flags)
    if image is None:
        raise FileNotFoundError(f"{path} cannot be read; restore the portrait folder.")
    return image


@dataclass(frozen=True)
class PortraitSets:
    """Portraits of one or more folders and the mesh over their landmarks."""

    portraits: list[Portrait]
    mirror_index: np.ndarray
    triangles: np.ndarray
    eye_triangles: np.ndarray

    def split(self, held: bool) -> list[Portrait]:
        return [p for p in self.portraits if p.held_out == held]


def load_portraits(folders: Sequence[Path]) -> PortraitSets:
    """Read portrait folders laid out as train/, masks/, landmarks.npz (one with topology.npz).

    The landmarks are the mean of the plain and the mirrored detection.
    Raises FileNotFoundError naming the folder that lacks a file.
    """
    portraits: list[Portrait] = []
    mirror = triangles = eyes = None
    for folder in map(Path, folders):
        table = folder / "landmarks.npz"
        if not table.is_file():
            raise FileNotFoundError(f"{folder} has no landmarks.npz; name a portrait folder.")
        with np.load(table, allow_pickle=False) as data:
            points = (data["landmarks"] + data["landmarks_mirror"]) / 2
            mirror = data["mirror_index"]
            glasses = data["glasses"] if "glasses" in data else np.zeros(len(points), bool)
            rows = zip(data["ids"], points, data["image_size"], glasses, strict=True)
            portraits += [
                Portrait(
                    str(i), folder / "train" / f"{i}.jpg", folder / "masks" / f"{i}.png",
                    p.astype(np.float32), (int(s[0]), int(s[1])), bool(g),
                )
                for i, p, s, g in rows
            ]  # fmt: skip
        if (folder / "topology.npz").is_file():
            with np.load(folder / "topology.npz", allow_pickle=False) as data:
                triangles, eyes = data["triangles"], data["eye_triangles"]
    if triangles is None or eyes is None or mirror is None:
        raise FileNotFoundError("None of the portrait folders has a topology.npz.")
    return PortraitSets(portraits, mirror, triangles, eyes)
