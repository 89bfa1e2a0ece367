"""What a weights file of the generator holds, read without PyTorch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from models.face.condition_maps import MAP_LEVEL
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.files.store import StoreError, load_weights

DEFAULT_WEIGHTS = Path(__file__).parents[2] / "resources" / "generator.safetensors"
KIND = "mien generator"
VERSION = "2"


@dataclass(frozen=True)
class GeneratorSpec:
    """Sizes of the networks.

    size: side of the picture, px, a power of two. width: channels at 32² and below; they halve
    at each doubling beyond, down to width / 8. noise: length of the noise code. w: of w.
    """

    size: int = 128
    width: int = 256
    noise: int = 64
    w: int = 256

    def channels(self, resolution: int) -> int:
        """Feature channels at one resolution."""
        return max(self.width // 8, min(self.width, self.width * 32 // resolution))

    @property
    def resolutions(self) -> tuple[int, ...]:
        """4, 8, … up to the picture's side."""
        return tuple(2**k for k in range(2, self.size.bit_length()))

    @property
    def layers(self) -> int:
        """Styles that W+ holds: two per resolution, one at 4²."""
        return 2 * len(self.resolutions) - 1

    def as_text(self) -> dict[str, str]:
        """For the metadata of a weights file."""
        return {key: str(value) for key, value in asdict(self).items()}

    @staticmethod
    def from_text(metadata: dict[str, str]) -> GeneratorSpec:
        """The inverse of `as_text`. Raises KeyError or ValueError."""
        return GeneratorSpec(**{key: int(metadata[key]) for key in asdict(GeneratorSpec())})


@dataclass(frozen=True)
class NoisePrior:
    """Which noise codes suit a person: noise | x ~ Normal(slope x + offset, factor factorᵀ).

    x is [identity, albedo] (160,); slope: (noise, 160); offset: (noise,); factor: (noise, noise).
    """

    slope: np.ndarray
    offset: np.ndarray
    factor: np.ndarray

    def mean(self, parameters: FaceParameters) -> np.ndarray:
        """(noise,) float32: the likeliest code of a person."""
        person = np.concatenate([parameters.identity, parameters.albedo])
        return (self.slope @ person + self.offset).astype(np.float32)

    def sample(
        self, rng: np.random.Generator, parameters: FaceParameters, truncation: float = 1.0
    ) -> np.ndarray:
        """(noise,) float32: a code for a person; truncation 0 gives the likeliest."""
        spread = self.factor @ rng.normal(size=len(self.offset))
        return (self.mean(parameters) + truncation * spread).astype(np.float32)

    @staticmethod
    def fit(people: np.ndarray, codes: np.ndarray, ridge: float = 100.0) -> NoisePrior:
        """Ridge regression of codes (N, noise) on people (N, 160), and the rest's covariance.

        Raises ValueError for fewer than two rows.
        """
        if len(people) < 2:
            raise ValueError(
                "A noise prior needs the codes of two people at least; give a pool of more."
            )
        x_mean, y_mean = people.mean(0), codes.mean(0)
        x, y = people - x_mean, codes - y_mean
        slope = np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ y).T
        rest = y - x @ slope.T
        covariance = rest.T @ rest / (len(rest) - 1)
        jitter = 1e-6 * max(float(np.trace(covariance)) / len(covariance), 1e-6)
        factor = np.linalg.cholesky(covariance + jitter * np.eye(len(covariance)))
        return NoisePrior(
            slope.astype(np.float32),
            (y_mean - slope @ x_mean).astype(np.float32),
            factor.astype(np.float32),
        )


@dataclass(frozen=True)
class GeneratorFile:
    """A weights file: sizes, arrays by name (those of the generator begin with "generator."),
    text, and the noise codes that suit a person.
    """

    spec: GeneratorSpec
    tensors: dict[str, np.ndarray]
    metadata: dict[str, str]
    noise_prior: NoisePrior

    @staticmethod
    def read(path: Path | str | None = None) -> GeneratorFile:
        """A file, or the shipped one. Raises StoreError with a clear sentence."""
        path = Path(path or DEFAULT_WEIGHTS)
        tensors, metadata = load_weights(path)
        if metadata.get("kind") != KIND:
            raise StoreError(f"{path} holds no generator; choose another file.")
        if metadata.get("version") != VERSION:
            raise StoreError(
                f"{path} was written by another version of Mien; "
                "write it again with 'train generator --resume --weights-out'."
            )
        if metadata.get("face_model") != FaceModel.load(level=MAP_LEVEL).hash:
            raise StoreError(
                f"{path} was trained for another face model; train it again with 'train generator'."
            )
        try:
            fields = (tensors[f"noise_prior.{key}"] for key in ("slope", "offset", "factor"))
            prior = NoisePrior(*fields)
            return GeneratorFile(GeneratorSpec.from_text(metadata), tensors, metadata, prior)
        except (KeyError, ValueError) as error:
            raise damaged(path) from error

    def weights(self, part: str) -> dict[str, np.ndarray]:
        """The arrays, float32, of the "generator" or the "encoder", by their names in it."""
        start = f"{part}."
        return {
            name.removeprefix(start): value.astype(np.float32)
            for name, value in self.tensors.items()
            if name.startswith(start)
        }


def damaged(path: Path | str) -> StoreError:
    """The error of a file that lacks something."""
    return StoreError(f"{path} is damaged or incomplete; restore it.")


def weights_key(weights: Mapping[str, np.ndarray]) -> str:
    """Sixteen hexadecimal digits of a generator's weights, with their names and shapes."""
    digest = hashlib.sha256()
    for name, value in sorted(weights.items()):
        # A file holds a single number as a row of one.
        shape = value.shape if value.size > 1 else ()
        digest.update(f"generator.{name} {shape} torch.{value.dtype}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()[:16]
