"""A generator under evaluation: its pictures, its styles, people at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from torch import Tensor

from models.face.camera import Camera
from models.face.condition_maps import ConditionMaps
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.renderer import FaceRenderer
from models.face.rig_vector import from_vector, to_vector
from models.networks.generator import Generator, NoiseEncoder, maps_to_input
from models.networks.generator_store import LoadedGenerator, NoisePrior
from models.networks.prior import RigPrior

_BATCH = 16


@dataclass(frozen=True)
class Subject:
    """A generator and the λ that it is asked to draw."""

    generator: Generator
    encoder: NoiseEncoder
    noise_prior: NoisePrior
    prior: RigPrior
    maps: ConditionMaps = field(default_factory=ConditionMaps)

    @staticmethod
    def of(loaded: LoadedGenerator, prior: RigPrior) -> Subject:
        """The generator of a weights file."""
        return Subject(loaded.generator, loaded.encoder, loaded.noise_prior, prior)

    @property
    def size(self) -> int:
        """Side of its pictures, px."""
        return self.generator.spec.size

    def rigs(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """λ (N, 241) float32 of people drawn from the prior."""
        return np.stack([to_vector(self.prior.sample(rng)) for _ in range(count)])

    def noise(self, rigs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Noise codes (N, K) float32 that suit the people of λ (N, 241)."""
        return np.stack([self.noise_prior.sample(rng, from_vector(rig)) for rig in rigs])

    @torch.inference_mode()
    def mapping(self, rigs: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """w (N, W) of λ (N, 241) and noise (N, K)."""
        found = self.generator.mapping(torch.from_numpy(rigs), torch.from_numpy(noise))
        return found.numpy()

    def styles(self, rigs: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """w (N, L, W), the same in every layer."""
        return np.repeat(self.mapping(rigs, noise)[:, None], self.generator.spec.layers, 1)

    @torch.inference_mode()
    def synthesise(self, rigs: np.ndarray, styles: np.ndarray) -> Tensor:
        """Pictures (N, 3, S, S) in -1..1 from styles (N, L, W), the maps being those of λ."""
        pictures = []
        for part in _batches(len(rigs)):
            maps = np.stack([self.maps.render(from_vector(r), self.size) for r in rigs[part]])
            shown = torch.from_numpy(np.ascontiguousarray(styles[part]))
            seen = self.generator.synthesis(shown, maps_to_input(torch.from_numpy(maps)))
            pictures.append(seen.clamp(-1, 1))
        return torch.cat(pictures)

    def draw(self, rigs: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Pictures (N, S, S, 3) uint8 sRGB of λ (N, 241) and noise (N, K)."""
        return to_pictures(self.synthesise(rigs, self.styles(rigs, noise)))

    @torch.inference_mode()
    def redraw(self, pictures: np.ndarray, rigs: np.ndarray) -> np.ndarray:
        """Pictures (N, R, R, 3) uint8 of known λ (N, 241), drawn again from the codes read."""
        codes = []
        for rig, picture in zip(rigs, pictures, strict=True):
            maps = self.maps.render(from_vector(rig), self.size)
            small = cv2.resize(picture, (self.size, self.size), interpolation=cv2.INTER_AREA)
            shown = torch.from_numpy(small)[None].permute(0, 3, 1, 2).float() / 127.5 - 1
            codes.append(self.encoder(shown, maps_to_input(torch.from_numpy(maps)[None]))[0])
        return self.draw(rigs, torch.cat(codes).numpy())

    @property
    def centre(self) -> np.ndarray:
        """λ (241,) of the mean face at rest under the default light."""
        return to_vector(FaceParameters())


def rendered(rigs: np.ndarray, size: int) -> np.ndarray:
    """The face model itself at λ (N, 241) before grey, (N, size, size, 3) uint8."""
    renderer, camera = FaceRenderer(FaceModel.load()), Camera.generator(size)
    pictures = []
    for rig in rigs:
        face = renderer.render(from_vector(rig), camera, size, size, "textured", supersample=2)
        cover = face[..., 3:] / 255
        pictures.append(np.uint8(face[..., :3] * cover + 120 * (1 - cover)))
    return np.stack(pictures)


def to_pictures(x: Tensor) -> np.ndarray:
    """(N, 3, S, S) in -1..1 to (N, S, S, 3) uint8."""
    shades = ((x + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return shades.permute(0, 2, 3, 1).contiguous().numpy()


def _batches(count: int) -> Iterator[slice]:
    for start in range(0, count, _BATCH):
        yield slice(start, start + _BATCH)
