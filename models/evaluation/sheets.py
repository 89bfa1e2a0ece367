"""Pictures of what a generator does: samples, ways between people, truncation, stages."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from models.evaluation.latent import between, replaced_stages, truncated_identity, with_factor
from models.evaluation.subject import Subject, to_pictures
from models.face.rig_vector import FACTORS, factor_indices

RATES = (1.0, 0.7, 0.4, 0.0)
# Differences of a quarter of the whole range are shown brightest.
_HEAT = 4.0


def samples(subject: Subject, rng: np.random.Generator, side: int = 8) -> np.ndarray:
    """side × side people at random, (H, W, 3) uint8."""
    rigs = subject.rigs(side**2, rng)
    pictures = subject.draw(rigs, subject.noise(rigs, rng))
    return grid(pictures.reshape(side, side, *pictures.shape[1:]))


def interpolation(subject: Subject, rng: np.random.Generator, steps: int = 8) -> np.ndarray:
    """A row for each factor, and one for the noise, going from one person to another."""
    first, last = unlike(subject, rng)
    codes = subject.noise(np.stack([first, last]), rng)
    own = np.repeat(codes[:1], steps, 0)
    rows = [subject.draw(between(first, last, factor, steps), own) for factor in FACTORS]
    shares = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    rows.append(
        subject.draw(np.repeat(first[None], steps, 0), codes[0] + shares * np.diff(codes, axis=0))
    )
    return grid(rows)


def truncation(subject: Subject, rng: np.random.Generator, people: int = 4) -> np.ndarray:
    """A row for each person, a column for each of RATES; the maps' identity is truncated alike."""
    rigs, crowd = subject.rigs(people, rng), subject.rigs(256, rng)
    noise, codes = subject.noise(rigs, rng), subject.noise(crowd, rng)
    mean = crowd.mean(0)
    columns = []
    for rate in RATES:
        w = truncated_identity(subject.mapping, rigs, noise, subject.centre, crowd, codes, rate)
        styles = np.repeat(w[:, None], subject.generator.spec.layers, 1)
        shown = with_factor(rigs, "identity", mean + np.float32(rate) * (rigs - mean))
        columns.append(to_pictures(subject.synthesise(shown, styles)))
    return grid(np.stack(columns, 1))


def stages(subject: Subject, rng: np.random.Generator) -> np.ndarray:
    """Two rows a factor: the face with parts of an edit, and where each part changes it."""
    first, last = unlike(subject, rng)
    noise = subject.noise(first[None], rng)
    rows: list[np.ndarray] = []
    for factor in FACTORS:
        edited = with_factor(first[None], factor, last)
        before, after = subject.styles(first[None], noise), subject.styles(edited, noise)
        parts = [before[0], before[0], *replaced_stages(before[0], after[0]), after[0]]
        maps = np.repeat(first[None], len(parts), 0)
        maps[[1, -1]] = edited[0]
        pictures = to_pictures(subject.synthesise(maps, np.stack(parts)))
        rows += [pictures, np.stack([heat(pictures[0], picture) for picture in pictures])]
    return grid(rows)


def unlike(
    subject: Subject, rng: np.random.Generator, drawn: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    """λ (241,) of a person, and one whose every factor is the farthest among those drawn."""
    first, *others = subject.rigs(drawn, rng)
    last = first.copy()
    for factor in FACTORS:
        place = factor_indices(factor)
        last[place] = max((o[place] for o in others), key=lambda v: _distance(v, first[place]))
    return first, last


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.linalg.norm(a - b))


def heat(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8: bright where two pictures (S, S, 3) uint8 differ."""
    change = np.abs(first.astype(np.float32) - second).mean(2) * _HEAT
    level = np.clip(change, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(cv2.applyColorMap(level, cv2.COLORMAP_INFERNO)[..., ::-1])


def grid(rows: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Rows of pictures (K, S, S, 3) as one picture."""
    return np.vstack([np.hstack(list(row)) for row in rows])
