"""A photo in the generator's terms: an estimate at once, then W, W+ and, if wanted, the weights.

Inversion in W and W+ as of Abdal et al. ("Image2StyleGAN", 2019), editing as of DiscoFaceGAN
(Deng et al. 2020, Eq. 11), pivotal tuning as of Roich et al. (2021).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.portrait.align import Alignment
from core.portrait.latent import Latent
from core.portrait.runtime import Runtime, add_changes, survive
from models.face.camera import Camera
from models.face.parameters import FaceParameters
from models.face.rig_vector import to_vector
from models.networks.generator import Synthesis, maps_to_input
from models.networks.threads import one_thread

STEPS, TUNE_STEPS = 200, 450
# The share of the steps in W, before every layer gets a style of its own.
SHARE_IN_W = 0.4
RATE_NOISE, RATE_STYLE, RATE_WEIGHTS = 0.05, 0.05, 0.01
PREVIEW_EVERY = 10
# Weights of the losses: the face counts more than hair and backdrop.
FACE_WEIGHT, GRADIENT_WEIGHT, LEVELS = 3.0, 1.0, 4
OFFSET_WEIGHT, NOISE_WEIGHT = 0.02, 0.0005
# Tuning moves the layers from this resolution on: below it they hold where things are.
TUNED_FROM = 16


@dataclass(frozen=True, eq=False)
class Target:
    """An aligned photo: picture (S, S, 3) uint8, what it covers (S, S) bool, and its rig."""

    picture: np.ndarray
    inside: np.ndarray
    parameters: FaceParameters

    @classmethod
    def of(cls, photo: np.ndarray, camera: Camera, parameters: FaceParameters, size: int) -> Target:
        """Align a photo (H, W, 3) uint8 with a fitted face. Raises FaceError (see `take`)."""
        return cls(*Alignment.of(camera, size).take(photo), parameters)


@dataclass(frozen=True, eq=False)
class Stage:
    """What a callback hears: the stage's name, how much of all work is done (0..1), the
    present latent, its picture (S, S, 3) uint8, and the loss that is being lowered.
    """

    name: str
    done: float
    latent: Latent
    picture: np.ndarray
    loss: float


Report = Callable[[Stage], None]


def _silent(_: Stage) -> None:
    return None


def estimate(runtime: Runtime, target: Target) -> Latent:
    """The encoder's guess, at once: n from the picture and its renders, w by the mapping."""
    size, device = runtime.spec.size, runtime.device
    maps = torch.from_numpy(runtime.maps.render(target.parameters, size))[None].to(device)
    picture = _to_tensor(target.picture, device)
    with one_thread(), torch.inference_mode():
        mean, _ = runtime.loaded.encoder.to(device).eval()(picture, maps_to_input(maps))
    offset = np.zeros((runtime.spec.layers, runtime.spec.w), np.float32)
    return Latent(target.parameters, mean[0].cpu().numpy(), offset, runtime.key)


def invert(
    runtime: Runtime,
    target: Target,
    steps: int = STEPS,
    report: Report = _silent,
) -> Latent:
    """The estimate, refined by `steps` of optimisation in W and W+.

    report is called after the estimate and every few steps; what it raises (CancelledError)
    ends the work.
    """

    def work() -> Latent:
        it = _Work(runtime, [target], estimate(runtime, target), steps, report)
        with one_thread():
            it.tell("estimate")
            if steps:
                it.refine(steps)
        return it.latent()

    return survive(runtime, work)


def tune(
    runtime: Runtime,
    target: Target,
    latent: Latent,
    steps: int = TUNE_STEPS,
    report: Report = _silent,
    views: Sequence[Target] = (),
) -> Latent:
    """The generator's weights adapted to a latent's photo; earlier changes are gone on from.

    views: the same face at other parameters (see `views.views_of`). Every other step looks at
    one of them, or edits would lose what the weights learn of the photo.
    """

    def work() -> Latent:
        it = _Work(runtime, [target, *views], latent, steps, report)
        with one_thread():
            it.tune(steps)
        return it.latent()

    return survive(runtime, work)


@dataclass(frozen=True, eq=False)
class _Aim:
    """A target as tensors, and what the generator is given to reach it."""

    rig: Tensor
    maps: Tensor
    wanted: Tensor
    weight: Tensor
    pyramid: list[tuple[Tensor, Tensor, Tensor]]

    @classmethod
    def of(cls, runtime: Runtime, target: Target) -> _Aim:
        size, device = runtime.spec.size, runtime.device
        maps = runtime.maps.render(target.parameters, size)
        face = cv2.GaussianBlur(maps[..., 6].astype(np.float32) / 255, (0, 0), size / 64)
        seen = (target.inside * (1 + (FACE_WEIGHT - 1) * face)).astype(np.float32)
        weight = torch.from_numpy(seen)[None, None].to(device)
        wanted = _to_tensor(target.picture, device)
        return cls(
            torch.from_numpy(to_vector(target.parameters)[None]).to(device),
            maps_to_input(torch.from_numpy(maps)[None].to(device)),
            wanted, weight, list(_gradients(wanted, weight)),
        )  # fmt: skip


class _Work:
    """The state of an inversion: the unknowns and the losses they are moved by.

    shared (1, 1, w) and own (1, layers, w) move the styles in units of w's own spread; moving
    holds the weights that are tuned, fixed what they were.
    """

    def __init__(
        self, runtime: Runtime, targets: list[Target], latent: Latent, total: int, report: Report
    ) -> None:
        self.start, self.half = latent, runtime.half
        self.total, self.done, self.report = max(total, 1), 0, report
        device = runtime.device
        self.generator = runtime.loaded.generator
        self.synthesis = self.generator.synthesis
        self.photo, *self.views = (_Aim.of(runtime, target) for target in targets)
        self.noise = torch.from_numpy(latent.noise[None].copy()).to(device)
        with torch.no_grad():
            self.unit = float(self.generator.mapping(self.photo.rig, self.noise).std())
        self.own = torch.from_numpy(latent.offset[None].copy()).to(device) / self.unit
        self.shared = torch.zeros_like(self.own[:, :1])
        self.moving: dict[str, Tensor] = {}
        self.fixed: dict[str, Tensor] = {}

    def refine(self, steps: int) -> None:
        """First the code and one style for all layers, then a style for every layer."""
        early = round(SHARE_IN_W * steps)
        self._descend({RATE_NOISE: [self.noise], RATE_STYLE: [self.shared]}, early, "W")
        self._descend({RATE_STYLE: [self.own]}, steps - early, "W+")

    def tune(self, steps: int) -> None:
        """Fine layers' weights, the latent being the pivot."""
        self.synthesis = copy.deepcopy(self.generator.synthesis)
        self.moving = dict(tunable(self.synthesis))
        self.fixed = {name: value.detach().clone() for name, value in self.moving.items()}
        add_changes(self.synthesis, self.start.tuning)
        self.tell("weights")
        self._descend({RATE_WEIGHTS: list(self.moving.values())}, steps, "weights")

    def _picture(self, aim: _Aim) -> Tensor:
        """(1, 3, S, S) in -1..1, float32."""
        styles = self.generator.broadcast(self.generator.mapping(aim.rig, self.noise))
        styles = styles + self.unit * (self.shared + self.own)
        with torch.autocast(aim.rig.device.type, torch.bfloat16, enabled=self.half):
            return self.synthesis(styles, aim.maps).float()

    def _loss(self, picture: Tensor, aim: _Aim) -> Tensor:
        """Masked L1 of the pixels and of their gradients at several scales; short offsets."""
        loss = (aim.weight * (picture - aim.wanted).abs()).sum() / (3 * aim.weight.sum())
        found = _gradients(picture, aim.weight)
        for (dx, dy, weight), (tx, ty, _) in zip(found, aim.pyramid, strict=True):
            per_pixel = (dx - tx).abs()[:, :, :-1] + (dy - ty).abs()[..., :-1]
            inner = weight[:, :, :-1, :-1]
            loss = loss + GRADIENT_WEIGHT / LEVELS * (inner * per_pixel).sum() / (3 * inner.sum())
        offset = (self.shared + self.own).square().mean()
        return loss + OFFSET_WEIGHT * offset + NOISE_WEIGHT * self.noise.square().mean()

    def _descend(self, unknowns: dict[float, list[Tensor]], steps: int, name: str) -> None:
        """Adam over the unknowns, by rate, which falls along a cosine."""
        for tensors in unknowns.values():
            for tensor in tensors:
                tensor.requires_grad_(True)
        groups = [{"params": tensors, "lr": rate} for rate, tensors in unknowns.items()]
        optimizer = torch.optim.Adam(groups, betas=(0.9, 0.99))
        fall = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: 0.1 + 0.45 * (1 + math.cos(math.pi * step / steps))
        )
        for step in range(steps):
            # The last step before a report looks at the photo.
            aim = self.photo
            if self.views and step % 2 == 0:
                aim = self.views[step // 2 % len(self.views)]
            picture = self._picture(aim)
            optimizer.zero_grad()
            loss = self._loss(picture, aim)
            loss.backward()
            optimizer.step()
            fall.step()
            self.done += 1
            if self.done % PREVIEW_EVERY == 0:
                self.tell(name, picture.detach(), loss.detach())
        for tensors in unknowns.values():
            for tensor in tensors:
                tensor.requires_grad_(False)

    def tell(self, name: str, picture: Tensor | None = None, loss: Tensor | None = None) -> None:
        """Report the present state."""
        with torch.no_grad():
            picture = self._picture(self.photo) if picture is None else picture
            loss = self._loss(picture, self.photo) if loss is None else loss
            pixels = (picture[0] * 127.5 + 128).clamp(0, 255).permute(1, 2, 0).to(torch.uint8)
        self.report(
            Stage(name, self.done / self.total, self.latent(), pixels.cpu().numpy(), float(loss))
        )

    def latent(self) -> Latent:
        """The present state as a latent. Raises FloatingPointError when it holds no numbers."""
        offset = self.unit * (self.shared + self.own).detach()[0]
        if not all(v.isfinite().all() for v in (offset, self.noise, *self.moving.values())):
            raise FloatingPointError
        changes = {n: (v.detach() - self.fixed[n]) for n, v in self.moving.items()}
        return replace(
            self.start,
            noise=self.noise.detach()[0].cpu().numpy().copy(),
            offset=offset.cpu().numpy(),
            tuning={n: v.cpu().numpy().astype(np.float16) for n, v in changes.items()},
        )


def tunable(synthesis: Synthesis) -> Iterator[tuple[str, nn.Parameter]]:
    """All that acts at TUNED_FROM px and above, by names in the synthesis."""
    resolutions = synthesis.spec.resolutions
    layers = [r for r in resolutions for _ in range(1 if r == 4 else 2)]
    for part, at in (("inject", resolutions), ("convs", layers), ("to_rgb", resolutions)):
        for index, resolution in enumerate(at):
            if resolution >= TUNED_FROM:
                for name, value in getattr(synthesis, part)[index].named_parameters():
                    yield f"{part}.{index}.{name}", value


def _gradients(picture: Tensor, weight: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Differences to the right and down, and the weights, of each level of a pyramid."""
    for level in range(LEVELS):
        if level:
            picture, weight = F.avg_pool2d(picture, 2), F.avg_pool2d(weight, 2)
        yield picture.diff(dim=3), picture.diff(dim=2), weight


def _to_tensor(picture: np.ndarray, device: torch.device) -> Tensor:
    return (torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1).to(device)
