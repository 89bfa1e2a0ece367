"""All figures of one generator, as the papers give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.evaluation.disentanglement import (
    disentanglement_scores,
    factor_variances,
    leakage,
    set_variance,
    varied_sets,
)
from models.evaluation.frechet import frechet_distance, nearest_distances
from models.evaluation.latent import direction_cosines
from models.evaluation.perceived import PerceptionErrors, perception_errors
from models.evaluation.subject import Subject, rendered
from models.face.rig_vector import FACTORS, factor_indices
from models.networks.perception import PerceptionNetwork, pictures_to_input
from models.networks.threads import one_thread
from models.training.generator_pool import GeneratorPool

# Pictures of a set in which one factor varies.
SET_SIZE = 8
# Rows and columns of the leakage matrix; an attribute's own factor is a row's number.
VARIED = (*FACTORS, "noise")
ATTRIBUTES = {
    "identity (embedding)": 0, "identity (λ)": 0, "expression": 1, "lighting": 2, "pose": 3,
}  # fmt: skip
# Shorter steps would measure how the maps are rounded to eight bits.
PATH_STEP = 0.02
# λ (N, 241) and codes (N, K) to pictures (N, S, S, 3) uint8.
Draw = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Real:
    """Real pictures as the network sees them: λ, identity, features (N, D), people (N,)."""

    rig: np.ndarray
    identity: np.ndarray
    features: np.ndarray
    is_photo: np.ndarray


@dataclass(frozen=True)
class Figures:
    """What `evaluate` found; None where no real pictures were given.

    errors: of λ asked for against λ read. scores (4,): DS per factor. leakage (5, 5): VARIED by
    ATTRIBUTES; floor (5, 5): the same of the face model's own renders, which leak nothing: what
    the network mistakes. cosines: per factor with fixed ends and with fixed offsets. frechet:
    per space of two halves of the photos, of one half and as many generated. nearest: identity
    distances to the nearest training photo, by whose faces.
    """

    samples: int
    errors: PerceptionErrors
    scores: np.ndarray
    leakage: np.ndarray
    floor: np.ndarray
    cosines: dict[str, tuple[float, float]]
    path_length: float
    frechet: dict[str, tuple[float, float]] | None
    nearest: dict[str, np.ndarray] | None


def evaluate(
    subject: Subject,
    network: PerceptionNetwork,
    samples: int,
    seed: int,
    held: GeneratorPool | None,
    train: GeneratorPool | None,
    say: Callable[[str], None],
) -> Figures:
    """Measure a generator with some `samples` pictures for each figure."""
    rng = np.random.default_rng(seed)
    say("reading real pictures")
    unseen = None if held is None else real_pictures(held, network, photos_only=False)
    known = None if train is None else real_pictures(train, network, photos_only=True)
    say("drawing people under edits")
    errors = edited_people(subject, network, samples, rng)
    say("varying one factor at a time")
    scores, leaked = factor_figures(subject, subject.draw, network, samples, rng, unseen)
    floor = factor_figures(
        subject, lambda rigs, _: rendered(rigs, subject.size), network, samples, rng, unseen
    )[1]
    say("walking through W")
    pairs = max(16, samples // 4)
    rigs = subject.rigs(2 * pairs, rng)
    noise = subject.noise(rigs, rng)
    cosines = {f: direction_cosines(subject.mapping, f, rigs, noise) for f in FACTORS}
    length = path_length(subject, network, pairs, rng)
    say("comparing with real pictures")
    photos = known or unseen
    frechet = nearest = None
    if photos is not None:
        frechet, identity = compared(subject, network, samples, rng, photos)
        if known is not None and unseen is not None and held is not None:
            redrawn = redrawn_photos(subject, network, held)
            faces = {
                "generated faces": identity,
                "photos of people held out": unseen.identity[unseen.is_photo],
                "the same photos, drawn again by the generator": redrawn,
            }
            nearest = {name: nearest_distances(f, known.identity) for name, f in faces.items()}
    return Figures(samples, errors, scores, leaked, floor, cosines, length, frechet, nearest)


def real_pictures(pool: GeneratorPool, network: PerceptionNetwork, photos_only: bool) -> Real:
    """A pool's pictures through the network."""
    rows = np.flatnonzero(pool.is_photo) if photos_only else np.arange(len(pool))
    pictures = np.stack([pool.read(int(i))[0] for i in rows])
    seen = network.read(pictures)
    return Real(
        seen.rig.numpy(), seen.identity.numpy(), pooled(network, pictures), pool.is_photo[rows]
    )


def redrawn_photos(subject: Subject, network: PerceptionNetwork, pool: GeneratorPool) -> np.ndarray:
    """Identities (N, 128) of a pool's photos as the generator draws them from their codes.

    Nobody of them can be a copy: what they lie nearer to other people than the photos do is
    what the generator's softness does to identities.
    """
    rows = np.flatnonzero(pool.is_photo)
    pictures = np.stack([pool.read(int(i))[0] for i in rows])
    return network.read(subject.redraw(pictures, pool.rig[rows])).identity.numpy()


@torch.inference_mode()
def pooled(network: PerceptionNetwork, pictures: np.ndarray, batch: int = 32) -> np.ndarray:
    """Features (N, 192) of pictures (N, S, S, 3) uint8: the trunk's last map, averaged."""
    with one_thread():
        parts = [
            network.module.stages(pictures_to_input(pictures[i : i + batch]))[-1].mean((2, 3))
            for i in range(0, len(pictures), batch)
        ]
    return torch.cat(parts).numpy()


def edited_people(
    subject: Subject, network: PerceptionNetwork, samples: int, rng: np.random.Generator
) -> PerceptionErrors:
    """λ asked for against λ read: each person in SET_SIZE poses, expressions and lights."""
    people = np.repeat(np.arange(max(2, samples // SET_SIZE)), SET_SIZE)
    rigs = subject.rigs(len(people), rng)
    place = factor_indices("identity")
    rigs[:, place] = rigs[::SET_SIZE][people][:, place]
    noise = subject.noise(rigs[::SET_SIZE], rng)[people]
    return perception_errors(network.read(subject.draw(rigs, noise)), rigs, people)


def factor_figures(
    subject: Subject,
    draw: Draw,
    network: PerceptionNetwork,
    samples: int,
    rng: np.random.Generator,
    real: Real | None,
) -> tuple[np.ndarray, np.ndarray]:
    """DS (4,) and leakage (5, 5) from sets of pictures in which one factor, or noise, varies.

    draw: makes the pictures of the subject's λ and codes. Variances are relative to those of
    the real pictures, or without them of drawn ones.
    """
    count = max(2, samples // SET_SIZE)
    bases = subject.rigs(count, rng)
    codes = subject.noise(bases, rng)
    reference = real.rig if real else network.read(draw(bases, codes)).rig.numpy()
    relative, attributes = [], []
    for factor in VARIED:
        others = subject.rigs(count * SET_SIZE, rng).reshape(count, SET_SIZE, -1)
        noise = np.repeat(codes[:, None], SET_SIZE, 1)
        if factor == "noise":
            sets = np.repeat(bases[:, None], SET_SIZE, 1)
            noise = subject.noise(sets.reshape(-1, sets.shape[-1]), rng).reshape(noise.shape)
        else:
            sets = varied_sets(factor, bases, others)
        flat = sets.reshape(-1, sets.shape[-1]), noise.reshape(-1, noise.shape[-1])
        seen = network.read(draw(*flat))
        read = seen.rig.numpy().reshape(sets.shape)
        relative.append(factor_variances(read, reference))
        embedding = set_variance(seen.identity.numpy().reshape(count, SET_SIZE, -1))
        attributes.append(
            [embedding, *(set_variance(read[..., factor_indices(f)]) for f in FACTORS)]
        )
    scores = disentanglement_scores(np.stack(relative[: len(FACTORS)]))
    return scores, leakage(np.array(attributes), list(ATTRIBUTES.values()))


def path_length(
    subject: Subject, network: PerceptionNetwork, count: int, rng: np.random.Generator
) -> float:
    """Perceptual path length (Karras et al., CVPR 2019, section 4.1) of straight ways in W.

    The condition maps go along, λ being interpolated with w. Distances are those of LPIPS
    without learnt weights (Zhang et al. 2018), in the perception network's features; steps are
    PATH_STEP long. Mean without the lowest and highest hundredth.
    """
    ends = [subject.rigs(count, rng) for _ in range(2)]
    styles = [subject.styles(rigs, subject.noise(rigs, rng)) for rigs in ends]
    start = rng.uniform(0, 1 - PATH_STEP, count).astype(np.float32)
    seen = []
    for share in (start, start + np.float32(PATH_STEP)):
        rigs = ends[0] + share[:, None] * (ends[1] - ends[0])
        mixed = styles[0] + share[:, None, None] * (styles[1] - styles[0])
        seen.append(_unit_stages(network, subject.synthesise(rigs, mixed)))
    distance = sum(
        (a - b).square().sum(1).mean((1, 2)) for a, b in zip(*seen, strict=True)
    ).numpy() / PATH_STEP**2  # fmt: skip
    low, high = np.percentile(distance, [1, 99])
    return float(distance[(distance >= low) & (distance <= high)].mean())


@torch.inference_mode()
def _unit_stages(network: PerceptionNetwork, pictures: Tensor) -> list[Tensor]:
    parts = [network.module.stages(pictures[i : i + 32]) for i in range(0, len(pictures), 32)]
    maps = [torch.cat(stage) for stage in zip(*parts, strict=True)]
    return [m / (m.norm(dim=1, keepdim=True) + 1e-8) for m in maps]


def compared(
    subject: Subject,
    network: PerceptionNetwork,
    samples: int,
    rng: np.random.Generator,
    real: Real,
) -> tuple[dict[str, tuple[float, float]], np.ndarray]:
    """Fréchet distances per space, and the identities (N, 128) of the generated faces."""
    rows = rng.permutation(np.flatnonzero(real.is_photo))
    half = min(len(rows) // 2, samples)
    rigs = subject.rigs(half, rng)
    pictures = subject.draw(rigs, subject.noise(rigs, rng))
    identity = network.read(pictures).identity.numpy()
    spaces = {
        "identity": (real.identity, identity),
        "features": (real.features, pooled(network, pictures)),
    }
    found = {}
    for name, (photos, made) in spaces.items():
        first, second = photos[rows[:half]], photos[rows[half : 2 * half]]
        found[name] = (frechet_distance(first, second), frechet_distance(first, made))
    return found, identity
