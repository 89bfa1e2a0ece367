"""`train landmarks`: the reconstruction network on portraits and views rendered from them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import IterableDataset

from models.face.model import FaceModel
from models.files.store import save_weights
from models.networks.crop import BOX_SCALE, FaceCrop
from models.networks.reconstruction import (
    DEFAULT_WEIGHTS,
    INPUT_SIZE,
    Reconstruction,
    ReconstructionNetwork,
    to_input,
)
from models.training.landmark_data import Pool, build_pool
from models.training.loop import MovingAverage, TrainingLoop, cosine_rate
from models.training.origin import add_origin, origin_of
from models.training.portraits import Portrait, load_portraits
from models.training.stream import stream

BATCH = 48
DEPTH_WEIGHT = 0.3


@dataclass(frozen=True)
class Phase:
    """Peak learning rate, share of photographs among the crops, strength of augmentation."""

    rate: float
    photo_share: float
    strength: float


LEARN = Phase(2e-3, 0.4, 1.0)
# A second phase on crops that are nearer to what the network will see.
REFINE = Phase(7e-4, 0.6, 0.45)
# Eyelids, irises and lips move most under a small error: they count double.
PRECISE = (
    33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7,
    263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249,
    *range(468, 478), 78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317,
    14, 87, 178, 88, 95, 61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314,
    17, 84, 181, 91, 146,
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--portraits", nargs="+", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, default=DEFAULT_WEIGHTS, metavar="FILE")
    parser.add_argument("--work", type=Path, required=True, metavar="DIR",
                        help="folder for rendered views and the checkpoint")  # fmt: skip
    parser.add_argument("--views", type=int, default=30000, help="rendered views a pool")
    parser.add_argument("--steps", type=int, default=40000)
    parser.add_argument("--minutes", type=float, default=None, help="stop after this long")
    parser.add_argument("--workers", type=int, default=1, help="processes that prepare crops")
    parser.add_argument("--refine", action="store_true",
                        help="second phase, from the first one's checkpoint")  # fmt: skip
    parser.add_argument("--resume", action="store_true")
    add_origin(parser)


def run(args: argparse.Namespace) -> int:
    """Train and write the weights; prints the held-out error."""
    sets = load_portraits(args.portraits)
    people = sets.split(held=False)
    folders = sorted(p.parent for p in args.work.glob("pool*/landmarks.npy"))
    if not folders:
        build_pool(args.work / "pool0", FaceModel.load(), people, args.views, print)
        folders = [args.work / "pool0"]
    phase = REFINE if args.refine else LEARN
    pool = Pool(folders, len(people), sets.mirror_index, phase.strength)
    trainer = Trainer(pool, phase, args.workers)
    learnt = args.work / "landmarks.pt"
    if args.refine:
        trainer.start_from(learnt)
    checkpoint = args.work / "refined.pt" if args.refine else learnt
    loop = TrainingLoop(checkpoint, args.steps, args.minutes)
    loop.run(trainer.parts(), trainer.step, args.resume)
    write_weights(args.out, trainer, sets.mirror_index, origin_of(args))
    network = ReconstructionNetwork.load(args.out)
    errors = held_out_errors(network, sets.split(held=True))
    print(f"held-out landmarks: mean {errors.mean():.2f} % of the eye distance, "
          f"median {np.median(errors):.2f}, worst {errors.max():.2f}")  # fmt: skip
    return 0


class Batches(IterableDataset):
    """Batches without end, prepared beside the training; other ones in every process and run."""

    def __init__(self, pool: Pool, photo_share: float) -> None:
        self.pool = pool
        self.photo_share = photo_share

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        cv2.setNumThreads(1)
        rng = np.random.default_rng()
        while True:
            crops, points, face = self.pool.batch(BATCH, self.photo_share, rng)
            yield torch.from_numpy(crops), torch.from_numpy(points), torch.from_numpy(face)


class Trainer:
    """One step: a batch of crops, L1 on landmarks and depth, cross-entropy on 'is a face'."""

    def __init__(self, pool: Pool, phase: Phase, workers: int = 1, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.batches = stream(Batches(pool, phase.photo_share), workers)
        self.phase = phase
        self.module = Reconstruction().to(memory_format=torch.channels_last)
        self._start_at_mean()
        self.optimiser = torch.optim.AdamW(self.module.parameters(), phase.rate, weight_decay=0.01)
        self.average = MovingAverage(self.module, 0.999)
        weight = torch.ones(478, 3)
        weight[list(PRECISE)] = 2
        weight[:, 2] *= DEPTH_WEIGHT
        self.weight = weight / weight.mean()

    def parts(self) -> dict:
        return {"module": self.module, "optimiser": self.optimiser, "average": self.average}

    def start_from(self, checkpoint: Path) -> None:
        """Begin with the averaged weights of another phase's checkpoint."""
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)
        self.module.load_state_dict(state["parts"]["average"]["values"])
        self.average = MovingAverage(self.module, 0.999)

    def _start_at_mean(self) -> None:
        _, points, _ = next(self.batches)
        with torch.no_grad():
            self.module.landmarks.weight.mul_(0.1)
            self.module.landmarks.bias.copy_(_target(points.numpy()).mean(0).flatten())

    def step(self, index: int, progress: float) -> dict[str, float]:
        for group in self.optimiser.param_groups:
            group["lr"] = cosine_rate(progress, self.phase.rate)
        crops, points, is_face = next(self.batches)
        with torch.autocast("cpu", torch.bfloat16):
            found, logit = self.module(to_input(crops.numpy()))
        error = (found.float() - _target(points.numpy())).abs() * self.weight
        landmark_loss = (error.mean((1, 2)) * is_face).sum() / is_face.sum()
        face_loss = F.binary_cross_entropy_with_logits(logit.float(), is_face)
        loss = 100 * landmark_loss + 0.3 * face_loss
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.module.parameters(), 5.0)
        self.optimiser.step()
        self.average.update(self.module)
        return {"landmarks": landmark_loss.item() * 100, "face": face_loss.item()}


def _target(points: np.ndarray) -> torch.Tensor:
    out = points.copy()
    out[..., :2] -= (INPUT_SIZE - 1) / 2
    return torch.from_numpy(out / INPUT_SIZE)


def write_weights(
    path: Path, trainer: Trainer, mirror: np.ndarray, origin: Mapping[str, str]
) -> None:
    """The averaged weights in half precision, with the face model's hash and their origin."""
    tensors = {
        k: v.numpy().astype(np.float16) if v.is_floating_point() else v.numpy()
        for k, v in trainer.average.values.items()
    }
    tensors["mirror_index"] = mirror.astype(np.int32)
    metadata = {
        "kind": "mien reconstruction network",
        "version": "1",
        "face_model": FaceModel.load().hash,
        **origin,
    }
    save_weights(path, tensors, metadata)


def held_out_errors(
    network: ReconstructionNetwork, portraits: list[Portrait], seed: int = 0
) -> np.ndarray:
    """(N,) mean landmark error in % of the eye distance, from jittered boxes."""
    rng = np.random.default_rng(seed)
    errors = []
    for p in portraits:
        tight = FaceCrop.around(p.landmarks)
        half = tight.side / BOX_SCALE / 2 * np.exp(rng.normal(0, 0.08))
        x, y = np.array([tight.x, tight.y]) + rng.normal(0, 0.03, 2) * tight.side
        points, _ = network.landmarks(p.image(), (x - half, y - half, x + half, y + half))
        gap = np.linalg.norm(points[:468, :2] - p.landmarks[:468, :2], axis=1).mean()
        errors.append(100 * gap / p.eye_distance)
    return np.array(errors)
