"""The generator: λ and a noise code to w, w and renders of λ to a picture; its discriminator.

Mapping as in DiscoFaceGAN (λ and noise, no latent normalisation), synthesis of StyleGAN2's type
(Karras et al. 2020) with activations modulated instead of weights, renders of the face model
injected at every resolution before the noise as in GAR (Piao et al. 2021).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.face.condition_maps import MAP_CHANNELS
from models.face.rig_vector import RIG_SIZE
from models.networks.generator_file import GeneratorSpec as GeneratorSpec

_GAIN = math.sqrt(2)
_SLOPE = 0.2
# How many deviations of λ the mapping hears.
REACH = 2.5


def activate(x: Tensor) -> Tensor:
    """Leaky ReLU that keeps the variance."""
    return F.leaky_relu(x, _SLOPE) * _GAIN


class Dense(nn.Module):
    """Linear layer with an equalised learning rate (Karras et al. 2018)."""

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self.scale = rate / math.sqrt(inputs)
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias * self.rate)


class Conv(nn.Module):
    """Convolution with an equalised learning rate."""

    def __init__(self, inputs: int, outputs: int, kernel: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale = 1 / math.sqrt(inputs * kernel * kernel)
        self.padding = kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


class Mapping(nn.Module):
    """λ (N, 241) in rig units and noise (N, noise) to w (N, w): straight in λ, curved in noise.

    An edit of λ moves w by the same Δw in whatever company, so that Eq. 11 of DiscoFaceGAN
    carries it over to photos: the two properties that its section 5 asks of W.

    λ is brought to mean 0 and deviation 1 by constants of the training data; nothing else
    normalises, so that λ's lengths keep their meaning. Beyond REACH deviations, where w was
    never trained, the renders alone tell what is asked for.
    """

    rig_mean: Tensor
    rig_deviation: Tensor

    def __init__(self, spec: GeneratorSpec, depth: int = 4) -> None:
        super().__init__()
        self.register_buffer("rig_mean", torch.zeros(RIG_SIZE))
        self.register_buffer("rig_deviation", torch.ones(RIG_SIZE))
        self.straight = Dense(RIG_SIZE, spec.w, rate=0.1)
        sizes = [spec.noise] + [spec.w] * depth
        self.layers = nn.ModuleList(Dense(a, b, rate=0.1) for a, b in itertools.pairwise(sizes))

    def forward(self, rig: Tensor, noise: Tensor) -> Tensor:
        known = ((rig - self.rig_mean) / self.rig_deviation).clamp(-REACH, REACH)
        for layer in self.layers:
            noise = activate(layer(noise))
        return self.straight(known) + noise


class StyledConv(nn.Module):
    """3x3 convolution modulated by one style, with noise.

    Modulating x and rescaling the result equals StyleGAN2's modulated weights.
    """

    def __init__(self, spec: GeneratorSpec, inputs: int, outputs: int) -> None:
        super().__init__()
        self.style = Dense(spec.w, inputs, bias=1.0)
        self.conv = Conv(inputs, outputs, 3, bias=False)
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor, seen: Tensor | None = None) -> Tensor:
        style = self.style(w).to(x.dtype)
        x = self.conv(x * style[:, :, None, None])
        # In float32: the squares of half-precision styles overflow.
        power = (self.conv.weight.float() * self.conv.scale).square().sum((2, 3))
        norm = (style.float().square() @ power.T + 1e-8).rsqrt()
        x = x * norm[:, :, None, None].to(x.dtype)
        if seen is not None:
            scale, shift = seen.chunk(2, 1)
            x = x * (1 + scale) + shift
        return activate(x + (self.noise_strength * noise + self.bias).to(x.dtype))


class Injection(nn.Module):
    """Renders (N, 7, R, R) to a scale and a shift of features, (N, 2 C, R, R)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(16, channels // 4)
        self.see = Conv(MAP_CHANNELS, hidden, 3)
        self.change = Conv(hidden, 2 * channels, 1)
        with torch.no_grad():
            self.change.weight[:channels] = 0

    def forward(self, maps: Tensor) -> Tensor:
        return self.change(activate(self.see(maps)))


class Synthesis(nn.Module):
    """Styles (N, layers, w) and renders (N, 7, R, R) in -1..1 to pictures (N, 3, R, R) in -1..1."""

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.spec = spec
        self.start = nn.Parameter(torch.randn(1, spec.channels(4), 4, 4))
        self.inject, self.convs, self.to_rgb = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        previous = spec.channels(4)
        for resolution in spec.resolutions:
            channels = spec.channels(resolution)
            self.inject.append(Injection(channels))
            pairs = [(previous, channels), (channels, channels)]
            for inputs, outputs in pairs[1:] if resolution == 4 else pairs:
                self.convs.append(StyledConv(spec, inputs, outputs))
            self.to_rgb.append(Conv(channels, 3, 1))
            previous = channels
        for index, resolution in enumerate(self._layer_resolutions()):
            field = torch.randn(1, 1, resolution, resolution)
            self.register_buffer(f"noise{index}", field)

    def _layer_resolutions(self) -> list[int]:
        return [r for r in self.spec.resolutions for _ in range(1 if r == 4 else 2)]

    def forward(self, styles: Tensor, maps: Tensor) -> Tensor:
        x = self.start.expand(len(styles), -1, -1, -1)
        seen_at = self._pyramid(maps)
        picture: Tensor | None = None
        layer = 0
        for block, resolution in enumerate(self.spec.resolutions):
            seen: Tensor | None = self.inject[block](seen_at[resolution])
            if resolution > 4:
                x = _double(x)
            for _ in range(1 if resolution == 4 else 2):
                noise = getattr(self, f"noise{layer}")
                x = self.convs[layer](x, styles[:, layer], noise, seen)
                layer, seen = layer + 1, None
            rgb = self.to_rgb[block](x)
            picture = rgb if picture is None else _double(picture) + rgb
        assert picture is not None
        return picture

    def _pyramid(self, maps: Tensor) -> dict[int, Tensor]:
        out = {self.spec.size: maps}
        for resolution in reversed(self.spec.resolutions[:-1]):
            maps = F.avg_pool2d(maps, 2)
            out[resolution] = maps
        return out


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class Generator(nn.Module):
    """Mapping and synthesis together."""

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.spec = spec
        self.mapping = Mapping(spec)
        self.synthesis = Synthesis(spec)

    def forward(self, rig: Tensor, noise: Tensor, maps: Tensor) -> Tensor:
        """Pictures (N, 3, R, R) in -1..1 of λ (N, 241), noise (N, noise), renders (N, 7, R, R)."""
        return self.synthesis(self.broadcast(self.mapping(rig, noise)), maps)

    def broadcast(self, w: Tensor) -> Tensor:
        """w (N, w) as the same style in every layer: (N, layers, w)."""
        return w[:, None].expand(-1, self.spec.layers, -1)


class DownBlock(nn.Module):
    """Residual block that halves the resolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = Conv(inputs, inputs, 3)
        self.second = Conv(inputs, outputs, 3)
        self.skip = Conv(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = activate(self.first(x))
        y = F.avg_pool2d(activate(self.second(y)), 2)
        return (y + self.skip(F.avg_pool2d(x, 2))) / _GAIN


class Trunk(nn.Module):
    """Pictures to 4² features, (N, C, 4, 4); C = spec.channels(4)."""

    def __init__(self, spec: GeneratorSpec, inputs: int) -> None:
        super().__init__()
        sizes = [spec.channels(r) for r in reversed(spec.resolutions)]
        self.first = Conv(inputs, sizes[0], 1)
        self.blocks = nn.ModuleList(DownBlock(a, b) for a, b in itertools.pairwise(sizes))

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x)[-1]

    def features(self, x: Tensor) -> list[Tensor]:
        """The output of every block, finest first."""
        x = activate(self.first(x))
        found = []
        for block in self.blocks:
            x = block(x)
            found.append(x)
        return found


class Discriminator(nn.Module):
    """Picture (N, 3, R, R) and the renders it should show (N, 7, R, R) to a logit (N,)."""

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.trunk = Trunk(spec, 3 + MAP_CHANNELS)
        channels = spec.channels(4)
        self.last = Conv(channels + 1, channels, 3)
        self.hidden = Dense(channels * 16, channels)
        self.logit = Dense(channels, 1)

    def forward(self, pictures: Tensor, maps: Tensor) -> Tensor:
        return self.judge(pictures, maps)[0]

    def judge(self, pictures: Tensor, maps: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits (N,) and the trunk's features, finest first."""
        features = self.trunk.features(torch.cat([pictures, maps], 1))
        x = _with_deviation(features[-1])
        x = activate(self.last(x)).flatten(1)
        return self.logit(activate(self.hidden(x)))[:, 0], features


class NoiseEncoder(nn.Module):
    """Aligned picture (N, 3, R, R) and its renders to the noise code that λ does not explain.

    Returns mean and log variance, (N, noise) each: hair, clothes, backdrop. It takes the place
    of one learned code per training photo, and gives photos their first estimate. A code of 64
    numbers needs no more than 64² pixels.
    """

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.reduce = max(1, spec.size // 64)
        small = replace(spec, size=spec.size // self.reduce)
        self.trunk = Trunk(small, 3 + MAP_CHANNELS)
        self.code = Dense(spec.channels(4) * 16, 2 * spec.noise)

    def forward(self, pictures: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
        seen = F.avg_pool2d(torch.cat([pictures, maps], 1), self.reduce)
        x = self.trunk(seen).flatten(1)
        mean, log_variance = self.code(x).chunk(2, 1)
        return mean, log_variance.clamp(-8, 4)


def _with_deviation(x: Tensor, group: int = 4) -> Tensor:
    """Minibatch standard deviation (Karras et al. 2018) as one more channel."""
    size = math.gcd(len(x), group)
    groups = x.reshape(size, -1, *x.shape[1:]).float()
    deviation = (groups.var(0, unbiased=False) + 1e-8).sqrt().mean((1, 2, 3))
    plane = deviation.repeat(size)[:, None, None, None].expand(-1, 1, *x.shape[2:])
    return torch.cat([x, plane.to(x.dtype)], 1)


def sample_code(mean: Tensor, log_variance: Tensor) -> Tensor:
    """A code from the encoder's normal distribution (Kingma and Welling 2014)."""
    return mean + torch.randn_like(mean) * (0.5 * log_variance).exp()


def maps_to_input(maps: Tensor) -> Tensor:
    """uint8 renders (N, R, R, 7) to (N, 7, R, R) in -1..1."""
    return maps.permute(0, 3, 1, 2).float() / 127.5 - 1
