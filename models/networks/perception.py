"""The perception network: what a picture in the generator's frame shows of the rig and of whom.

One small residual network with four heads takes the place of DiscoFaceGAN's separate
reconstruction, identity and landmark networks (Deng et al., CVPR 2020, section 3.2): it is
differentiable in the picture, so losses and scores can be made of it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.face.model import FaceModel
from models.face.rig_vector import RIG_SIZE
from models.files.store import StoreError, load_weights
from models.networks.reconstruction import POINTS, WIDTHS, Reconstruction, ResidualBlock
from models.networks.threads import one_thread

DEFAULT_WEIGHTS = Path(__file__).parents[2] / "resources" / "perception.safetensors"
KIND = "mien perception network"
SIZE = 128
IDENTITY_FEATURES = 128
COARSE = 16
# Landmarks on bare skin: both cheeks, the forehead, the bridge of the nose and the chin.
SKIN_POINTS = (
    50, 101, 118, 117, 205, 36, 187, 123, 147, 207, 280, 330, 347, 346, 425, 266, 411, 352, 376,
    427, 151, 9, 108, 337, 69, 299, 107, 336, 6, 197, 195, 5, 175, 199, 200,
)  # fmt: skip


class Perceived(NamedTuple):
    """What is seen in N pictures.

    rig: (N, 241) λ in rig units. identity: (N, 128) unit vectors, alike for one person.
    landmarks: (N, 478, 2) px of the 128² picture. skin: (N, 3) mean colour, sRGB in -1..1.
    """

    rig: Tensor
    identity: Tensor
    landmarks: Tensor
    skin: Tensor


class Perception(nn.Module):
    """Pictures (N, 3, S, S) sRGB in -1..1 before Camera.generator, S >= 128, to Perceived.

    The trunk is the reconstruction network's, whose weights its training starts from.
    """

    rig_mean: Tensor
    rig_deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(*list(Reconstruction().features)[:-3])
        self.geometry = nn.Conv2d(WIDTHS[-1], 32, 1)
        self.hidden = nn.Linear(32 * 8 * 8, 320)
        self.landmarks = nn.Linear(320, POINTS * 2)
        self.surface = nn.Conv2d(WIDTHS[-1], 32, 1)
        self.colours = nn.Linear(32 * 8 * 8 + 3 * COARSE**2, 192)
        self.rig = nn.Linear(320 + 192, RIG_SIZE)
        self.person = nn.Conv2d(WIDTHS[-1], 32, 1)
        self.identity = nn.Linear(32 * 8 * 8, IDENTITY_FEATURES)
        self.register_buffer("rig_mean", torch.zeros(RIG_SIZE))
        self.register_buffer("rig_deviation", torch.ones(RIG_SIZE))

    def forward(self, x: Tensor) -> Perceived:
        x = self._sized(x)
        seen = self.trunk(x)
        h = torch.relu(self.hidden(torch.relu(self.geometry(seen)).flatten(1)))
        # Light and skin are nearly linear in coarse colours, which the trunk learns to overlook.
        coarse = F.avg_pool2d(x, SIZE // COARSE).flatten(1)
        surface = torch.relu(self.surface(seen)).flatten(1)
        lit = torch.relu(self.colours(torch.cat([surface, coarse.to(surface.dtype)], 1)))
        middle = (SIZE - 1) / 2
        landmarks = self.landmarks(h).float().view(-1, POINTS, 2) * SIZE + middle
        rig = self.rig(torch.cat([h, lit], 1)).float() * self.rig_deviation + self.rig_mean
        person = self.identity(torch.relu(self.person(seen)).flatten(1))
        skin = skin_colour(x.float(), landmarks.detach())
        return Perceived(rig, F.normalize(person.float(), dim=1), landmarks, skin)

    def stages(self, x: Tensor) -> list[Tensor]:
        """Feature maps of the trunk at 32², 16² and 8², (N, C, R, R): a space to compare in."""
        x = self._sized(x)
        found = []
        for layer in self.trunk:
            x = layer(x)
            if isinstance(layer, ResidualBlock) and isinstance(layer.skip, nn.Identity):
                found.append(x)
        return found

    def _sized(self, x: Tensor) -> Tensor:
        return x if x.shape[-1] == SIZE else F.interpolate(x, (SIZE, SIZE), mode="area")


def skin_colour(pictures: Tensor, landmarks: Tensor) -> Tensor:
    """Mean colour (N, 3) of pictures (N, 3, 128, 128) around the skin's landmarks, as they are.

    Differentiable in the pixels (the mean skin colour of DiscoFaceGAN's imitative loss).
    """
    smooth = F.avg_pool2d(pictures, 5, 1, 2, count_include_pad=False)
    at = landmarks[:, list(SKIN_POINTS)] * (2 / (SIZE - 1)) - 1
    found = F.grid_sample(smooth, at[:, :, None], align_corners=True, padding_mode="border")
    return found.mean((2, 3))


class PerceptionNetwork:
    """The trained network, frozen: `module` for losses, `read` for pictures."""

    def __init__(self, module: Perception, metadata: dict[str, str]) -> None:
        self.module = module.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.metadata = metadata

    @staticmethod
    def load(path: Path | None = None) -> PerceptionNetwork:
        """Read the weights (cached). Raises StoreError for a file that does not serve."""
        return _load(Path(path or DEFAULT_WEIGHTS))

    @torch.inference_mode()
    def read(self, pictures: np.ndarray, batch: int = 32) -> Perceived:
        """Perceived of pictures (N, S, S, 3) uint8 sRGB before Camera.generator."""
        with one_thread():
            parts = [
                self.module(pictures_to_input(pictures[i : i + batch]))
                for i in range(0, len(pictures), batch)
            ]
        return Perceived(*(torch.cat(column) for column in zip(*parts, strict=True)))


def identity_distance(a: Tensor | np.ndarray, b: Tensor | np.ndarray) -> Tensor | np.ndarray:
    """1 − cosine of unit identity vectors (..., 128): 0 for one face, about 1 for strangers."""
    return 1 - (a * b).sum(-1)


def pictures_to_input(pictures: np.ndarray) -> Tensor:
    """(N, S, S, 3) uint8 to (N, 3, S, S) in -1..1."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
    return (x / 127.5 - 1).contiguous(memory_format=torch.channels_last)


@lru_cache(maxsize=2)
def _load(path: Path) -> PerceptionNetwork:
    tensors, metadata = load_weights(path)
    if metadata.get("kind") != KIND:
        raise StoreError(f"{path} is not a {KIND}; choose another file.")
    if metadata.get("face_model") != FaceModel.load().hash:
        raise StoreError(
            f"{path} was trained for another face model; train it again with 'train perception'."
        )
    module = Perception()
    module.load_state_dict({
        k: torch.from_numpy(v.astype(np.float32) if v.dtype == np.float16 else v)
        for k, v in tensors.items()
    })  # fmt: skip
    return PerceptionNetwork(module, metadata)
