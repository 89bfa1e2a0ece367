"""What the generator draws while it trains: sheets to look at and figures of held-out people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from models.face.lighting import directional_light
from models.face.rig_vector import PARTS
from models.networks.generator import maps_to_input
from models.networks.generator_store import NoisePrior
from models.networks.perception import PerceptionNetwork
from models.training.generator.data import Rows
from models.training.generator.trainer import Drawing
from models.training.generator_pool import GeneratorPool

PEOPLE = 6
SEEDS = 24
TURN = 25.0
_LAMPS = ((-1.0, 0.3, 0.6), (1.0, 0.3, 0.6))
_BATCH = 32


@dataclass(frozen=True)
class Painter:
    """Draws with fixed networks; pictures leave it as (N, S, S, 3) uint8."""

    drawing: Drawing
    rows: Rows
    device: torch.device

    @torch.inference_mode()
    def codes(self, indices: np.ndarray) -> np.ndarray:
        """Means of the noise codes (N, noise) of the pool's pictures."""
        found = []
        for start in range(0, len(indices), _BATCH):
            read = [self.rows.read(int(i), False) for i in indices[start : start + _BATCH]]
            maps = self._maps([r[1] for r in read])
            seen = torch.from_numpy(np.stack([r[0] for r in read])).to(self.device)
            seen = seen.permute(0, 3, 1, 2).float() / 127.5 - 1
            found.append(self.drawing.encoder(seen, maps)[0].float().cpu().numpy())
        return np.concatenate(found)

    @torch.inference_mode()
    def draw(self, rig: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Pictures of λ (N, 241) with codes (N, noise)."""
        found = []
        for start in range(0, len(rig), _BATCH):
            some = slice(start, start + _BATCH)
            maps = self._maps([self.rows.render(r) for r in rig[some]])
            numbers = (
                torch.from_numpy(np.ascontiguousarray(x[some], np.float32)).to(self.device)
                for x in (rig, codes)
            )
            made = self.drawing.generator(*numbers, maps)
            found.append(made.float().permute(0, 2, 3, 1).cpu().numpy())
        return np.clip(np.concatenate(found) * 127.5 + 128, 0, 255).astype(np.uint8)

    def _maps(self, maps: list[np.ndarray]) -> torch.Tensor:
        return maps_to_input(torch.from_numpy(np.stack(maps)).to(self.device))


def noise_prior(painter: Painter, pool: GeneratorPool) -> NoisePrior:
    """The codes of all photos, regressed on shape and skin."""
    photos = np.flatnonzero(pool.is_photo)
    people = pool.rig[photos][:, : PARTS["albedo"].stop]
    return NoisePrior.fit(people.astype(np.float64), painter.codes(photos).astype(np.float64))


def edits_sheet(painter: Painter, pool: GeneratorPool, people: int = PEOPLE) -> np.ndarray:
    """Per person: photo, its redrawing, yaw −25° and +25°, lamps from both sides, a smile."""
    photos = np.flatnonzero(pool.is_photo)
    chosen = photos[np.linspace(0, len(photos) - 1, people).astype(int)]
    codes = painter.codes(chosen)
    columns = [np.stack([painter.rows.read(int(i), False)[0] for i in chosen])]
    columns += [painter.draw(rig, codes) for rig in _edits(pool.rig[chosen])]
    return _sheet(np.stack(columns, 1))


def _edits(rig: np.ndarray) -> list[np.ndarray]:
    variants = [rig.copy() for _ in range(6)]
    for turned, yaw in zip(variants[1:3], (-TURN, TURN), strict=True):
        turned[:, PARTS["pose"]] = (yaw, 0, 0)
    for lit, lamp in zip(variants[3:5], _LAMPS, strict=True):
        lit[:, PARTS["light"]] = directional_light(lamp, 0.7, ambient=0.25).ravel()
    smile = variants[5][:, PARTS["expression"]]
    smile *= 0.3
    smile[:, [17, 23, 24]] = (0.3, 0.8, 0.8)
    return variants


def seeds_sheet(
    painter: Painter, pool: GeneratorPool, prior: NoisePrior, count: int = SEEDS
) -> np.ndarray:
    """People who do not exist: factors of different rows, a code that suits the person."""
    rng = np.random.default_rng(1)
    rig = np.stack([painter.rows.free_rig(pool.rig[i % len(pool)], rng) for i in range(count)])
    people = rig[:, : PARTS["albedo"].stop]
    spread = rng.normal(size=(count, len(prior.offset))) @ prior.factor.T
    codes = people @ prior.slope.T + prior.offset + 0.7 * spread
    return _sheet(painter.draw(rig, codes).reshape(3, -1, *(2 * (painter.rows.size,)), 3))


def pair_error(painter: Painter, pool: GeneratorPool, count: int = 64) -> float:
    """Mean |error| (-1..1) where valid, of pictures drawn with the code of the person's others."""
    rng = np.random.default_rng(2)
    rows = rng.permutation(len(pool))[:count]
    sources = np.array([rng.choice(np.flatnonzero(pool.person == pool.person[i])) for i in rows])
    made = painter.draw(pool.rig[rows], painter.codes(sources)).astype(np.float32)
    errors = []
    for picture, i in zip(made, rows, strict=True):
        real, _, valid = painter.rows.read(int(i), False)
        errors.append(np.abs(picture - real)[valid > 127].mean() / 127.5)
    return float(np.mean(errors))


def pose_error(
    painter: Painter, pool: GeneratorPool, perception: PerceptionNetwork, count: int = 32
) -> float:
    """Mean |yaw| and |pitch| error, degrees, that the perception network sees within ±20°."""
    rng = np.random.default_rng(3)
    photos = np.flatnonzero(pool.is_photo)[:count]
    rig = pool.rig[photos].copy()
    wanted = rng.uniform(-20, 20, (len(rig), 2)).astype(np.float32) * (1.0, 0.5)
    rig[:, PARTS["pose"]] = np.column_stack([wanted, np.zeros(len(rig))])
    seen = perception.read(painter.draw(rig, painter.codes(photos))).rig[:, PARTS["pose"]]
    return float(np.abs(seen[:, :2].numpy() - wanted).mean())


def save_sheet(path: Path, picture: np.ndarray) -> None:
    """Write an RGB sheet as PNG; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), picture[..., ::-1])


def _sheet(pictures: np.ndarray) -> np.ndarray:
    """(rows, columns, S, S, 3) side by side."""
    rows, columns, size = pictures.shape[:3]
    return pictures.transpose(0, 2, 1, 3, 4).reshape(rows * size, columns * size, 3)
