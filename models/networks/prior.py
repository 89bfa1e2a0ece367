"""Random rigs: z → λ per factor, by a Gaussian or by DiscoFaceGAN's VAEs (Deng et al. 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from models.face.lighting import sh_basis
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import IDENTITY_SIZE, FaceParameters
from models.face.rig_vector import FACTORS, PARTS, RIG_SIZE, factor_indices, from_vector
from models.files.store import StoreError, load_weights

DEFAULT_PRIOR = Path(__file__).parents[2] / "resources" / "rig_prior.safetensors"
PRIOR_KIND = "mien rig prior"
MODELS = ("gaussian", "vae")
# DiscoFaceGAN's sizes: of z, and of the three hidden layers.
Z_SIZES: MappingProxyType[str, int] = MappingProxyType(
    {"identity": 128, "expression": 32, "lighting": 16, "pose": 3}
)
WIDTHS: MappingProxyType[str, int] = MappingProxyType(
    {"identity": 512, "expression": 256, "lighting": 128, "pose": 32}
)
LAYERS = 4
# How bright a white surface is in usual portraits: whatever way it faces, and in the middle.
BRIGHTNESS = (0.1, 1.9)
MIDDLE = (0.95, 1.25)
COEFFICIENT_LIMIT = 4.0
# Red to green, red to blue and green to blue of skin in linear light, without cold casts.
SKIN_RATIOS = np.array([[1.25, 1.25, 0.93], [2.5, 3.7, 1.5]])
POSE_LIMIT = np.array([35.0, 20.0, 15.0], np.float32)


@dataclass(frozen=True)
class Scaling:
    """A factor's numbers that vary at all, standardised. size: numbers of the whole factor."""

    size: int
    active: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    def standard(self, values: np.ndarray) -> np.ndarray:
        """(..., size) values to (..., active) of mean 0 and deviation 1."""
        return (values[..., self.active] - self.mean) / self.scale

    def natural(self, standard: np.ndarray) -> np.ndarray:
        """The inverse of `standard`; what never varies is 0."""
        out = np.zeros((*standard.shape[:-1], self.size), np.float32)
        out[..., self.active] = standard * self.scale + self.mean
        return out


@dataclass(frozen=True)
class GaussianFactor:
    """Principal axes of a shrunk covariance. axes: (A, Z), per standard deviation of z."""

    scaling: Scaling
    axes: np.ndarray

    def sample(self, rng: np.random.Generator, truncation: float) -> np.ndarray:
        """(size,) values of a random z."""
        return self.decode(truncation * rng.normal(size=self.axes.shape[1:]))

    def encode(self, values: np.ndarray) -> np.ndarray:
        """(..., Z) of (..., size) values; axes that were left empty get 0."""
        power = (self.axes**2).sum(0)
        inverse = self.axes / np.where(power > 0, power, 1)
        return self.scaling.standard(values) @ inverse

    def decode(self, z: np.ndarray) -> np.ndarray:
        """(..., size) values of (..., Z)."""
        return self.scaling.natural(z @ self.axes.T)


@dataclass(frozen=True)
class VaeFactor:
    """Encoder and decoder, each LAYERS × (weight (out, in), bias (out,)), ReLU between them.

    noise: (A,) standardised deviation of the numbers about what is decoded.
    """

    scaling: Scaling
    noise: np.ndarray
    encoder: list[tuple[np.ndarray, np.ndarray]]
    decoder: list[tuple[np.ndarray, np.ndarray]]

    def sample(self, rng: np.random.Generator, truncation: float) -> np.ndarray:
        """(size,) values of a random z, with what z leaves open."""
        z = truncation * rng.normal(size=self.decoder[0][0].shape[1:])
        noise = truncation * rng.normal(size=len(self.noise)) * self.noise
        return self.scaling.natural(perceptron(self.decoder, z) + noise)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """(..., Z), the posterior's mean of (..., size) values."""
        out = perceptron(self.encoder, self.scaling.standard(values))
        return out[..., : out.shape[-1] // 2]

    def decode(self, z: np.ndarray) -> np.ndarray:
        """(..., size) values of (..., Z)."""
        return self.scaling.natural(perceptron(self.decoder, z))


def perceptron(layers: list[tuple[np.ndarray, np.ndarray]], x: np.ndarray) -> np.ndarray:
    """(..., in) through all layers."""
    for i, (weight, bias) in enumerate(layers):
        x = x @ weight.T + bias
        if i + 1 < len(layers):
            x = np.maximum(x, 0)
    return x


class RigPrior:
    """What rigs of real portraits are like, one model a factor of FACTORS."""

    def __init__(
        self, factors: Mapping[str, GaussianFactor | VaeFactor], face_model: FaceModel
    ) -> None:
        self.factors = dict(factors)
        self._face_model = face_model

    @staticmethod
    def load(path: Path | None = None, model: str | None = None) -> RigPrior:
        """Read a prior (cached).

        model: one of MODELS for all factors; by default the better one on held-out people.
        Raises StoreError with a clear sentence.
        """
        return _load(Path(path or DEFAULT_PRIOR), model)

    def encode(self, factor: str, vector: np.ndarray) -> np.ndarray:
        """z (..., Z) of a factor, from whole λ (..., 241). Raises KeyError."""
        return self.factors[factor].encode(vector[..., factor_indices(factor)])

    def decode(self, factor: str, z: np.ndarray) -> np.ndarray:
        """A factor's numbers (..., size) of z (..., Z), float32, kept plausible."""
        return self._plausible(factor, self.factors[factor].decode(z))

    def sample(self, rng: np.random.Generator, truncation: float = 1.0) -> FaceParameters:
        """A random rig. truncation: scales z; 0 gives the usual portrait."""
        vector = np.empty(RIG_SIZE, np.float32)
        for factor in FACTORS:
            drawn = self.factors[factor].sample(rng, truncation)
            vector[factor_indices(factor)] = self._plausible(factor, drawn)
        return from_vector(vector)

    def _plausible(self, factor: str, values: np.ndarray) -> np.ndarray:
        """Numbers (..., size) of a factor within what a portrait can show."""
        if factor == "lighting":
            lights = values.reshape(-1, 9, 3)
            return np.stack([tame(light) for light in lights]).reshape(values.shape)
        if factor == "pose":
            return np.clip(values, -POSE_LIMIT, POSE_LIMIT)
        if factor == "expression":
            return np.clip(values, 0, 1)
        values = np.clip(values, -COEFFICIENT_LIMIT, COEFFICIENT_LIMIT)
        people = values.reshape(-1, values.shape[-1])
        for albedo in people[:, IDENTITY_SIZE:]:
            albedo *= skin_share(self._face_model, albedo)
        return people.reshape(values.shape)


def skin_share(model: FaceModel, albedo: np.ndarray) -> float:
    """The largest share of albedo coefficients (80,) whose mean colour is that of skin."""
    mean = model.albedo_mean[:LANDMARK_COUNT].mean(0)
    change = albedo @ model.albedo_basis[:, :LANDMARK_COUNT].mean(1)
    for share in np.linspace(1, 0.1, 19):
        red, green, blue = np.maximum(mean + share * change, 1e-3)
        ratios = np.array([red / green, red / blue, green / blue])
        if (ratios > SKIN_RATIOS[0]).all() and (ratios < SKIN_RATIOS[1]).all():
            return float(share)
    return 0.0


def tame(light: np.ndarray) -> np.ndarray:
    """(9, 3) light, evened out until what it shines on lies within BRIGHTNESS."""
    basis = _facing_basis()
    even = np.zeros_like(light)
    even[0] = light[0]
    middle = float(np.median(basis @ light))
    wanted = np.clip(middle, *MIDDLE)
    for share in np.linspace(0, 1, 11):
        mixed = light + np.float32(share) * (even - light)
        mixed *= wanted / max(float(np.median(basis @ mixed)), 1e-3)
        shine = (basis @ mixed).mean(1)
        if shine.min() > BRIGHTNESS[0] and shine.max() < BRIGHTNESS[1]:
            break
    return mixed.astype(np.float32)


@lru_cache(maxsize=1)
def _facing_basis() -> np.ndarray:
    """(N, 9) SH basis of directions over the half that faces the camera."""
    x, y = np.meshgrid(*2 * [np.linspace(-0.9, 0.9, 13)])
    inside = x**2 + y**2 < 0.85
    z = np.sqrt(1 - x[inside] ** 2 - y[inside] ** 2)
    return sh_basis(np.stack([x[inside], y[inside], z], -1))


@lru_cache(maxsize=4)
def _load(path: Path, model: str | None) -> RigPrior:
    tensors, metadata = load_weights(path)
    if metadata.get("kind") != PRIOR_KIND or metadata.get("version") != "1":
        raise StoreError(f"{path} is not a rig prior of this version; choose another file.")
    face_model = FaceModel.load(level=0)
    if metadata.get("face_model") != face_model.hash:
        raise StoreError(f"{path} was made for another face model; train it again.")
    data = {k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in tensors.items()}
    factors = {f: read_factor(data, f, model or metadata[f]) for f in FACTORS}
    return RigPrior(factors, face_model)


def read_factor(
    data: Mapping[str, np.ndarray], factor: str, model: str
) -> GaussianFactor | VaeFactor:
    """One factor's model from the file's arrays, named `factor.model.…`. Raises KeyError."""
    size = sum(PARTS[part].stop - PARTS[part].start for part in FACTORS[factor])
    scaling = Scaling(size, *(data[f"{factor}.{name}"] for name in ("active", "mean", "scale")))
    if model == "gaussian":
        return GaussianFactor(scaling, data[f"{factor}.gaussian.axes"])
    parts = [
        [
            (data[f"{factor}.vae.{part}.{i}.weight"], data[f"{factor}.vae.{part}.{i}.bias"])
            for i in range(LAYERS)
        ]
        for part in ("encoder", "decoder")
    ]
    return VaeFactor(scaling, data[f"{factor}.vae.noise"], *parts)
