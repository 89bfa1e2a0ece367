"""Batches for the generator: pairs of one person's pictures, and λ never photographed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from models.face.camera import Camera
from models.face.condition_maps import MAP_LEVEL, ConditionMaps
from models.face.lighting import directional_light
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.pose import rotation
from models.face.renderer import FaceRenderer
from models.face.rig_vector import FACTORS, PARTS, RIG_SIZE, factor_indices, from_vector, to_vector
from models.networks.generator import maps_to_input
from models.networks.perception import SIZE as PERCEIVED_SIZE
from models.networks.prior import DEFAULT_PRIOR, RigPrior
from models.training.generator.flow import face_flow
from models.training.generator_pool import GeneratorPool

# Share of the codes that are read from the very picture to draw.
SAME_SHARE = 0.3
PHOTO_SHARE = 0.4
DESIGNED_POSE = np.array([35.0, 18.0, 10.0])


@dataclass(frozen=True)
class Twin:
    """λ that differ from a batch's in light alone where relit (N,) is 1, else in expression alone.

    rig (N, 241), maps (N, 7, R, R); flow (N, R, R, 2): where each pixel of the twin's picture
    lies in the other one, px; visible (N, 1, R, R): the face's point is seen in both.
    """

    rig: Tensor
    maps: Tensor
    flow: Tensor
    visible: Tensor
    relit: Tensor


@dataclass(frozen=True)
class Batch:
    """N rows; pictures (N, 3, R, R) in -1..1, maps (N, 7, R, R) in -1..1, valid (N, 1, R, R).

    source: the picture that the noise code is read from. real: another picture of the same
    person. rig (N, 241): the λ to draw, the real picture's own where paired (N,) is 1; maps and
    landmarks (N, 478, 2), px of 128², are those of rig.
    """

    source: Tensor
    source_maps: Tensor
    real: Tensor
    real_maps: Tensor
    valid: Tensor
    rig: Tensor
    maps: Tensor
    paired: Tensor
    landmarks: Tensor
    twin: Twin | None = None

    def __len__(self) -> int:
        return len(self.paired)

    def rows(self, which: Tensor) -> Batch:
        """Some rows alone, without their twins."""
        names = (field.name for field in fields(self) if field.name != "twin")
        return Batch(**{name: getattr(self, name)[which] for name in names})


def to_batch(arrays: dict[str, Tensor], device: torch.device) -> Batch:
    """What the workers send, on the device, as the networks take it."""
    ready: dict[str, Tensor] = {}
    for name, array in arrays.items():
        x = array.to(device, non_blocking=True)
        if name.endswith("maps"):
            x = maps_to_input(x)
        elif name in ("source", "real"):
            x = x.permute(0, 3, 1, 2).float() / 127.5 - 1
        elif name in ("valid", "visible"):
            x = x[:, None].float() / 255
        ready[name] = x
    twin = None
    if "twin_rig" in ready:
        names = ("twin_rig", "twin_maps", "flow", "visible", "relit")
        twin = Twin(*(ready.pop(name) for name in names))
    return Batch(**ready, twin=twin)


class Batches(IterableDataset):
    """Batches without end as uint8 arrays; other ones for every seed and worker.

    free_share (1,) is the share of rows drawn at a λ that no picture shows: shared with the
    workers, it may change while they run.
    """

    def __init__(
        self, pools: Sequence[Path], size: int, batch: int, seed: list[int], twins: bool = False
    ) -> None:
        self.pools, self.size, self.batch = pools, size, batch
        self.seed, self.twins = seed, twins
        self.free_share = torch.zeros(1).share_memory_()

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        cv2.setNumThreads(1)
        torch.set_num_threads(1)
        info = get_worker_info()
        rng = np.random.default_rng([*self.seed, info.id if info else 0])
        rows = Rows(GeneratorPool.open(*self.pools), self.size)
        while True:
            free = float(self.free_share)
            drawn = [rows.draw(rng, free, self.twins) for _ in range(self.batch)]
            yield {k: torch.from_numpy(np.stack([row[k] for row in drawn])) for k in drawn[0]}


class Rows:
    """Draws single rows of a batch from a pool; the maps of its pictures are kept."""

    def __init__(self, pool: GeneratorPool, size: int) -> None:
        self.pool, self.size = pool, size
        self._maps = ConditionMaps()
        self._renderer = FaceRenderer(FaceModel.load(level=MAP_LEVEL))
        self._kept: dict[int, np.ndarray] = {}
        self._prior = RigPrior.load() if DEFAULT_PRIOR.is_file() else None
        self._rows_of = {int(p): np.flatnonzero(pool.person == p) for p in np.unique(pool.person)}
        # Of pools that were joined every person's photo counts once.
        photos = np.flatnonzero(pool.is_photo)
        self._photos = photos[np.unique(pool.person[photos], return_index=True)[1]]
        self._views = np.flatnonzero(~pool.is_photo)

    def draw(
        self, rng: np.random.Generator, free_share: float, twins: bool = False
    ) -> dict[str, np.ndarray]:
        """One row, by the names of Batch, and of Twin if wanted."""
        photo = rng.random() < PHOTO_SHARE or not len(self._views)
        target = int(rng.choice(self._photos if photo else self._views))
        same = rng.random() < SAME_SHARE
        mates = self._rows_of[int(self.pool.person[target])]
        source = target if same else int(rng.choice(mates))
        mirrored = bool(rng.random() < 0.5)
        picture, maps, _ = self.read(source, mirrored)
        real, real_maps, valid = self.read(target, mirrored)
        rig = self.pool.rig_of(target, mirrored)
        free = rng.random() < free_share
        drawn = self.free_rig(rig, rng) if free else rig
        return {
            "source": picture,
            "source_maps": maps,
            "real": real,
            "real_maps": real_maps,
            "valid": valid,
            "rig": drawn,
            "maps": self.render(drawn) if free else real_maps,
            "paired": np.array(not free, np.float32),
            "landmarks": self._landmarks(drawn),
            **(self._twin(drawn, rng) if twins else {}),
        }

    def _landmarks(self, rig: np.ndarray) -> np.ndarray:
        face = from_vector(rig)
        points = self._renderer.model.vertices(face.identity, face.expression)[:LANDMARK_COUNT]
        camera = Camera.generator(PERCEIVED_SIZE)
        return camera.project(points @ rotation(face.pose).T)[:, :2]

    def _twin(self, rig: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """λ with another row's expression or light, and the flow back."""
        relit = bool(rng.random() < 0.5)
        twin = rig.copy()
        place = PARTS["light" if relit else "expression"]
        twin[place] = self.pool.rig[rng.integers(len(self.pool)), place]
        flow, visible = face_flow(self._renderer, from_vector(rig), from_vector(twin), self.size)
        return {
            "twin_rig": twin,
            "twin_maps": self.render(twin),
            "flow": flow,
            "visible": visible.astype(np.uint8) * 255,
            "relit": np.array(relit, np.float32),
        }

    def read(self, i: int, mirrored: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Picture, maps and valid (0 or 255) of one of the pool's pictures at the batch's size."""
        picture, valid = self.pool.read(i, mirrored)
        if i not in self._kept:
            self._kept[i] = self.render(self.pool.rig[i])
        maps = mirror_maps(self._kept[i]) if mirrored else self._kept[i]
        return self._sized(picture), maps, self._sized(valid.astype(np.uint8) * 255)

    def render(self, rig: np.ndarray) -> np.ndarray:
        """Condition maps of λ (241,): drawn at the pool's size, averaged down."""
        return self._sized(self._maps.render(from_vector(rig), self.pool.size))

    def free_rig(self, own: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """λ that no picture shows: half of the prior's, half designed to reach further."""
        drawn = self._from_prior(rng) if rng.random() < 0.5 else self._designed(rng)
        if rng.random() < 0.5:
            # The same person, whose hair the noise code knows.
            drawn[factor_indices("identity")] = own[factor_indices("identity")]
        return drawn

    def _from_prior(self, rng: np.random.Generator) -> np.ndarray:
        if self._prior is not None:
            return to_vector(self._prior.sample(rng))
        # Factors of different people, put together.
        drawn = np.empty(RIG_SIZE, np.float32)
        for factor in FACTORS:
            place = factor_indices(factor)
            drawn[place] = self.pool.rig[rng.integers(len(self.pool)), place]
        return drawn

    def _designed(self, rng: np.random.Generator) -> np.ndarray:
        drawn = self.pool.rig[rng.integers(len(self.pool))].copy()
        drawn[PARTS["pose"]] = rng.uniform(-1, 1, 3) * DESIGNED_POSE
        expression = drawn[PARTS["expression"]]
        active = rng.random(len(expression)) < 0.08
        drawn[PARTS["expression"]] = np.clip(
            expression * rng.uniform(0, 1) + active * rng.uniform(0, 1, len(expression)), 0, 1
        )
        if rng.random() < 0.6:
            drawn[PARTS["light"]] = _key_light(rng).ravel()
        return drawn

    def _sized(self, picture: np.ndarray) -> np.ndarray:
        if picture.shape[0] == self.size:
            return picture
        return cv2.resize(picture, (self.size, self.size), interpolation=cv2.INTER_AREA)


def mirror_maps(maps: np.ndarray) -> np.ndarray:
    """Condition maps (S, S, 7) uint8 of the mirrored λ: turned round, the normals' x negated."""
    out = maps[:, ::-1].copy()
    out[..., 0] = out[..., 6] - np.minimum(out[..., 0], out[..., 6])
    return out


def _key_light(rng: np.random.Generator) -> np.ndarray:
    """One soft lamp from a random side in front, (9, 3)."""
    direction = (rng.uniform(-1.2, 1.2), rng.uniform(-0.3, 1.0), 1.0)
    tint = 1 + rng.uniform(-0.06, 0.06, 3)
    return directional_light(direction, rng.uniform(0.3, 0.8), tint, rng.uniform(0.25, 0.5))
