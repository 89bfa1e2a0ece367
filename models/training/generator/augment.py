"""Translation and cutout before the discriminator (Zhao et al., NeurIPS 2020): colour is kept."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

SHIFT = 0.125
CUT = 0.35
# Share of the pictures that lose a square.
CUT_SHARE = 0.5


@dataclass(frozen=True)
class Augmentation:
    """What happens to each of N pictures, as shares of the side: shift (N, 2), cut (N, 2) middle
    of the square that is emptied, size (N,) its side."""

    shift: Tensor
    cut: Tensor
    size: Tensor

    @staticmethod
    def draw(count: int, device: torch.device) -> Augmentation:
        """A random one."""
        keep = (torch.rand(count, device=device) < CUT_SHARE).float()
        shift = (2 * torch.rand(count, 2, device=device) - 1) * SHIFT
        return Augmentation(shift, torch.rand(count, 2, device=device), keep * CUT)

    def __call__(self, pictures: Tensor) -> Tensor:
        """Pictures (N, C, R, R), moved by whole pixels and cut; 0 where nothing is left."""
        count, _, size, _ = pictures.shape
        place = torch.arange(size, device=pictures.device)
        steps = (self.shift * size).round().long()
        padded = F.pad(pictures, (1, 1, 1, 1))
        rows, columns = ((place + steps[:, k, None] + 1).clamp(0, size + 1) for k in (0, 1))
        every = torch.arange(count, device=pictures.device)[:, None, None]
        moved = padded.permute(0, 2, 3, 1)[every, rows[:, :, None], columns[:, None]]
        share = (place + 0.5) / size
        near = [(share - self.cut[:, k, None]).abs() < self.size[:, None] / 2 for k in (0, 1)]
        keep = ~(near[0][:, :, None] & near[1][:, None])
        return moved.permute(0, 3, 1, 2) * keep[:, None]
