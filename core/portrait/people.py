"""People who do not exist: one seed, one person, whatever the rig does to them afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.errors import AssetError, ParameterError
from models.face.parameters import FaceParameters
from models.face.rig_vector import FACTORS, factor_indices, from_vector, to_vector
from models.networks.prior import RigPrior

if TYPE_CHECKING:
    from models.networks.generator_file import NoisePrior

# What can be kept of the present person when another is drawn; noise: hair, clothes, backdrop.
GROUPS: dict[str, tuple[str, ...]] = {**FACTORS, "noise": ("noise",)}


@dataclass(frozen=True, eq=False)
class Person:
    """A person to draw: the rig's state as sampled, and the noise code (noise,) float32."""

    parameters: FaceParameters
    noise: np.ndarray


class People:
    """Draws people at random; the rig's prior is the shipped one when None.

    Raises AssetError when that cannot be read.
    """

    def __init__(self, noise_prior: NoisePrior, prior: RigPrior | None = None) -> None:
        self._noise_prior = noise_prior
        try:
            self._prior = prior or RigPrior.load()
        except ValueError as error:
            raise AssetError(f"Faces cannot be generated: {error}") from error

    def person(self, seed: int, truncation: float = 1.0) -> Person:
        """The person of a seed.

        truncation: 0 gives the mean person, 1 the whole variety of the training people. Raises
        ParameterError for values outside.
        """
        parameters = self._parameters(seed, truncation)
        return Person(parameters, self._noise(seed, parameters, truncation))

    def another(
        self, seed: int, current: Person, locks: Collection[str], truncation: float = 1.0
    ) -> Person:
        """The person of a seed, who keeps the locked GROUPS of the current one.

        Raises ParameterError for an unknown group.
        """
        fresh = Person(self._parameters(seed, truncation), current.noise)
        kept = self.mixed(fresh, current, dict.fromkeys(locks, 1.0))
        if "noise" in locks:
            return kept
        return replace(kept, noise=self._noise(seed, kept.parameters, truncation))

    def mixed(self, first: Person, second: Person, shares: Mapping[str, float]) -> Person:
        """A person between two, by group: 0 (or left out) the first's, 1 the second's.

        Factors go through the prior's latent space (DiscoFaceGAN, supplement III). Shape and
        skin, like noise, turn on the sphere around its 0: a straight line would pass the mean
        person. Raises ParameterError for an unknown group.
        """
        vector, noise = to_vector(first.parameters), first.noise
        other = to_vector(second.parameters)
        for group, share in shares.items():
            if group not in GROUPS:
                raise ParameterError(
                    f"There is no group {group!r} of a person; choose one of {', '.join(GROUPS)}."
                )
            if group == "noise":
                noise = _turned(first.noise, second.noise, share)
            else:
                place = factor_indices(group)
                vector[place] = self._between(group, vector[place], other[place], share)
        return Person(from_vector(vector), noise)

    def _between(self, factor: str, a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
        """A factor's numbers between two; what its latent cannot say is mixed straight."""
        if share in (0, 1):
            return b if share else a
        model = self._prior.factors[factor]
        codes = model.encode(a), model.encode(b)
        way = _turned if factor == "identity" else _straight
        rest = _straight(a - model.decode(codes[0]), b - model.decode(codes[1]), share)
        return model.decode(way(*codes, share)) + rest

    def _parameters(self, seed: int, truncation: float) -> FaceParameters:
        return rig_of(self._prior, seed, truncation)

    def _noise(self, seed: int, parameters: FaceParameters, truncation: float) -> np.ndarray:
        # A stream of its own, whatever the rig's prior draws.
        rng = np.random.default_rng((seed, 1))
        return self._noise_prior.sample(rng, parameters, truncation)


def rig_of(prior: RigPrior, seed: int, truncation: float = 1.0) -> FaceParameters:
    """The rig of a seed's person, which needs no generator. Raises ParameterError."""
    if seed < 0:
        raise ParameterError("A seed cannot be negative; give a number from 0 on.")
    if not 0 <= truncation <= 1:
        raise ParameterError(f"The truncation cannot be {truncation:g}; give a value from 0 to 1.")
    return prior.sample(np.random.default_rng((seed, 0)), truncation)


def _straight(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    return ((1 - share) * a + share * b).astype(np.float32)


def _turned(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """Spherical interpolation (Shoemake 1985) of direction, linear of length; a when share = 0."""
    length_a, length_b = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    straight = _straight(a, b, share)
    if min(length_a, length_b) < 1e-6:
        return straight
    angle = np.arccos(np.clip(a @ b / (length_a * length_b), -1, 1))
    if np.sin(angle) < 1e-4:
        return straight
    way = np.sin((1 - share) * angle) * a / length_a + np.sin(share * angle) * b / length_b
    length = (1 - share) * length_a + share * length_b
    return (way / np.sin(angle) * length).astype(np.float32)
