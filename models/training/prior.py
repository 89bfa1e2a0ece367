"""`train prior`: how real portraits' rigs are spread, by VAEs and by shrunk Gaussians."""

from __future__ import annotations

import argparse
import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.face.model import FaceModel
from models.face.rig_vector import FACTORS, factor_indices
from models.files.store import save_weights
from models.networks.prior import (
    DEFAULT_PRIOR,
    LAYERS,
    PRIOR_KIND,
    WIDTHS,
    Z_SIZES,
    Scaling,
)
from models.training.generator_pool import GeneratorPool
from models.training.origin import add_origin, origin_of
from models.training.rig_mirror import mirror_rig

# No fitted number is known better than this share of its spread: both models' least noise.
NOISE_FLOOR = 0.1
RATE = 1e-3
WARM_UP = 0.3
BATCH = 128
CHECK_EVERY = 50
# Steps without a better check after which a VAE is done.
PATIENCE = 2000
IMPORTANCE_SAMPLES = 256
# How far a covariance may be drawn to an even one, and into how many parts people are dealt.
SHARES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6)
FOLDS = 5
SEED = 3


class RigVae(nn.Module):
    """One factor's VAE: MLPs of three hidden ReLU layers, a learned scale per number."""

    def __init__(self, size: int, width: int, z: int) -> None:
        super().__init__()
        self.encoder = _perceptron(size, width, 2 * z)
        self.decoder = _perceptron(z, width, size)
        self.log_scale = nn.Parameter(torch.zeros(size))

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (N, Z) of the posterior of (N, D) standardised values."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return mean, log_variance.clamp(-8, 4)

    def scale(self) -> Tensor:
        """(D,) learned deviation of each number about the decoded one."""
        return self.log_scale.exp() + NOISE_FLOOR

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """(...,) log p(x | z) in nats of x (..., D) under z (..., Z)."""
        scale = self.scale()
        gap = (x - self.decoder(z)) / scale
        return (-0.5 * gap**2 - scale.log() - 0.5 * math.log(2 * math.pi)).sum(-1)

    def loss(self, x: Tensor, weight: float = 1.0) -> Tensor:
        """The negative evidence bound, in nats per person; weight: of its divergence."""
        mean, log_variance = self.encode(x)
        z = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        return (weight * kl_divergence(mean, log_variance) - self.log_likelihood(x, z)).mean()


def _perceptron(inputs: int, width: int, outputs: int) -> nn.Sequential:
    sizes = [inputs, *[width] * (LAYERS - 1), outputs]
    layers: list[nn.Module] = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """(N,) KL of N(mean, exp(log_variance)) from N(0, 1), summed over (N, Z)."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)


@torch.no_grad()
def importance_likelihood(
    vae: RigVae, x: Tensor, samples: int = IMPORTANCE_SAMPLES, seed: int = 0
) -> np.ndarray:
    """(N,) log p(x) in nats by importance sampling from the posterior (Burda et al. 2016)."""
    chance = torch.Generator().manual_seed(seed)
    mean, log_variance = vae.encode(x)
    weights = []
    for _ in range(samples):
        noise = torch.randn(mean.shape, generator=chance)
        z = mean + (0.5 * log_variance).exp() * noise
        prior_over_posterior = 0.5 * (noise**2 - z**2 + log_variance).sum(1)
        weights.append(vae.log_likelihood(x, z) + prior_over_posterior)
    return (torch.logsumexp(torch.stack(weights), 0) - math.log(samples)).numpy()


def shrunk_covariance(x: np.ndarray) -> tuple[np.ndarray, float]:
    """Covariance (D, D) of centred x (N, D) drawn to a multiple of the identity, and by how much.

    By that share of SHARES under which rows left out are likeliest, over FOLDS parts of them.
    Ledoit and Wolf's share (2004) has the least squared error, but fills the directions in which
    faces hardly differ: it costs 3 nats a person.
    """
    fold = np.random.default_rng(SEED).permutation(len(x)) % min(FOLDS, len(x))
    likelihood = np.zeros(len(SHARES))
    for part in range(fold.max() + 1):
        sample = _drawn_to_even(x[fold != part])
        for i, share in enumerate(SHARES):
            noisy = sample(share) + NOISE_FLOOR**2 * np.eye(x.shape[1])
            likelihood[i] += gaussian_likelihood(x[fold == part], noisy).sum()
    share = SHARES[int(likelihood.argmax())]
    return _drawn_to_even(x)(share), share


def _drawn_to_even(x: np.ndarray) -> Callable[[float], np.ndarray]:
    sample = x.T @ x / len(x)
    even = np.trace(sample) / len(sample) * np.eye(len(sample))
    return lambda share: (1 - share) * sample + share * even


def gaussian_likelihood(x: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """(N,) log density in nats of x (N, D) under N(0, covariance)."""
    values, axes = np.linalg.eigh(covariance)
    power = ((x @ axes) ** 2 / values).sum(1)
    return -0.5 * (power + np.log(values).sum() + x.shape[1] * np.log(2 * np.pi))


def principal_axes(covariance: np.ndarray, count: int) -> np.ndarray:
    """(D, count) axes times their deviations, the largest first; empty columns beyond D."""
    values, axes = np.linalg.eigh(covariance)
    order = np.argsort(values)[::-1][:count]
    out = np.zeros((len(covariance), count))
    out[:, : len(order)] = axes[:, order] * np.sqrt(values[order])
    return out


def scaling_of(values: np.ndarray) -> Scaling:
    """Mean and deviation of (N, size) values, without those that hardly vary."""
    deviation = values.std(0)
    active = np.flatnonzero(deviation > 1e-3).astype(np.int32)
    return Scaling(values.shape[1], active, values.mean(0)[active], deviation[active])


def train_vae(x: np.ndarray, check: np.ndarray, factor: str, steps: int) -> RigVae:
    """Fit one VAE to (N, D) and keep the state best on check (M, D)."""
    torch.manual_seed(SEED)
    vae = RigVae(x.shape[1], WIDTHS[factor], Z_SIZES[factor])
    optimiser = torch.optim.Adam(vae.parameters(), RATE)
    data, other = torch.from_numpy(x).float(), torch.from_numpy(check).float()
    best, kept, since = math.inf, copy.deepcopy(vae.state_dict()), steps
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        # A light divergence at first: else no number of z ever learns to mean something.
        weight = min(1.0, 0.1 + step / (WARM_UP * steps))
        loss = vae.loss(data[torch.randint(len(data), (BATCH,))], weight)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if weight == 1 and step % CHECK_EVERY == CHECK_EVERY - 1:
            with torch.no_grad():
                now = float(torch.stack([vae.loss(other) for _ in range(4)]).mean())
            if now < best:
                best, kept, since = now, copy.deepcopy(vae.state_dict()), step
            if step - since > PATIENCE:
                break
    vae.load_state_dict(kept)
    return vae


@dataclass(frozen=True)
class FactorResult:
    """Both models of a factor, their arrays, and log p of held-out people in nats."""

    tensors: dict[str, np.ndarray]
    gaussian: float
    vae: float
    shrinkage: float
    gap_error: float

    @property
    def winner(self) -> str:
        return "vae" if self.vae > self.gaussian else "gaussian"


def learn_factor(factor: str, rigs: np.ndarray, held: np.ndarray, steps: int) -> FactorResult:
    """Train on λ (N, 241), measure on held (M, 241).

    A VAE learns more from mirror images too. The Gaussian does without: portraits are lit from
    one side more than from the other.
    """
    place = factor_indices(factor)
    whole = rigs[:, place]
    kept, check = rigs[: len(rigs) * 9 // 10], rigs[len(rigs) * 9 // 10 :]
    kept, check = (np.concatenate([r, mirror_rig(r)])[:, place] for r in (kept, check))
    scaling = scaling_of(whole)
    x = scaling.standard(whole).astype(np.float64)
    test = scaling.standard(held[:, place]).astype(np.float64)
    covariance, shrinkage = shrunk_covariance(x)
    noise = NOISE_FLOOR**2 * np.eye(len(covariance))
    plain = gaussian_likelihood(test, covariance + noise)
    vae = train_vae(scaling.standard(kept), scaling.standard(check), factor, steps)
    learnt = importance_likelihood(vae, torch.from_numpy(test).float())
    tensors = {
        "active": scaling.active,
        "mean": scaling.mean,
        "scale": scaling.scale,
        "gaussian.axes": principal_axes(covariance, Z_SIZES[factor]),
    }
    tensors["vae.noise"] = vae.scale().detach().numpy()
    for part, network in (("encoder", vae.encoder), ("decoder", vae.decoder)):
        for name, parameter in network.state_dict().items():
            number, kind = name.split(".")
            tensors[f"vae.{part}.{int(number) // 2}.{kind}"] = parameter.numpy()
    gap_error = float((learnt - plain).std() / math.sqrt(len(plain)))
    return FactorResult(tensors, float(plain.mean()), float(learnt.mean()), shrinkage, gap_error)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--pool", type=Path, required=True, metavar="DIR",
                        help="pool of 'train generator-data'")  # fmt: skip
    parser.add_argument("--held", type=Path, required=True, metavar="DIR",
                        help="pool of the people held out")  # fmt: skip
    parser.add_argument("--out", type=Path, default=DEFAULT_PRIOR, metavar="FILE")
    parser.add_argument("--steps", type=int, default=5000, help="steps of each VAE")
    add_origin(parser)


def run(args: argparse.Namespace) -> int:
    """Train, compare on held-out people and write the prior; prints a table."""
    torch.set_num_threads(1)
    pools = GeneratorPool.open(args.pool), GeneratorPool.open(args.held)
    rigs, held = (pool.rig[pool.is_photo] for pool in pools)
    print(f"{len(rigs)} photos, {len(held)} held out; log p in nats per person")
    print("| factor | Gaussian | shrunk by | VAE | VAE - Gaussian |\n|---|---|---|---|---|")
    tensors: dict[str, np.ndarray] = {}
    winners: dict[str, str] = {}
    for factor in FACTORS:
        result = learn_factor(factor, rigs, held, args.steps)
        print(
            f"| {factor} | {result.gaussian:.1f} | {result.shrinkage:.3f} | {result.vae:.1f} "
            f"| {result.vae - result.gaussian:+.1f} ± {result.gap_error:.1f} |",
            flush=True,
        )
        winners[factor] = result.winner
        for name, array in result.tensors.items():
            half = array.astype(np.float16) if array.dtype.kind == "f" else array
            tensors[f"{factor}.{name}"] = half
    metadata = {
        "kind": PRIOR_KIND,
        "version": "1",
        "face_model": FaceModel.load(level=0).hash,
        **origin_of(args),
        **winners,
    }
    save_weights(args.out, tensors, metadata)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB, {winners}")
    return 0
