"""The generator from numbers to pixels in one module, of which one graph is made."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.generator import Generator, maps_to_input


class Picture(nn.Module):
    """λ (1, 241), noise (1, N), shift of the styles (1, layers, w) and maps (1, S, S, 7) uint8
    to a picture (1, S, S, 3) uint8 and its mean before that, which tells whether all of it were
    numbers: all in one graph, so that no step waits for another.
    """

    def __init__(self, drawing: Generator) -> None:
        super().__init__()
        self.generator = drawing

    def forward(
        self, rig: Tensor, noise: Tensor, shift: Tensor, maps: Tensor
    ) -> tuple[Tensor, Tensor]:
        styles = self.generator.broadcast(self.generator.mapping(rig, noise)) + shift
        picture = self.generator.synthesis(styles, maps_to_input(maps))
        pixels = (picture * 127.5 + 128).clamp(0, 255).permute(0, 2, 3, 1).to(torch.uint8)
        return pixels, picture.mean()
