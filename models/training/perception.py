"""`train perception`: rig, identity and landmarks from pictures in the generator's frame."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.evaluation.perceived import PerceptionErrors, perception_errors, rig_landmarks
from models.face.model import FaceModel
from models.face.rig_vector import PARTS, RIG_SIZE
from models.files.store import load_weights, save_weights
from models.networks import reconstruction
from models.networks.perception import (
    DEFAULT_WEIGHTS,
    IDENTITY_FEATURES,
    KIND,
    SIZE,
    Perception,
    PerceptionNetwork,
    pictures_to_input,
)
from models.training.generator_pool import GeneratorPool
from models.training.loop import MovingAverage, TrainingLoop, cosine_rate
from models.training.origin import add_origin, origin_of
from models.training.perception_data import RELIT_SHARE, Relighter, augment
from models.training.rig_mirror import mirror_rig

BATCH = 24
RATE = 1.5e-3
PHOTO_SHARE = 0.25
PART_WEIGHTS = {"identity": 2.0, "albedo": 2.0, "expression": 4.0, "light": 4.0, "pose": 2.0}
LANDMARK_WEIGHT = 100.0
IDENTITY_WEIGHT = 0.1
MARGIN = 0.25


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="generator pool")
    parser.add_argument("--held", type=Path, metavar="DIR", help="pool of people held out")
    parser.add_argument("--out", type=Path, default=DEFAULT_WEIGHTS, metavar="FILE")
    parser.add_argument("--work", type=Path, metavar="DIR",
                        help="folder of the checkpoint (the folder of --out)")  # fmt: skip
    parser.add_argument("--steps", type=int, default=40000)
    parser.add_argument("--minutes", type=float, default=None, help="stop after this long")
    parser.add_argument("--resume", action="store_true")
    add_origin(parser)


def run(args: argparse.Namespace) -> int:
    """Train and write the weights; prints the errors on the people held out."""
    trainer = Trainer(GeneratorPool.open(args.data))
    work = args.work or args.out.parent
    if not args.resume:
        trainer.imprint()
    loop = TrainingLoop(work / "perception.pt", args.steps, args.minutes)
    loop.run(trainer.parts(), trainer.step, args.resume)
    write_weights(args.out, trainer.average, origin_of(args))
    if args.held:
        print(held_out_errors(PerceptionNetwork.load(args.out), GeneratorPool.open(args.held)))
    return 0


class MarginSoftmax(nn.Module):
    """Additive angular margin loss over known people (ArcFace, Deng et al., CVPR 2019, Eq. 3)."""

    def __init__(self, people: int, scale: float = 30.0) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.randn(people, IDENTITY_FEATURES))
        self.scale = scale

    def forward(self, identity: Tensor, person: Tensor, margin: float) -> Tensor:
        """Cross-entropy of unit vectors (N, 128) of people (N,) int; margin in radians."""
        cosine = identity @ F.normalize(self.centres, dim=1).T
        own = cosine.gather(1, person[:, None]).clamp(-1 + 1e-6, 1 - 1e-6)
        # Beyond π a larger angle would count as a smaller one: it is held there.
        wider = torch.cos((torch.acos(own) + margin).clamp(max=torch.pi))
        return F.cross_entropy(self.scale * cosine.scatter(1, person[:, None], wider), person)


class Trainer:
    """One step: a batch of pictures; Huber on λ, L1 on landmarks, margin softmax on people."""

    def __init__(self, pool: GeneratorPool, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.rng = np.random.default_rng(seed)
        self.pool = pool
        self.relit = Relighter()
        # Of each picture and of its mirror image.
        self.rig = np.stack([pool.rig, mirror_rig(pool.rig)])
        self.points = np.stack([rig_landmarks(rig, SIZE) for rig in self.rig])
        self.people, self.person = np.unique(pool.person, return_inverse=True)
        self.photos, self.views = (np.flatnonzero(pool.is_photo == kind) for kind in (True, False))
        self.module = Perception().to(memory_format=torch.channels_last)
        self.margin = MarginSoftmax(len(self.people))
        self._start()
        parameters = [*self.module.parameters(), *self.margin.parameters()]
        self.optimiser = torch.optim.AdamW(parameters, RATE, weight_decay=0.02)
        self.average = MovingAverage(self.module, 0.998)

    def parts(self) -> dict:
        return {
            "module": self.module,
            "margin": self.margin,
            "optimiser": self.optimiser,
            "average": self.average,
        }

    @torch.no_grad()
    def imprint(self) -> None:
        """Begin with each person's centre where the network sees them now (Qi et al. 2018)."""
        self.module.eval()
        for first in range(0, len(self.people), BATCH):
            ids = self.people[first : first + BATCH]
            rows = [int(np.flatnonzero(self.pool.person == person)[0]) for person in ids]
            pictures = np.stack([self.pool.read(row)[0] for row in rows])
            seen = self.module(pictures_to_input(pictures))
            self.margin.centres[first : first + BATCH] = seen.identity
        self.module.train()

    def _start(self) -> None:
        """The reconstruction network's trunk, λ's mean and deviation, the mean landmarks."""
        tensors, _ = load_weights(reconstruction.DEFAULT_WEIGHTS)
        known = self.module.trunk.state_dict()
        self.module.trunk.load_state_dict({
            k: torch.from_numpy(tensors[f"features.{k}"]).to(v.dtype) for k, v in known.items()
        })  # fmt: skip
        mean = self.rig.mean((0, 1))
        deviation = np.empty(RIG_SIZE, np.float32)
        for place in PARTS.values():
            deviation[place] = np.sqrt(((self.rig - mean)[..., place] ** 2).mean())
        self.module.rig_mean.copy_(torch.from_numpy(mean))
        self.module.rig_deviation.copy_(torch.from_numpy(deviation))
        with torch.no_grad():
            for head in (self.module.landmarks, self.module.rig):
                head.weight.mul_(0.1)
                head.bias.zero_()
            middle = (self.points.mean((0, 1)) - (SIZE - 1) / 2) / SIZE
            self.module.landmarks.bias.copy_(torch.from_numpy(middle.ravel()))

    def batch(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Pictures (N, 3, 128, 128), λ (N, 241), landmarks (N, 478, 2) px, people (N,)."""
        rows = np.where(
            self.rng.random(BATCH) < PHOTO_SHARE,
            self.rng.choice(self.photos, BATCH),
            self.rng.choice(self.views if len(self.views) else self.photos, BATCH),
        )
        samples = [self._sample(int(row), bool(self.rng.integers(2))) for row in rows]
        pictures, rigs, points = (np.stack(column) for column in zip(*samples, strict=True))
        return (
            pictures_to_input(pictures),
            torch.from_numpy(rigs),
            torch.from_numpy(points),
            torch.from_numpy(self.person[rows]),
        )

    def _sample(self, row: int, mirrored: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        image = picture_of(self.pool, row, mirrored)
        rig = self.rig[int(mirrored), row]
        if self.rng.random() < RELIT_SHARE:
            image, rig = self.relit(image, rig, self.rng)
        return augment(image, rig, self.points[int(mirrored), row], self.rng)

    def step(self, index: int, progress: float) -> dict[str, float]:
        for group in self.optimiser.param_groups:
            group["lr"] = cosine_rate(progress, RATE)
        pictures, rig, points, person = self.batch()
        with torch.autocast("cpu", torch.bfloat16):
            seen = self.module(pictures)
        error = F.smooth_l1_loss(
            (seen.rig - self.module.rig_mean) / self.module.rig_deviation,
            (rig - self.module.rig_mean) / self.module.rig_deviation,
            reduction="none",
        )
        parts = {name: error[:, place].mean() for name, place in PARTS.items()}
        landmarks = (seen.landmarks - points).abs().mean() / SIZE
        who = self.margin(seen.identity, person, margin=MARGIN * min(1.0, 2 * progress))
        loss = sum(PART_WEIGHTS[name] * value for name, value in parts.items())
        loss = loss + LANDMARK_WEIGHT * landmarks + IDENTITY_WEIGHT * who
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.module.parameters(), 5.0)
        self.optimiser.step()
        self.average.update(self.module)
        shown = {name: value.item() for name, value in parts.items()}
        return {**shown, "landmarks": landmarks.item() * 100, "who": who.item()}


def write_weights(path: Path, average: MovingAverage, origin: Mapping[str, str]) -> None:
    """The averaged weights in half precision, with the face model's hash and their origin."""
    exact = ("rig_mean", "rig_deviation")
    tensors = {
        k: v.numpy().astype(np.float16) if v.is_floating_point() and k not in exact else v.numpy()
        for k, v in average.values.items()
    }
    metadata = {
        "kind": KIND,
        "version": "1",
        "face_model": FaceModel.load().hash,
        **origin,
    }
    save_weights(path, tensors, metadata)


def picture_of(pool: GeneratorPool, i: int, mirrored: bool = False) -> np.ndarray:
    """A pool's picture at the network's size, (SIZE, SIZE, 3) uint8, whatever the pool's."""
    return cv2.resize(pool.read(i, mirrored)[0], (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def held_out_errors(network: PerceptionNetwork, pool: GeneratorPool) -> PerceptionErrors:
    """How well the network reads pictures of people it never saw."""
    pictures = np.stack([picture_of(pool, i) for i in range(len(pool))])
    return perception_errors(network.read(pictures), pool.rig, pool.person)
