"""Pictures for training the perception network, changed at random with their labels."""

from __future__ import annotations

import cv2
import numpy as np

from models.face.condition_maps import ConditionMaps
from models.face.lighting import linear_to_srgb, srgb_to_linear
from models.face.rig_vector import PARTS, from_vector
from models.networks.perception import SIZE
from models.training.views import random_light

# A quarter of the pictures shows the face alone, so that hair and backdrop do not tell who it is.
BARE_SHARE = 0.25
# Stronger lights from one side than portraits have.
RELIT_SHARE = 0.25
LIGHT_RATIO = (0.25, 3.0)


class Relighter:
    """Puts a pictured face under another light."""

    def __init__(self) -> None:
        self._maps = ConditionMaps()

    def __call__(
        self, image: np.ndarray, rig: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Picture (128, 128, 3) uint8 and its λ, both under a random light.

        Linear light is multiplied by the ratio of the model's two renders, smoothly continued
        over hair and neck.
        """
        new = rig.copy()
        new[PARTS["light"]] = random_light(rig[PARTS["light"]].reshape(9, 3), rng).ravel()
        before, after = (self._maps.render(from_vector(r), SIZE) for r in (rig, new))
        mask = (before[..., 6:] > 200).astype(np.float32)
        shades = [srgb_to_linear(m[..., 3:6] / np.float32(255)) for m in (before, after)]
        ratio = np.clip((shades[1] + 0.01) / (shades[0] + 0.01), *LIGHT_RATIO)
        ratio = np.where(mask > 0, ratio, _continued(ratio * mask, mask))
        lit = linear_to_srgb(srgb_to_linear(image / np.float32(255)) * ratio)
        return np.clip(255 * lit + 0.5, 0, 255).astype(np.uint8), new


def _continued(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(128, 128, 3) values, 0 outside mask (128, 128, 1), averaged outwards from it."""
    small = cv2.resize(np.dstack([values, mask]), (32, 32), interpolation=cv2.INTER_AREA)
    sums = cv2.GaussianBlur(small, (0, 0), 1.5) + 0.05 * cv2.GaussianBlur(small, (0, 0), 5)
    return cv2.resize(sums[..., :3] / (sums[..., 3:] + 1e-6), (SIZE, SIZE))


def augment(
    image: np.ndarray, rig: np.ndarray, points: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture (128, 128, 3) uint8, λ and landmarks, changed at random together."""
    if rng.random() < BARE_SHARE:
        image = bare_face(image, points, rng)
    zoom = float(np.exp(rng.normal(0, 0.01)))
    shift = rng.normal(0, 1.0, 2) + (1 - zoom) * (SIZE - 1) / 2
    matrix = np.array([[zoom, 0, shift[0]], [0, zoom, shift[1]]])
    image = cv2.warpAffine(image, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
    points = (points * zoom + shift).astype(np.float32)
    rig = rig.copy()
    x = image.astype(np.float32) / 255
    if rng.random() < 0.5:
        # Brighter light is a factor in linear light, and the same factor on its coefficients.
        gain = np.exp(rng.normal(0, 0.12) + rng.normal(0, 0.03, 3)).astype(np.float32)
        x = linear_to_srgb(srgb_to_linear(x) * gain)
        rig[PARTS["light"]] = (rig[PARTS["light"]].reshape(9, 3) * gain).ravel()
    return degrade(255 * x, rng), rig, points


def bare_face(image: np.ndarray, points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The picture with one colour in place of all that lies outside the landmarks' hull."""
    mask: np.ndarray = np.zeros(image.shape[:2], np.uint8)
    hull = cv2.convexHull(points[:468].astype(np.float32)).round().astype(np.int32)
    cv2.fillConvexPoly(mask, hull, 1)
    colour = rng.integers(0, 256, 3).astype(np.uint8)
    return np.where(mask[..., None] > 0, image, colour)


def degrade(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(128, 128, 3) float32 0..255 blurred, grainy or coarsely compressed, as uint8."""
    kind = rng.random()
    if kind < 0.2:
        small = int(rng.integers(48, 112))
        x = cv2.resize(x, (small, small), interpolation=cv2.INTER_AREA)
        x = cv2.resize(x, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
    elif kind < 0.4:
        x = cv2.GaussianBlur(x, (0, 0), float(rng.uniform(0.4, 1.4)))
    if rng.random() < 0.3:
        x = x + rng.normal(0, rng.uniform(1, 8), x.shape).astype(np.float32)
    out = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        quality = int(rng.integers(25, 85))
        _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return out
