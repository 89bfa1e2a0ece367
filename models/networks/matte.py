"""The person matte: a small U-Net looking at head and shoulders of one face."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models.files.store import StoreError, load_weights
from models.matting.doubt import decided
from models.matting.key import ellipse
from models.matting.refine import refine
from models.matting.strays import with_strays
from models.networks.threads import one_thread

WEIGHTS = Path(__file__).resolve().parents[2] / "resources" / "matte.safetensors"

SIZE = 192
# Side of the network's square in face sizes, and how far its centre lies below the face's.
REACH = 3.0
DROP = 0.2
CHANNELS = (16, 32, 64, 128, 192)
INPUTS = 5
# Width of the network's own edges, px at its size.
EDGE = 1.5
# Loose pieces are looked for on a copy whose longer side is at most this many px.
PIECES = 256
# Longest side, px: single hairs are several pixels wide in larger photos.
LARGEST = 6000


class ConvUnit(nn.Sequential):
    """Convolution, batch normalisation, SiLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.SiLU(inplace=True),
        )


class Residual(nn.Module):
    """Two 3 x 3 convolutions around a shortcut."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvUnit(channels, channels)
        self.second = ConvUnit(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.first(x))


class MatteNet(nn.Module):
    """(N, 5, S, S) crop, `crop_input`'s channels, to alpha logits (N, 1, S, S)."""

    def __init__(self, channels: tuple[int, ...] = CHANNELS) -> None:
        super().__init__()
        self.stem = ConvUnit(INPUTS, channels[0], stride=2)
        self.down = nn.ModuleList()
        self.up = nn.ModuleList()
        for above, below in pairwise(channels):
            blocks = 1 if below <= 32 else 2
            self.down.append(
                nn.Sequential(
                    ConvUnit(above, below, stride=2), *(Residual(below) for _ in range(blocks))
                )
            )
            self.up.append(nn.Sequential(ConvUnit(above + below, above, 1), Residual(above)))
        # The last doubling is a pixel shuffle: full-size convolutions would cost the most.
        self.head = nn.Sequential(
            ConvUnit(channels[0], channels[0]), nn.Conv2d(channels[0], 4, 3, padding=1)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        skips = []
        for stage in self.down:
            skips.append(x)
            x = stage(x)
        for stage, skip in zip(reversed(self.up), reversed(skips), strict=True):
            x = nn.functional.interpolate(
                x, size=skip.shape[-2:], mode="bilinear", align_corners=False
            )
            x = stage(torch.cat([x, skip], 1))
        return nn.functional.pixel_shuffle(self.head(x), 2)


@dataclass(frozen=True)
class Crop:
    """The network's square in a photo: left and top edge and side, px (edges, not centres)."""

    left: float
    top: float
    side: float


def crop_around(box: tuple[float, float, float, float]) -> Crop:
    """Head and shoulders around a face box (x0, y0, x1, y1) in px."""
    x0, y0, x1, y1 = (float(v) for v in box)
    face = max(x1 - x0, y1 - y0)
    side = REACH * face
    centre_y = (y0 + y1) / 2 + DROP * face
    return Crop((x0 + x1) / 2 - side / 2, centre_y - side / 2, side)


def crop_input(pixels: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Network input (5, S, S) float32 from RGB uint8 (S, S, 3) and validity (S, S) in 0..1.

    RGB about -1..1 and zero outside the photo, validity, and a bell that marks the face.
    """
    size = len(pixels)
    rgb = (pixels.astype(np.float32) / 127.5 - 1) * valid[..., None]
    return np.concatenate([rgb.transpose(2, 0, 1), valid[None], _bell(size)[None]]).astype(
        np.float32
    )


def _bell(size: int) -> np.ndarray:
    """Gaussian (S, S) over the face's place in every crop, deviation a third of a face."""
    across = (np.arange(size, dtype=np.float32) + 0.5) / size * REACH - REACH / 2
    down = across + DROP
    return np.exp(-4.5 * (across[None, :] ** 2 + down[:, None] ** 2)).astype(np.float32)


class MatteNetwork:
    """The trained network with its refinement to a photo's resolution."""

    def __init__(self, net: MatteNet) -> None:
        _fuse(net.eval())
        self._net = net.to(memory_format=torch.channels_last)

    @classmethod
    def load(cls, path: Path | str = WEIGHTS) -> MatteNetwork:
        """Read the weights; raises StoreError when they are missing or not a matte's."""
        tensors, metadata = load_weights(path)
        if metadata.get("kind") != "matte":
            raise StoreError(f"The weights file {path} does not hold a matte network.")
        net = MatteNet()
        state = {name: torch.from_numpy(value).float() for name, value in tensors.items()}
        # The normalisation's step counters are of no use after training and not stored.
        counters = {k: v for k, v in net.state_dict().items() if not v.is_floating_point()}
        try:
            net.load_state_dict(counters | state)
        except RuntimeError as error:
            raise StoreError(f"The weights file {path} is of another matte network.") from error
        return cls(net)

    def matte(self, image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
        """Alpha (H, W) float32 in 0..1 of the person whose face box (x0, y0, x1, y1, px) is given.

        image: (H, W, 3) uint8 RGB; larger than LARGEST it is read in a smaller copy. Below the
        network's square the person is continued downwards; to its sides and above it is faded
        out.
        """
        height, width = image.shape[:2]
        shrunk = max(height, width) / LARGEST
        if shrunk > 1:
            size = (max(1, round(width / shrunk)), max(1, round(height / shrunk)))
            small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            x0, y0, x1, y1 = (v / shrunk for v in box)
            return cv2.resize(self.matte(small, (x0, y0, x1, y1)), (width, height))
        crop = crop_around(box)
        small = decided(cut(image, crop)[0], self.coarse(image, crop))
        coarse = _unfold(small, crop, (image.shape[0], image.shape[1]))
        blur = EDGE * crop.side / SIZE
        matte = refine(image, _connected(coarse, box, 2 * blur), blur)
        return with_strays(image, matte, float(box[2] - box[0]))

    def coarse(self, image: np.ndarray, crop: Crop) -> np.ndarray:
        """The network's own alpha (S, S) float32 of a crop."""
        pixels, valid = cut(image, crop)
        batch = torch.from_numpy(crop_input(pixels, valid)[None])
        with torch.inference_mode(), one_thread():
            logits = self._net(batch.contiguous(memory_format=torch.channels_last))
            alpha: np.ndarray = torch.sigmoid(logits)[0, 0].numpy()
        return alpha


def cut(image: np.ndarray, crop: Crop) -> tuple[np.ndarray, np.ndarray]:
    """The crop at the network's size: pixels (S, S, 3) uint8 and where the photo is, (S, S)."""
    left, top = int(np.floor(crop.left)), int(np.floor(crop.top))
    side = max(2, int(np.ceil(crop.side)))
    height, width = image.shape[:2]
    x0, x1 = max(left, 0), min(left + side, width)
    y0, y1 = max(top, 0), min(top + side, height)
    scale = SIZE / crop.side
    valid = np.zeros((SIZE, SIZE), np.float32)
    if x1 <= x0 or y1 <= y0:
        return np.zeros((SIZE, SIZE, 3), np.uint8), valid
    part = image[y0:y1, x0:x1]
    shrink = min(1.0, scale)
    if shrink < 0.7:
        size = (max(1, round((x1 - x0) * shrink)), max(1, round((y1 - y0) * shrink)))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    across = (x1 - x0) / part.shape[1] * scale
    down = (y1 - y0) / part.shape[0] * scale
    matrix = np.array(
        [
            [across, 0, (x0 - crop.left) * scale + 0.5 * across - 0.5],
            [0, down, (y0 - crop.top) * scale + 0.5 * down - 0.5],
        ]
    )
    pixels = cv2.warpAffine(part, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
    centres = np.arange(SIZE) + 0.5
    columns = (centres / scale + crop.left >= x0) & (centres / scale + crop.left <= x1)
    rows = (centres / scale + crop.top >= y0) & (centres / scale + crop.top <= y1)
    return pixels, (rows[:, None] & columns[None, :]).astype(np.float32)


def _unfold(alpha: np.ndarray, crop: Crop, shape: tuple[int, int]) -> np.ndarray:
    """A crop's alpha laid over the whole photo (H, W)."""
    step = crop.side / SIZE
    matrix = np.array(
        [
            [step, 0, crop.left + step / 2 - 0.5],
            [0, step, crop.top + step / 2 - 0.5],
        ]
    )
    height, width = shape
    whole = cv2.warpAffine(
        alpha, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    columns = np.arange(width)
    beside = np.maximum(crop.left - columns, columns - crop.left - crop.side)
    above = crop.top - np.arange(height)
    fade = 0.1 * crop.side
    whole *= np.exp(-((np.maximum(beside, 0) / fade) ** 2)).astype(np.float32)[None, :]
    whole *= np.exp(-((np.maximum(above, 0) / fade) ** 2)).astype(np.float32)[:, None]
    return np.clip(whole, 0, 1)


def _connected(
    alpha: np.ndarray, box: tuple[float, float, float, float], margin: float
) -> np.ndarray:
    """The matte without pieces that lie more than margin px apart from the piece with the face."""
    scale = min(1.0, PIECES / max(alpha.shape))
    size = (max(1, round(alpha.shape[1] * scale)), max(1, round(alpha.shape[0] * scale)))
    small = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    _, pieces = cv2.connectedComponents((small > 0.3).astype(np.uint8))
    x0, y0, x1, y1 = (max(0, round(v * scale)) for v in box)
    counts = np.bincount(pieces[y0:y1, x0:x1].ravel(), minlength=1)
    counts[0] = 0
    if counts.max() == 0:
        return alpha
    main = (pieces == counts.argmax()).astype(np.float32)
    reach = max(1, round(margin * scale))
    kept = cv2.blur(cv2.dilate(main, ellipse(reach)), (3, 3))
    return alpha * cv2.resize(kept, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _fuse(module: nn.Module) -> None:
    """Fold every batch normalisation into its convolution."""
    for child in module.children():
        if isinstance(child, ConvUnit):
            convolution, norm = child[0], child[1]
            assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
            child[0] = fuse_conv_bn_eval(convolution, norm)
            child[1] = nn.Identity()
        else:
            _fuse(child)
