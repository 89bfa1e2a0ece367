"""The reconstruction network: 478 landmarks with depth and a confidence from a face crop."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.files.store import load_weights
from models.networks.crop import FaceCrop
from models.networks.threads import one_thread

DEFAULT_WEIGHTS = Path(__file__).parents[2] / "resources" / "reconstruction.safetensors"
INPUT_SIZE = 128
POINTS = 478
WIDTHS = (32, 64, 128, 192)
# Side and tilt (degrees) of the crops of the last pass, relative to the tight one.
VARIED = ((1.0, 0.0), (1.05, 4.0), (0.95, -4.0), (1.02, -2.0))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch normalisation around a skip (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        same = inputs == outputs and stride == 1
        self.skip = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = torch.relu(self.norm1(self.first(x)))
        return torch.relu(self.skip(x) + self.norm2(self.second(y)))


class Reconstruction(nn.Module):
    """(N, 3, 128, 128) sRGB in -1..1 to landmarks (N, 478, 3) and a logit (N,).

    Landmarks are in crop pixels from the crop's middle over 128; depth in the same unit,
    smaller = nearer, zero at the mean of the face points.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3, WIDTHS[0], 5, 2, 2), nn.ReLU()]
        for inputs, outputs in itertools.pairwise(WIDTHS):
            layers += [ResidualBlock(inputs, outputs, 2), ResidualBlock(outputs, outputs, 1)]
        layers += [nn.Conv2d(WIDTHS[-1], 32, 1), nn.ReLU(), nn.Flatten()]
        self.features = nn.Sequential(*layers)
        self.hidden = nn.Linear(32 * 8 * 8, 320)
        self.landmarks = nn.Linear(320, POINTS * 3)
        self.confidence = nn.Linear(320, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(self.hidden(self.features(x)))
        return self.landmarks(h).view(-1, POINTS, 3), self.confidence(h)[:, 0]


class ReconstructionNetwork:
    """The trained network, ready to read faces in photos."""

    def __init__(self, module: Reconstruction, mirror: np.ndarray) -> None:
        self.module = module.eval().to(memory_format=torch.channels_last)
        self.mirror = mirror

    @staticmethod
    def load(path: Path | None = None) -> ReconstructionNetwork:
        """Read the weights (cached). Raises StoreError naming the file."""
        return _load(Path(path or DEFAULT_WEIGHTS))

    def landmarks(
        self,
        image: np.ndarray,
        box: tuple[float, float, float, float],
        roll: float = 0.0,
    ) -> tuple[np.ndarray, float]:
        """Landmarks (478, 3) px of the photo (H, W, 3) uint8 sRGB, and a confidence 0..1.

        box: x0, y0, x1, y1 px from the detector, of a face tilted by roll degrees. Each pass
        cuts the crop around what the last one found; the last one averages crops that differ
        a little.
        """
        points, _ = self._read(image, [FaceCrop.from_box(box, roll)])
        points, _ = self._read(image, [FaceCrop.around(points)])
        tight = FaceCrop.around(points)
        varied = [
            replace(tight, side=tight.side * scale, roll=tight.roll + turn)
            for scale, turn in VARIED
        ]
        return self._read(image, varied)

    def follow(self, image: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, float]:
        """As `landmarks`, of the next picture of a video: one pass about the last points."""
        return self._read(image, [FaceCrop.around(points)])

    @torch.inference_mode()
    def _read(self, image: np.ndarray, crops: list[FaceCrop]) -> tuple[np.ndarray, float]:
        """Mean over crops and their mirror images: a single reading leans to one side."""
        cuts = [crop.cut(image, INPUT_SIZE) for crop in crops]
        views = np.stack([view for cut in cuts for view in (cut, cut[:, ::-1])])
        with one_thread():
            points, logit = self.module(to_input(views))
            confidence = float(torch.sigmoid(logit.mean()))
        found = []
        for crop, plain, turned in zip(crops, *_split(from_output(points.numpy())), strict=True):
            other = turned[self.mirror]
            other[:, 0] = INPUT_SIZE - 1 - other[:, 0]
            found.append(crop.to_photo((plain + other) / 2, INPUT_SIZE))
        return np.mean(found, axis=0), confidence


def _split(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Readings of the crops and of their mirror images."""
    return points[0::2], points[1::2]


def to_input(crops: np.ndarray) -> Tensor:
    """(N, 128, 128, 3) uint8 to the network's input."""
    x = torch.from_numpy(np.ascontiguousarray(crops)).permute(0, 3, 1, 2).float()
    return (x / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def from_output(points: np.ndarray) -> np.ndarray:
    """Network output (N, 478, 3) to crop pixels."""
    out = points * INPUT_SIZE
    out[..., :2] += (INPUT_SIZE - 1) / 2
    return out


@lru_cache(maxsize=2)
def _load(path: Path) -> ReconstructionNetwork:
    tensors, _ = load_weights(path)
    mirror = tensors.pop("mirror_index")
    module = Reconstruction()
    module.load_state_dict({
        k: torch.from_numpy(v.astype(np.float32) if v.dtype == np.float16 else v)
        for k, v in tensors.items()
    })  # fmt: skip
    return ReconstructionNetwork(module, mirror)
