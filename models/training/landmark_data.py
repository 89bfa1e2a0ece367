"""Crops for training the reconstruction network: a pool of views, augmented as they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from models.face.model import FaceModel
from models.networks.reconstruction import INPUT_SIZE, POINTS
from models.training.portraits import Portrait
from models.training.views import (
    VIEW_SIZE,
    Subject,
    View,
    plain_view,
    prepare_subject,
    random_views,
)

NO_FACE_SHARE = 0.06


def build_pool(
    folder: Path,
    model: FaceModel,
    portraits: list[Portrait],
    views: int,
    say: Callable[[str], None],
    seed: int = 0,
) -> None:
    """Write images.npy (N, 192, 192, 3) uint8 and landmarks.npy (N, 478, 3) float32.

    The first rows are the photographs themselves, then `views` rendered ones.
    """
    rng = np.random.default_rng(seed)
    subjects = [prepare_subject(model, p) for p in portraits]
    say(f"fitted {len(subjects)} portraits")
    n = len(subjects) + views
    folder.mkdir(parents=True, exist_ok=True)
    images = np.lib.format.open_memmap(
        folder / "images.npy", "w+", np.uint8, (n, VIEW_SIZE, VIEW_SIZE, 3)
    )
    landmarks = np.zeros((n, POINTS, 3), np.float32)
    each = -(-views // len(subjects))
    for i, view in enumerate(_all_views(model, subjects, each, rng)):
        if i == n:
            break
        images[i], landmarks[i] = view.image, view.landmarks
        if i % 2000 == 1999:
            say(f"{i + 1} of {n} views")
    images.flush()
    np.save(folder / "landmarks.npy", landmarks)


def _all_views(
    model: FaceModel, subjects: list[Subject], each: int, rng: np.random.Generator
) -> Iterator[View]:
    yield from map(plain_view, subjects)
    for subject in subjects:
        other = subjects[rng.integers(len(subjects))]
        yield from random_views(model, subject, other, each, rng)


class Pool:
    """Random augmented crops from pool folders, which are opened where they are first read."""

    def __init__(
        self, folders: list[Path], photographs: int, mirror: np.ndarray, strength: float = 1.0
    ) -> None:
        self.folders = folders
        self.photographs = photographs
        self.mirror = mirror
        self.strength = strength

    @cached_property
    def parts(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Images and landmarks of each folder."""
        return [
            (np.load(f / "images.npy", mmap_mode="r"), np.load(f / "landmarks.npy"))
            for f in self.folders
        ]

    def batch(
        self, size: int, photo_share: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Crops (N, 128, 128, 3) uint8, landmarks (N, 478, 3) px of them, is a face (N,)."""
        crops = np.empty((size, INPUT_SIZE, INPUT_SIZE, 3), np.uint8)
        points = np.empty((size, POINTS, 3), np.float32)
        face = np.ones(size, np.float32)
        for i in range(size):
            images, landmarks = self.parts[rng.integers(len(self.parts))]
            photo = rng.random() < photo_share
            low, high = (0, self.photographs) if photo else (self.photographs, len(images))
            row = rng.integers(low, high)
            if rng.random() < NO_FACE_SHARE:
                crops[i], face[i] = _no_face(images[row], rng), 0
                points[i] = landmarks[row]
            else:
                crops[i], points[i] = augment(
                    images[row], landmarks[row], self.mirror, rng, self.strength
                )
        return crops, points, face


def augment(
    image: np.ndarray,
    landmarks: np.ndarray,
    mirror: np.ndarray,
    rng: np.random.Generator,
    strength: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """One crop with another place, size, tilt, colour, sharpness and cover.

    strength: 0 to 1, how often the rarer, harder changes happen.
    """
    wide = rng.random() < 0.35 * strength
    turn = rng.normal(0, 16 if wide else 6)
    scale = float(np.exp(rng.normal(0, 0.14 if wide else 0.06)))
    shift = rng.normal(0, (0.06 if wide else 0.025) * INPUT_SIZE, 2)
    # Turn about the face, which sits in the middle whatever its pose.
    low, high = landmarks[:468, :2].min(0), landmarks[:468, :2].max(0)
    centre = (low + high) / 2
    fit = INPUT_SIZE / (1.3 * float((high - low).max()))
    m = cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), turn, scale * fit)
    m[:, 2] += (INPUT_SIZE - 1) / 2 + shift - centre
    border = cv2.BORDER_REPLICATE if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    crop = cv2.warpAffine(image, m, (INPUT_SIZE, INPUT_SIZE), borderMode=border)
    points = landmarks.copy()
    points[:, :2] = landmarks[:, :2] @ m[:, :2].T + m[:, 2]
    points[:, 2] *= scale * fit
    if rng.random() < 0.5:
        crop = np.ascontiguousarray(crop[:, ::-1])
        points = points[mirror]
        points[:, 0] = INPUT_SIZE - 1 - points[:, 0]
    if rng.random() < 0.25 * strength:
        crop = _cover(crop, rng)
    return _degrade(crop, rng, strength), points


def _degrade(crop: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Colour, contrast, blur, low resolution, noise and JPEG blocks."""
    x: np.ndarray = crop.astype(np.float32)
    if rng.random() < 0.8:
        gain = np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.06, 3))
        x = 255 * (x / 255) ** np.exp(rng.normal(0, 0.2)) * gain + rng.normal(0, 8)
    if rng.random() < 0.12 * strength:
        x = np.repeat(x.mean(2, keepdims=True), 3, 2)
    if rng.random() < 0.3 * strength:
        small = int(rng.integers(32, 110))
        x = cv2.resize(x, (small, small), interpolation=cv2.INTER_AREA)
        x = cv2.resize(x, (INPUT_SIZE, INPUT_SIZE), interpolation=cv2.INTER_LINEAR)
    elif rng.random() < 0.15 * strength:
        x = cv2.GaussianBlur(x, (0, 0), float(rng.uniform(0.5, 1.8)))
    if rng.random() < 0.3 * strength:
        x = x + rng.normal(0, rng.uniform(1, 10), x.shape).astype(np.float32)
    x = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.2 * strength:
        quality = int(rng.integers(20, 80))
        _, data = cv2.imencode(".jpg", x, [cv2.IMWRITE_JPEG_QUALITY, quality])
        x = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return x


def _cover(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A soft blob or bar of one colour over part of the crop: hands, hair, frames."""
    size = crop.shape[0]
    mask: np.ndarray = np.zeros((size, size), np.float32)
    centre = rng.uniform(0, size, 2).astype(int)
    axes = (int(rng.uniform(4, 30)), int(rng.uniform(4, 45)))
    cv2.ellipse(mask, (int(centre[0]), int(centre[1])), axes, float(rng.uniform(0, 180)), 0, 360,
                1.0, -1)  # fmt: skip
    if rng.random() < 0.5:
        mask = cv2.GaussianBlur(mask, (0, 0), 1.5)
    if rng.random() < 0.5:
        colour = rng.uniform(0, 255, 3)
    else:
        colour = crop[rng.integers(size), rng.integers(size)].astype(float)
    noise = rng.normal(0, 6, crop.shape)
    covered = crop * (1 - mask[..., None]) + (colour + noise) * mask[..., None]
    return np.clip(covered, 0, 255).astype(np.uint8)


def _no_face(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A crop that shows no face: a scrap of the surroundings, clutter, or a face in pieces."""
    kind = rng.integers(4)
    size = image.shape[0]
    if kind == 0:
        side = int(rng.integers(24, 60))
        x, y = rng.integers(0, 2, 2) * (size - side)
        crop = image[y : y + side, x : x + side]
    elif kind == 1:
        cells = int(rng.integers(1, 40))
        crop = rng.integers(0, 256, (cells, cells, 3), np.uint8)
    elif kind == 2:
        # A few millimetres of a cheek, or the face cut to its rim.
        side = int(rng.integers(14, 44))
        x, y = rng.integers(0, size - side, 2)
        crop = image[y : y + side, x : x + side]
    else:
        crop = _shuffled(image[size // 6 : -size // 6, size // 6 : -size // 6], rng)
    way = cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_NEAREST
    crop = cv2.resize(crop, (INPUT_SIZE, INPUT_SIZE), interpolation=way)
    return _degrade(np.ascontiguousarray(np.rot90(crop, int(rng.integers(4)))), rng)


def _shuffled(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture's tiles in random order."""
    parts = int(rng.integers(3, 6))
    side = image.shape[0] // parts
    tiles = [
        image[r * side : (r + 1) * side, c * side : (c + 1) * side]
        for r in range(parts)
        for c in range(parts)
    ]
    order = rng.permutation(len(tiles))
    rows = [np.hstack([tiles[k] for k in order[r * parts : (r + 1) * parts]]) for r in range(parts)]
    return np.vstack(rows)
