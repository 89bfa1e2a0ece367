"""Random backdrops for training the matte: gradients, noise, clutter, photos."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np


def draw_backdrop(
    size: int,
    colours: np.ndarray,
    rng: np.random.Generator,
    photo: Callable[[], np.ndarray],
) -> np.ndarray:
    """One backdrop (S, S, 3) float32, 0..255.

    colours: the person's own pixels, for camouflage. photo: gives another photo's pixels.
    """
    kind = rng.random()
    if kind < 0.2:
        image = gradient(size, rng)
    elif kind < 0.35:
        image = octaves(size, rng)
    elif kind < 0.6:
        image = clutter(size, rng)
    elif kind < 0.9:
        image = from_photo(size, photo(), rng)
    else:
        image = camouflage(colours, rng)
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), np.exp(rng.uniform(-0.5, 2.3)))
    return np.clip(image, 0, 255)


def gradient(size: int, rng: np.random.Generator) -> np.ndarray:
    """A few colours run into each other."""
    cells = int(rng.integers(1, 4))
    base = rng.uniform(0, 255, 3)
    spread = rng.uniform(5, 90)
    corners = base + rng.normal(0, spread, (cells + 1, cells + 1, 3))
    small = np.clip(corners, 0, 255).astype(np.float32)
    return cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC)


def octaves(size: int, rng: np.random.Generator) -> np.ndarray:
    """Noise of every coarseness: foliage, stone, cloth."""
    image = np.full((size, size, 3), rng.uniform(0, 255, 3), np.float32)
    tint = rng.uniform(0, 1)
    falloff = rng.uniform(0.4, 1.0)
    strength = rng.uniform(20, 90)
    for level in range(1, 8):
        cells = 2**level
        grey = rng.normal(0, 1, (cells, cells, 1))
        noise = (1 - tint) * grey + tint * rng.normal(0, 1, (cells, cells, 3))
        fine = cv2.resize(noise.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
        image += strength * falloff**level * fine
    return image


def clutter(size: int, rng: np.random.Generator) -> np.ndarray:
    """Stripes, boxes, discs and lines over a gradient: rooms, shelves, streets."""
    image = np.ascontiguousarray(np.clip(gradient(size, rng), 0, 255))
    palette = rng.uniform(0, 255, (int(rng.integers(2, 6)), 3))
    if rng.random() < 0.4:
        angle = rng.uniform(0, np.pi)
        ys, xs = np.mgrid[:size, :size]
        phase = (np.cos(angle) * xs + np.sin(angle) * ys) / np.exp(rng.uniform(1.5, 4))
        bands = np.floor(phase).astype(int) % len(palette)
        image = palette[bands].astype(np.float32)
    for _ in range(int(rng.integers(3, 25))):
        colour = tuple(float(v) for v in palette[rng.integers(len(palette))] + rng.normal(0, 20, 3))
        x, y = (int(v) for v in rng.integers(-20, size + 20, 2))
        w, h = (int(v) for v in np.exp(rng.uniform(1.5, 4.7, 2)))
        shape = rng.random()
        if shape < 0.5:
            cv2.rectangle(image, (x, y), (x + w, y + h), colour, -1)
        elif shape < 0.75:
            turn = float(rng.uniform(0, 180))
            cv2.ellipse(image, (x, y), (w // 2 + 1, h // 2 + 1), turn, 0, 360, colour, -1, 16)
        else:
            end = (x + int(rng.normal(0, size / 2)), y + int(rng.normal(0, size / 2)))
            cv2.line(image, (x, y), end, colour, int(rng.integers(1, 9)), 16)
    return image


def from_photo(size: int, pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random crop of a photo, shifted, mirrored, recoloured."""
    height, width = pixels.shape[:2]
    side = int(min(height, width) * rng.uniform(0.35, 1))
    x = int(rng.integers(0, width - side + 1))
    y = int(rng.integers(0, height - side + 1))
    part = cv2.resize(pixels[y : y + side, x : x + side], (size, size)).astype(np.float32)
    if rng.random() < 0.5:
        part = part[:, ::-1]
    part = np.roll(part, int(rng.integers(size)), 1) if rng.random() < 0.3 else part
    if rng.random() < 0.3:
        part = part[..., rng.permutation(3)]
    return np.ascontiguousarray(part * np.exp(rng.normal(0, 0.3)) + rng.normal(0, 15, 3)).astype(
        np.float32
    )


def camouflage(colours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The person's own colours, moved away and softened."""
    size = len(colours)
    shift = rng.integers(size // 4, 3 * size // 4, 2)
    moved = np.roll(colours, (int(shift[0]), int(shift[1])), (0, 1))
    return cv2.GaussianBlur(moved, (0, 0), rng.uniform(1, 12)) + rng.normal(0, 10, 3).astype(
        np.float32
    )
