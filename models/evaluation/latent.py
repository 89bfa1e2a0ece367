"""Geometry of W (DiscoFaceGAN, Deng et al., CVPR 2020, section 5 and supplement III, IV, VI).

A mapping takes λ (N, 241) and noise (N, K) to w (N, W).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.face.rig_vector import factor_indices

Mapping = Callable[[np.ndarray, np.ndarray], np.ndarray]


def with_factor(rigs: np.ndarray, factor: str, source: np.ndarray) -> np.ndarray:
    """λ (N, 241) with one factor of source (241,) or (N, 241). Raises KeyError."""
    place = factor_indices(factor)
    out = rigs.copy()
    out[:, place] = source[..., place]
    return out


def fixed_ends(
    mapping: Mapping, factor: str, first: np.ndarray, last: np.ndarray,
    rigs: np.ndarray, noise: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Δw (N, W) of Eq. 10: a factor goes from first's to last's, in N companies.

    first, last: (241,). rigs (N, 241) and noise (N, K): all else.
    """
    before = mapping(with_factor(rigs, factor, first), noise)
    return mapping(with_factor(rigs, factor, last), noise) - before


def fixed_offset(
    mapping: Mapping, factor: str, offset: np.ndarray, rigs: np.ndarray, noise: np.ndarray
) -> np.ndarray:
    """Δw (N, W) when one offset (241,) is added to a factor that starts at each λ's own."""
    moved = with_factor(rigs, factor, rigs + offset)
    return mapping(moved, noise) - mapping(rigs, noise)


def mean_cosine(directions: np.ndarray) -> float:
    """Mean cosine over all pairs of directions (N, W): the measure of Table 2."""
    unit = directions / (np.linalg.norm(directions, axis=1, keepdims=True) + 1e-12)
    n = len(unit)
    return float((np.square(unit.sum(0)).sum() - n) / (n * (n - 1)))


def direction_cosines(
    mapping: Mapping, factor: str, rigs: np.ndarray, noise: np.ndarray, company: int = 16
) -> tuple[float, float]:
    """Table 2: mean cosine of Δw with fixed ends, and with fixed offsets.

    rigs: (N, 241), noise: (N, K). Pairs of neighbours among them give ends and offsets; each
    is tried in the company of `company` of the others.
    """
    ends, offsets = [], []
    for i in range(0, len(rigs) - 1, 2):
        rows = np.arange(i + 2, i + 2 + company) % len(rigs)
        first, last = rigs[i], rigs[i + 1]
        ends.append(fixed_ends(mapping, factor, first, last, rigs[rows], noise[rows]))
        moved = fixed_offset(mapping, factor, last - first, rigs[rows], noise[rows])
        offsets.append(moved)
    return (
        float(np.mean([mean_cosine(d) for d in ends])),
        float(np.mean([mean_cosine(d) for d in offsets])),
    )


def truncated_identity(
    mapping: Mapping, rigs: np.ndarray, noise: np.ndarray, centre: np.ndarray,
    people: np.ndarray, codes: np.ndarray, rate: float,
) -> np.ndarray:  # fmt: skip
    """w (N, W) truncated so that expression, light and pose stay (supplement IV).

    w + (1 − rate) (w̄ − w_id): w_id has the identity alone, all else at centre (241,) and
    noise 0; w̄ is its mean over people (M, 241) and codes (M, K).
    """
    everyone = with_factor(np.repeat(centre[None], len(people), 0), "identity", people)
    mean = mapping(everyone, codes).mean(0)
    own = with_factor(np.repeat(centre[None], len(rigs), 0), "identity", rigs)
    alone = mapping(own, np.zeros_like(noise))
    return mapping(rigs, noise) + (1 - rate) * (mean - alone)


def replaced_stages(first: np.ndarray, last: np.ndarray) -> list[np.ndarray]:
    """Styles (L, W) equal to first's but for one stage, which is last's (supplement VI).

    One entry for each stage: a resolution's layers, the first alone at 4², then two each.
    """
    found = []
    for start in range(-1, len(first), 2):
        styles = first.copy()
        styles[max(start, 0) : start + 2] = last[max(start, 0) : start + 2]
        found.append(styles)
    return found


def between(first: np.ndarray, last: np.ndarray, factor: str, steps: int) -> np.ndarray:
    """λ (steps, 241) from first with only one factor going straight to last's (supplement III)."""
    place = factor_indices(factor)
    out = np.repeat(first[None], steps, 0)
    shares = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    out[:, place] = (1 - shares) * first[place] + shares * last[place]
    return out
