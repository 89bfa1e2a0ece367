"""Large layers from small ones: they must lay back to the large picture."""

import cv2
import numpy as np

from core.photo.detail import with_detail
from models.relief.layers import Textures
from models.relief.sampling import UNITS, pack


def test_large_layers_lay_back_to_the_large_picture() -> None:
    random = np.random.default_rng(0)
    image = cv2.GaussianBlur(random.uniform(0, 255, (90, 120, 3)), (0, 0), 1.2).astype(np.uint8)
    x, y = np.meshgrid(np.arange(120), np.arange(90))
    alpha = np.clip((40 - np.hypot(x - 60, y - 45)) / 3 + 0.5, 0, 1).astype(np.float32)
    backdrop = np.full((90, 120, 3), 90, np.uint8)
    small = cv2.resize(image, (40, 30), interpolation=cv2.INTER_AREA).astype(np.float32)
    cover = cv2.resize(alpha, (40, 30), interpolation=cv2.INTER_AREA)
    share = np.clip((18 - np.arange(30, dtype=np.float32)) / 6, 0, 1)[:, None]
    head, torso = cover * share, cover * (1 - share) / np.maximum(1 - cover * share, 1e-3)
    layers = Textures(
        pack(small * head[..., None], head), pack(small * torso[..., None], torso),
        pack(small, np.ones_like(cover)), backdrop[:30, :40],
    )  # fmt: skip
    large = with_detail(layers, image, alpha, backdrop)
    h, t, s = (p.astype(np.float32) / UNITS for p in (large.head, large.torso, large.shell))
    under = t[..., :3] + (1 - t[..., 3:] / 255) * backdrop
    back = h[..., :3] + (1 - h[..., 3:] / 255) * under
    sure = alpha == 1
    assert np.abs(back - image)[sure].max() < 0.2
    whole = 1 - (1 - h[..., 3] / 255) * (1 - t[..., 3] / 255)
    assert np.abs(whole - alpha).mean() < 0.01
    assert (h[alpha == 0] == 0).all()
    assert (h[..., :3] <= h[..., 3:] + 0.02).all()
    inner = sure & (y < 35) & (np.hypot(x - 60, y - 45) < 30)
    assert np.abs(s[..., :3] - image)[inner].max() < 1
