"""The person matte: a small U-Net looking at head and shoulders of one face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor, nn

SIZE = 192
# Side of the network's square in face sizes, and how far its centre lies below the face's.
REACH = 3.0
DROP = 0.2
CHANNELS = (16, 32, 64, 128, 192)
INPUTS = 5


class ConvUnit(nn.Sequential):
    """Convolution, batch normalisation, SiLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.SiLU(inplace=True),
        )


class Residual(nn.Module):
    """Two 3 x 3 convolutions around a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvUnit(channels, channels)
        self.second = ConvUnit(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.first(x))


class MatteNet(nn.Module):
    """(N, 5, S, S) crop, `crop_input`'s channels, to alpha logits (N, 1, S, S)."""

    def __init__(self, channels: tuple[int, ...] = CHANNELS) -> None:
        super().__init__()
        self.stem = ConvUnit(INPUTS, channels[0], stride=2)
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        for above, below in zip(channels[:-1], channels[1:], strict=True):
            blocks = 1 if below <= 32 else 2
            self.down.append(
                nn.Sequential(
                    ConvUnit(above, below, stride=2), *(Residual(below) for _ in range(blocks))
                )
            )
            self.up.append(nn.Sequential(ConvUnit(above + below, above, 1), Residual(above)))
        # The last doubling is a pixel shuffle: full-size convolutions would cost the most.
        self.head = nn.Sequential(
            ConvUnit(channels[0], channels[0]), nn.Conv2d(channels[0], 4, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        skips = []
        for stage in self.down:
            skips.append(x)
            x = stage(x)
        for stage, skip in zip(reversed(self.up), reversed(skips), strict=True):
            x = nn.functional.interpolate(
                x, size=skip.shape[-2:], mode="bilinear", align_corners=False
            )
            x = stage(torch.cat([x, skip], 1))
        return nn.functional.pixel_shuffle(self.head(x), 2)


@dataclass(frozen=True)
class Crop:
    """The network's square in a photo: left and top edge and side, px (edges, not centres)."""

    left: float
    top: float
    side: float


def crop_around(box: tuple[float, float, float, float]) -> Crop:
    """Head and shoulders around a face box (x0, y0, x1, y1) in px."""
    x0, y0, x1, y1 = (float(v) for v in box)
    face = max(x1 - x0, y1 - y0)
    side = REACH * face
    centre_y = (y0 + y1) / 2 + DROP * face
    return Crop((x0 + x1) / 2 - side / 2, centre_y - side / 2, side)


def crop_input(pixels: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Network input (5, S, S) float32 from RGB uint8 (S, S, 3) and validity (S, S) in 0..1.

    RGB about -1..1 and zero outside the photo, validity, and a bell that marks the face.
    """
    size = len(pixels)
    rgb = (pixels.astype(np.float32) / 127.5 - 1) * valid[..., None]
    return np.concatenate([rgb.transpose(2, 0, 1), valid[None], _bell(size)[None]]).astype(
        np.float32
    )


def _bell(size: int) -> np.ndarray:
    """Gaussian (S, S) over the face's place in every crop, deviation a third of a face."""
    across = (np.arange(size, dtype=np.float32) + 0.5) / size * REACH - REACH / 2
    down = across + DROP
    return np.exp(-4.5 * (across[None, :] ** 2 + down[:, None] ** 2)).astype(np.float32)
