"""Measuring the matte on held-out people, on their own and on swapped backdrops."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.networks.matte import MatteNetwork
from models.training.matte_backdrops import draw_backdrop
from models.training.matte_data import Person, load_people
from models.training.split import held_out


@dataclass(frozen=True)
class MatteScore:
    """Means over people: intersection over union at one half, mean absolute error."""

    overlap: float
    error: float
    people: int

    def __str__(self) -> str:
        return f"IoU {self.overlap:.4f}, MAE {self.error:.4f} ({self.people} people)"


def held_out_people(folder: Path, most: int = 1000) -> list[Person]:
    """The held-out people of a folder of portraits, at most so many, evenly chosen."""
    names = sorted(p.stem for p in (folder / "train").glob("*.jpg") if held_out(p.stem))
    step = max(1, len(names) // most)
    return load_people(folder, set(names[::step][:most]))


def swap_backdrop(person: Person, others: list[Person], seed: int) -> np.ndarray:
    """The portrait (H, W, 3) uint8 before a random backdrop."""
    rng = np.random.default_rng(seed)
    height, width = person.mask.shape
    size = max(height, width)
    square = np.zeros((size, size, 3), np.float32)
    square[:height, :width] = person.colours

    def photo() -> np.ndarray:
        return others[int(rng.integers(len(others)))].pixels

    behind = draw_backdrop(size, square, rng, photo)[:height, :width]
    share = person.alpha[..., None].astype(np.float32) / 255
    mixed = share * person.colours + (1 - share) * behind
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8)


def measure(network: MatteNetwork, people: list[Person]) -> dict[str, MatteScore]:
    """Scores against the masks and the keyed mattes, and on swapped backdrops."""
    if not people:
        return {}
    rows: dict[str, list[tuple[float, float]]] = {"mask": [], "keyed": [], "swapped": []}
    for seed, person in enumerate(people):
        plain = network.matte(person.pixels, person.box)
        rows["mask"].append(_compare(plain, person.mask))
        rows["keyed"].append(_compare(plain, person.alpha))
        swapped = network.matte(swap_backdrop(person, people, seed), person.box)
        rows["swapped"].append(_compare(swapped, person.alpha))
    return {
        name: MatteScore(float(mean[0]), float(mean[1]), len(people))
        for name, mean in ((name, np.mean(values, 0)) for name, values in rows.items())
    }


def _compare(matte: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Intersection over union and mean absolute error against a uint8 matte."""
    inside, real = matte > 0.5, truth > 127
    overlap = (inside & real).sum() / max(1, (inside | real).sum())
    return float(overlap), float(np.abs(matte - truth / 255.0).mean())
