"""One step of the generator's training: networks, losses, optimisers, running average."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor, nn

from models.face.rig_vector import PARTS
from models.networks.generator import (
    Discriminator,
    Generator,
    GeneratorSpec,
    NoiseEncoder,
    sample_code,
)
from models.training.generator.augment import Augmentation
from models.training.generator.data import Batch
from models.training.generator.guidance import Guidance
from models.training.generator.losses import (
    code_divergence,
    discriminator_adversarial,
    feature_matching,
    generator_adversarial,
    gradient_penalty,
    imitate_render,
    masked_l1,
    pyramid_loss,
)
from models.training.loop import MovingAverage

BETAS = (0.0, 0.99)


@dataclass(frozen=True)
class Recipe:
    """What is trained how; kimg are thousands of pictures seen.

    rate: Adam's learning rate; mapping: how much faster the mapping learns, whose equalised
    rate is a tenth. quiet: kimg of paired training before the adversary comes in, over
    `ramp` kimg. fall: kimg in which the pairs' weight falls to its end. penalty_every: steps
    between R1/R2. average: kimg in which the running average forgets half. warm: steps without
    learning after a start, in which Adam's second moments fill. judged: share of a batch that
    the adversary sees. guided: weight of the imitative and contrastive terms; rendered: of
    the likeness to the face model's render where no photo is wanted.
    """

    rate: float = 2e-3
    mapping: float = 4.0
    quiet: float = 25.0
    ramp: float = 25.0
    adversarial: float = 1.0
    relativistic: bool = True
    pairs: tuple[float, float] = (10.0, 3.0)
    fall: float = 1500.0
    matching: float = 2.0
    divergence: float = 0.005
    penalty: tuple[float, float] = (4.0, 1.0)
    penalty_every: int = 8
    average: float = 10.0
    warm: int = 20
    judged: float = 1.0
    guided: float = 0.3
    rendered: float = 5.0

    def onset(self, kimg: float) -> float:
        """How much of its weight a term has that waits for the pairs, 0 to 1."""
        return min(max((kimg - self.quiet) / max(self.ramp, 1e-6), 0.0), 1.0)

    def falling(self, ends: tuple[float, float], kimg: float) -> float:
        """A weight on its geometric way from start to end."""
        share = min(kimg / self.fall, 1.0)
        return math.exp((1 - share) * math.log(ends[0]) + share * math.log(ends[1]))


class Drawn(NamedTuple):
    """Pictures (N, 3, R, R), their codes' mean and log variance (N, noise), float32; the twins."""

    pictures: Tensor
    mean: Tensor
    log_variance: Tensor
    twins: Tensor | None = None


class Drawing(nn.Module):
    """Generator and noise encoder: what is averaged and shipped."""

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.spec = spec
        self.generator = Generator(spec)
        self.encoder = NoiseEncoder(spec)

    def forward(self, batch: Batch) -> Drawn:
        """The batch's pictures, and their twins where it has such."""
        mean, log_variance = self.encoder(batch.source, batch.source_maps)
        mean, log_variance = mean.float(), log_variance.float()
        code = sample_code(mean, log_variance)
        if batch.twin is None:
            return Drawn(self.generator(batch.rig, code, batch.maps).float(), mean, log_variance)
        rig = torch.cat([batch.rig, batch.twin.rig])
        both = self.generator(
            rig, torch.cat([code, code]), torch.cat([batch.maps, batch.twin.maps])
        )
        pictures, twins = both.float().chunk(2)
        return Drawn(pictures, mean, log_variance, twins)


class GeneratorTrainer:
    """Trains a Drawing and a Discriminator on batches; equal on CPU and GPU, one or many."""

    def __init__(
        self,
        spec: GeneratorSpec,
        recipe: Recipe,
        device: torch.device,
        guidance: Guidance | None = None,
    ) -> None:
        self.spec, self.recipe, self.device, self.guidance = spec, recipe, device, guidance
        self.drawing = self._placed(Drawing(spec))
        self.discriminator = self._placed(Discriminator(spec))
        self.average = MovingAverage(self.drawing)
        self._make_optimisers()
        self.images = 0
        self._since_start = 0

    def _placed(self, module: nn.Module) -> nn.Module:
        return module.to(self.device, memory_format=torch.channels_last)

    def _make_optimisers(self) -> None:
        # β1 = 0: what Adam remembers is gathered again within a few steps.
        mapping = list(self.drawing.generator.mapping.parameters())
        others = [
            *self.drawing.generator.synthesis.parameters(),
            *self.drawing.encoder.parameters(),
        ]
        self.drawing_optimiser = torch.optim.Adam(
            [{"params": others}, {"params": mapping}], betas=BETAS
        )
        judged = self.discriminator.parameters()
        self.discriminator_optimiser = torch.optim.Adam(judged, betas=BETAS)

    @property
    def kimg(self) -> float:
        """Thousands of pictures seen in all."""
        return self.images / 1000

    @torch.no_grad()
    def begin(self, rig: Tensor) -> None:
        """Start from nothing: near grey, with the mean and deviation of the data's λ (N, 241)."""
        for layer in self.drawing.generator.synthesis.to_rgb:
            layer.weight *= 0.1
        mapping = self.drawing.generator.mapping
        mapping.rig_mean.copy_(rig.mean(0))
        deviation = rig.std(0).clamp_min(0.05)
        # Lamps reach further than photos' lights do, and so do expressions that are drawn.
        deviation[PARTS["light"]] *= 3
        deviation[PARTS["expression"]] = deviation[PARTS["expression"]].clamp_min(0.15)
        mapping.rig_deviation.copy_(deviation)
        self.average = MovingAverage(self.drawing)

    def step(self, batch: Batch, share: float = 1.0) -> dict[str, float]:
        """One update of every network at a share of its rate; the losses to show."""
        rate = self.recipe.rate * share if self._since_start >= self.recipe.warm else 0.0
        for optimiser in (self.drawing_optimiser, self.discriminator_optimiser):
            for group in optimiser.param_groups:
                group["lr"] = rate
        self.drawing_optimiser.param_groups[1]["lr"] = rate * self.recipe.mapping
        weight = self.recipe.adversarial * self.recipe.onset(self.kimg)
        shown, made = self._draw_step(batch, weight)
        if weight:
            shown |= self._judge_step(*self._judged_rows(batch, made))
        self.images += len(batch) * _world()
        self._since_start += 1
        # A young average forgets faster.
        half_life = min(self.recipe.average, 0.05 * self.kimg)
        self.average.decay = 0.5 ** (len(batch) * _world() / 1000 / max(half_life, 1e-3))
        self.average.update(self.drawing)
        return shown

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16)

    def _draw_step(self, batch: Batch, weight: float) -> tuple[dict[str, float], Tensor]:
        with self._autocast():
            drawn: Drawn = self.drawing(batch)
            guided, share = {}, self.recipe.guided * self.recipe.onset(self.kimg)
            if share and self.guidance is not None:
                guided = self.guidance(batch, drawn.pictures, drawn.twins)
        made = drawn.pictures
        pairs = self.recipe.falling(self.recipe.pairs, self.kimg)
        # The face counts double: eyes and lips are few pixels.
        seen = batch.valid * batch.paired[:, None, None, None] * (1.5 + 0.5 * batch.maps[:, 6:])
        terms = {
            "l1": pairs * masked_l1(made, batch.real, seen),
            "bands": pairs * pyramid_loss(made, batch.real, seen),
            "code": self.recipe.divergence * code_divergence(drawn.mean, drawn.log_variance),
            "render": self.recipe.rendered * imitate_render(made, batch.maps, 1 - batch.paired),
        } | {name: share * value for name, value in guided.items()}
        if weight:
            terms |= self._against(*self._judged_rows(batch, made), weight)
        self._update(self.drawing, self.drawing_optimiser, torch.stack(list(terms.values())).sum())
        shown = {name: float(value.detach()) for name, value in terms.items()}
        return {"L1": shown["l1"] / pairs} | shown, made.detach()

    def _judged_rows(self, batch: Batch, made: Tensor) -> tuple[Batch, Tensor]:
        """The share that the adversary sees; rows with a photo first, which hold it in check."""
        count = max(1, round(len(batch) * self.recipe.judged))
        rows = batch.paired.argsort(descending=True)[:count]
        return batch.rows(rows), made[rows]

    def _against(self, batch: Batch, made: Tensor, weight: float) -> dict[str, Tensor]:
        """The generator's side of the adversarial game; the discriminator stays as it is."""
        self.discriminator.requires_grad_(False)
        change = Augmentation.draw(len(batch), self.device)
        real, fake = _judged(batch, made, change)
        with self._autocast():
            with torch.no_grad():
                wanted, real_features = self.discriminator.judge(*real)
            logits, features = self.discriminator.judge(*fake)
        self.discriminator.requires_grad_(True)
        rival = wanted.float() if self.recipe.relativistic else None
        match = feature_matching(features, real_features, batch.paired)
        return {
            "fool": weight * generator_adversarial(logits.float(), rival),
            "match": weight * self.recipe.matching * match,
        }

    def _judge_step(self, batch: Batch, made: Tensor) -> dict[str, float]:
        recipe = self.recipe
        change = Augmentation.draw(len(batch), self.device)
        real, fake = _judged(batch, made, change)
        with self._autocast():
            logits = self.discriminator(
                torch.cat([real[0], fake[0]]), torch.cat([real[1], fake[1]])
            ).float()
        true, false = logits.chunk(2)
        terms = {"judge": discriminator_adversarial(false, true, recipe.relativistic)}
        if self._since_start % recipe.penalty_every == 0:
            terms |= self._penalties(real, fake)
        loss = torch.stack(list(terms.values())).sum()
        self._update(self.discriminator, self.discriminator_optimiser, loss)
        gap = float((true - false).detach().mean())
        return {"gap": gap} | {name: float(value.detach()) for name, value in terms.items()}

    def _penalties(
        self, real: tuple[Tensor, Tensor], fake: tuple[Tensor, Tensor]
    ) -> dict[str, Tensor]:
        """R1, and R2 in the relativistic game, in float32 and as rare as their weight is high."""
        weight = self.recipe.falling(self.recipe.penalty, self.kimg) * self.recipe.penalty_every
        sides = {"R1": real, "R2": fake} if self.recipe.relativistic else {"R1": real}
        return {
            name: weight * gradient_penalty(partial(self._logits, maps), pictures)
            for name, (pictures, maps) in sides.items()
        }

    def _logits(self, maps: Tensor, pictures: Tensor) -> Tensor:
        return self.discriminator(pictures, maps)

    def _update(self, module: nn.Module, optimiser: torch.optim.Adam, loss: Tensor) -> None:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        _share_gradients(module)
        # A gradient that is not a number must not stay in the weights for ever.
        for parameter in module.parameters():
            if parameter.grad is not None:
                parameter.grad.nan_to_num_(0.0, 1e5, -1e5)
        optimiser.step()


def _judged(
    batch: Batch, made: Tensor, change: Augmentation
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Real and made pictures with their maps, as the discriminator sees them.

    What a view's photo never showed is emptied in both, so that nothing tells them apart there.
    """
    real = change(torch.cat([batch.real * batch.valid, batch.real_maps], 1))
    fake = change(torch.cat([made * batch.valid, batch.maps], 1))
    return (real[:, :3], real[:, 3:]), (fake[:, :3], fake[:, 3:])


def _world() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def _share_gradients(module: nn.Module) -> None:
    """Mean of the gradients over all processes, as one message.

    DistributedDataParallel's hooks do not see the second derivative of R1.
    """
    if _world() == 1:
        return
    found = [p.grad for p in module.parameters() if p.grad is not None]
    flat = torch.cat([g.ravel() for g in found])
    dist.all_reduce(flat)
    flat /= _world()
    for gradient, mean in zip(found, flat.split([g.numel() for g in found]), strict=True):
        gradient.copy_(mean.view_as(gradient))
