"""The matte of a photo's person."""

from __future__ import annotations

from functools import cache

import numpy as np

from core.errors import AssetError
from models.files.store import StoreError
from models.networks.matte import MatteNetwork

Box = tuple[float, float, float, float]
# Own transparency from which on a pixel counts as wholly there.
OPAQUE = 0.25


@cache
def _network() -> MatteNetwork:
    """The matte network, read once."""
    try:
        return MatteNetwork.load()
    except StoreError as error:
        raise AssetError(f"The person matte cannot be used: {error} Install Mien again.") from error


def person_matte(pixels: np.ndarray, box: Box, alpha: np.ndarray | None = None) -> np.ndarray:
    """Alpha (H, W) float32 in 0..1 of the person with the face box (x0, y0, x1, y1 in px).

    pixels: (H, W, 3) uint8 RGB. alpha: the photo's own transparency (H, W), uint8 or 0..1
    float; what is transparent is never the person. Raises AssetError without the weights.
    """
    matte = _network().matte(pixels, box)
    if alpha is not None:
        own = alpha.astype(np.float32) / (255 if alpha.dtype == np.uint8 else 1)
        # A veil over the person is still the person: only what is nearly clear is cut away.
        matte = np.minimum(matte, np.clip(own / OPAQUE, 0, 1))
    return matte
