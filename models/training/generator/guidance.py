"""The imitative and contrastive terms of a batch, seen by the perception network."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.face.rig_vector import PARTS
from models.networks.perception import Perceived
from models.training.generator.data import Batch, Twin
from models.training.generator.losses import (
    contrast_expression,
    contrast_light,
    imitative,
)

# Section 4's weights of the landmark term, of stage 1 and of stage 2.
LANDMARK_WEIGHTS = (500.0, 100.0)


@dataclass(frozen=True)
class Guidance:
    """DiscoFaceGAN's sections 3.2 and, in stage 2, 3.3; the network itself never learns."""

    perception: nn.Module
    stage: int = 1

    def __call__(self, batch: Batch, made: Tensor, twins: Tensor | None) -> dict[str, Tensor]:
        """Weighted terms of made pictures (N, 3, R, R) and, in stage 2, of their twins'."""
        seen: Perceived = self.perception(made)
        with torch.no_grad():
            real: Perceived = self.perception(batch.real)
        wanted = real._replace(rig=batch.rig, landmarks=batch.landmarks)
        known = batch.paired > 0
        weight = LANDMARK_WEIGHTS[self.stage - 1]
        terms = imitative(seen, wanted, PARTS["light"], known, weight)
        if twins is not None and batch.twin is not None:
            terms |= self._contrastive(batch.maps, batch.twin, seen, made, twins)
        return terms

    def _contrastive(
        self, maps: Tensor, twin: Twin, seen: Perceived, made: Tensor, twins: Tensor
    ) -> dict[str, Tensor]:
        lit, moved = twin.relit > 0, twin.relit == 0
        terms = {}
        if moved.any():
            gap = contrast_expression(
                made[moved], twins[moved], twin.flow[moved], twin.visible[moved]
            )
            terms["warp"] = 10 * gap
        if lit.any():
            face = (maps[lit, 6:] + 1) / 2
            again: Perceived = self.perception(twins[lit])
            before = Perceived(*(part[lit] for part in seen))
            terms |= contrast_light(made[lit], twins[lit], face, before, again)
        return terms
