"""The generator's losses, in the order of DiscoFaceGAN's section 3 (Deng et al., CVPR 2020).

Paired supervision, which the paper has not, stands first: it takes the place of the paper's
pretrained networks where photos are few. Pictures are (N, 3, R, R) in -1..1 of the aligned
frame; every function returns a scalar float32 tensor unless it says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from models.networks.perception import Perceived

# Section 3.2: the margin within which two pictures count as the same person.
IDENTITY_MARGIN = 0.3
# Nats of each code's KL that cost nothing, so that the code is used at all (Kingma et al. 2016).
FREE_BITS = 0.25


# Paired supervision ---------------------------------------------------------------------------


def masked_l1(made: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean |made − target| under weight (N, 1, R, R), 0 where the target shows nothing."""
    error = (made - target).abs().mean(1, keepdim=True)
    return (error * weight).sum() / weight.sum().clamp_min(1)


def laplacian_pyramid(pictures: Tensor, levels: int) -> list[Tensor]:
    """Band-pass levels, finest first, then the low-pass rest (Burt and Adelson 1983).

    level + resized coarser picture = picture: what was taken apart sums up again.
    """
    bands = []
    for _ in range(levels):
        low = F.avg_pool2d(pictures, 2)
        bands.append(pictures - F.interpolate(low, scale_factor=2.0, mode="bilinear"))
        pictures = low
    return [*bands, pictures]


def pyramid_loss(made: Tensor, target: Tensor, weight: Tensor, coarsest: int = 8) -> Tensor:
    """Mean of the levels' masked L1 (Ling and Okada 2006), all levels alike, down to 8²."""
    levels = max(0, int(math.log2(made.shape[-1] // coarsest)))
    # Linear: the pyramid of the difference is the difference of the pyramids.
    bands = laplacian_pyramid(made - target, levels)
    total = made.new_zeros(())
    for level, band in enumerate(bands):
        total = total + masked_l1(band, torch.zeros_like(band), weight)
        if level < levels:
            weight = F.avg_pool2d(weight, 2)
    return total / len(bands)


def feature_matching(made: Sequence[Tensor], real: Sequence[Tensor], rows: Tensor) -> Tensor:
    """Mean L1 between the discriminator's features of pairs (Wang et al. 2018, eq. 4).

    rows (N,) is 1 for pictures that have a target, else 0.
    """
    count = rows.sum().clamp_min(1)
    terms = [
        ((a.float() - b.float().detach()).abs().mean((1, 2, 3)) * rows).sum() / count
        for a, b in zip(made, real, strict=True)
    ]
    return torch.stack(terms).mean()


def code_divergence(mean: Tensor, log_variance: Tensor, free: float = FREE_BITS) -> Tensor:
    """KL of the noise code's normal from N(0, 1), mean over codes, above `free` nats each."""
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
    return divergence.mean(0).clamp_min(free).mean() - free


# Section 3.1: adversarial ---------------------------------------------------------------------


def generator_adversarial(fake: Tensor, real: Tensor | None) -> Tensor:
    """Of logits (N,): relativistic, softplus(real − fake) (Jolicoeur-Martineau 2019; Huang et al.
    2024, eq. 1); with real None the non-saturating softplus(−fake) (Goodfellow et al. 2014)."""
    return F.softplus(-fake if real is None else real - fake).mean()


def discriminator_adversarial(fake: Tensor, real: Tensor, relativistic: bool = True) -> Tensor:
    """The discriminator's side of `generator_adversarial`."""
    if relativistic:
        return F.softplus(fake - real).mean()
    return F.softplus(fake).mean() + F.softplus(-real).mean()


def gradient_penalty(judge: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
    """½ E|∂logit/∂picture|²: R1 of real, R2 of made pictures (Mescheder et al. 2018, eq. 9)."""
    pictures = pictures.detach().requires_grad_(True)
    logits = judge(pictures).sum()
    (slope,) = torch.autograd.grad(logits, pictures, create_graph=True)
    return 0.5 * slope.square().sum((1, 2, 3)).mean()


# Section 3.2: imitative -----------------------------------------------------------------------


def imitate_identity(made: Tensor, wanted: Tensor) -> Tensor:
    """Eq. 4: max(1 − cos − margin, 0) of unit features (N, K)."""
    return (1 - (made * wanted).sum(1) - IDENTITY_MARGIN).clamp_min(0).mean()


def imitate_landmarks(made: Tensor, wanted: Tensor, size: int = 128) -> Tensor:
    """Eq. 5: mean squared distance of landmarks (N, 478, 2) px, as a share of the side."""
    return ((made - wanted) / size).square().sum(2).mean()


def imitate_light(made: Tensor, wanted: Tensor) -> Tensor:
    """Eq. 6: mean L1 between SH coefficients (N, 27)."""
    return (made - wanted).abs().mean()


def imitate_skin(made: Tensor, wanted: Tensor) -> Tensor:
    """Eq. 7: mean L1 between skin colours (N, 3)."""
    return (made - wanted).abs().mean()


def imitate_render(made: Tensor, maps: Tensor, rows: Tensor, cells: int = 32) -> Tensor:
    """Mean L1 to the lit face of condition maps (N, 7, R, R), over cells² cells inside the face.

    The render stands for skin colour and light at once, and needs no network to see them; what
    is finer than a cell is left to the photos. rows (N,) is 1 where it counts, else 0.
    Near its rim the mask fades, and hair may fall there.
    """
    mask = (maps[:, 6:] + 1) / 2
    step = max(1, made.shape[-1] // cells)
    gap = F.avg_pool2d((made + 1) * mask - (maps[:, 3:6] + 1), step)
    inside = (F.avg_pool2d(mask, step) > 0.95) * rows[:, None, None, None]
    return masked_l1(gap, torch.zeros_like(gap), inside)


def imitative(
    seen: Perceived, wanted: Perceived, light: slice, known: Tensor, landmarks: float = 500.0
) -> dict[str, Tensor]:
    """The weighted terms of section 3.2: 3, 500 (100 in stage 2), 10 and 20.

    wanted holds λ and its landmarks for every row; identity and skin are compared in the rows
    `known` (N,) bool, whose person a photo shows.
    """
    terms = {
        "landmarks": landmarks * imitate_landmarks(seen.landmarks, wanted.landmarks),
        "light": 10 * imitate_light(seen.rig[:, light], wanted.rig[:, light]),
    }
    if known.any():
        terms["identity"] = 3 * imitate_identity(seen.identity[known], wanted.identity[known])
        terms["skin"] = 20 * imitate_skin(seen.skin[known], wanted.skin[known])
    return terms


# Section 3.3: contrastive ---------------------------------------------------------------------


def warp(pictures: Tensor, source: Tensor) -> Tensor:
    """Pictures fetched at source (N, R, R, 2): x, y px of them, pixel centres at integers."""
    size = pictures.shape[-1]
    grid = (source + 0.5) * (2 / size) - 1
    return F.grid_sample(pictures, grid, "bilinear", "border", align_corners=False)


def contrast_expression(first: Tensor, second: Tensor, flow: Tensor, visible: Tensor) -> Tensor:
    """Eq. 9: two pictures that differ in expression alone agree where the face moved to.

    flow (N, R, R, 2): where the face model's point at each pixel of `second` lies in `first`;
    visible (N, 1, R, R): it is seen in both.
    """
    return masked_l1(warp(first, flow), second, visible)


def contrast_light(
    first: Tensor, second: Tensor, face: Tensor, seen: Perceived, again: Perceived
) -> dict[str, Tensor]:
    """Eq. 10, weighted: pictures that differ in light alone keep hair, landmarks and person.

    face (N, 1, R, R) is the face model's mask. What lies outside it must keep its form, not its
    brightness: each picture is compared after taking off its local mean.
    """
    outside = 1 - face
    shapes = [laplacian_pyramid(picture, 2)[1] for picture in (first, second)]
    outside = F.avg_pool2d(outside, 2)
    gap = ((shapes[0] - shapes[1]).square() * outside).sum() / outside.sum().clamp_min(1) / 3
    return {
        "hair": 10 * gap,
        "held_landmarks": 10 * 1000 * imitate_landmarks(seen.landmarks, again.landmarks) / 100,
        "held_identity": 20 * (1 - (seen.identity * again.identity).sum(1)).mean(),
    }
