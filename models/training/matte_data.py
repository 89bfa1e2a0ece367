"""Training samples for the matte: people keyed off their backdrops, put before new ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.matting.fill import smooth_trend
from models.matting.key import backdrop_colours, ellipse, key, person_colours
from models.networks.matte import DROP, REACH, SIZE, crop_input
from models.training.matte_backdrops import draw_backdrop

MAX_HEIGHT = 450
# A backdrop counts as plain below this residual (of 255) around its smooth trend.
PLAIN_RESIDUAL = 12.0


@dataclass(frozen=True)
class Person:
    """One portrait, ready for compositing; arrays share the portrait's size."""

    name: str
    pixels: np.ndarray  # (H, W, 3) uint8, the photo
    mask: np.ndarray  # (H, W) uint8, the mask it came with
    alpha: np.ndarray  # (H, W) uint8, keyed alpha
    colours: np.ndarray  # (H, W, 3) uint8, the person without the backdrop's colour
    backdrop: np.ndarray  # (H, W, 3) uint8, smooth backdrop
    box: tuple[float, float, float, float]


def load_people(folder: Path, names: set[str] | None = None) -> list[Person]:
    """Every portrait of a folder (train/, masks/, landmarks.npz), or only those named.

    Raises FileNotFoundError when one of these is missing.
    """
    if not (folder / "landmarks.npz").is_file():
        raise FileNotFoundError(f"{folder} has no landmarks.npz; name a portrait folder.")
    table = np.load(folder / "landmarks.npz")
    people = []
    for name, points, mirrored in zip(
        table["ids"], table["landmarks"], table["landmarks_mirror"], strict=True
    ):
        if names is not None and str(name) not in names:
            continue
        pixels = cv2.imread(str(folder / "train" / f"{name}.jpg"), cv2.IMREAD_COLOR_RGB)
        mask = cv2.imread(str(folder / "masks" / f"{name}.png"), cv2.IMREAD_GRAYSCALE)
        if pixels is None or mask is None:
            raise FileNotFoundError(f"{folder} has no picture or no mask of {name}.")
        both = (points[:468, :2] + mirrored[:468, :2]) / 2
        low, high = both.min(0), both.max(0)
        scale = min(1.0, MAX_HEIGHT / len(pixels))
        if scale < 1:
            size = (round(pixels.shape[1] * scale), round(len(pixels) * scale))
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
            mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        box = tuple(float(v * scale) for v in (*low, *high))
        people.append(key_person(str(name), pixels, mask, (box[0], box[1], box[2], box[3])))
    return people


def key_person(
    name: str, pixels: np.ndarray, mask: np.ndarray, box: tuple[float, float, float, float]
) -> Person:
    """Sharpen the mask of a person before a plain backdrop by keying, and clean the colours."""
    face = box[3] - box[1]
    soft = mask.astype(np.float32) / 255
    backdrop = backdrop_colours(pixels, soft, 0.1 * face)
    person = person_colours(pixels, soft, 0.05 * face)
    alpha = soft
    away = cv2.dilate(soft, ellipse(0.1 * face)) < 0.02
    softened = cv2.blur(pixels, (3, 3)).astype(np.float32)
    residual = np.abs(softened - smooth_trend(softened, away.astype(np.float32))).max(2)[away]
    if len(residual) > 100 and np.percentile(residual, 90) < PLAIN_RESIDUAL:
        alpha = _keyed(pixels, soft, person, backdrop, face)
    # The colour of a half covered pixel: what is left when the backdrop's share is taken off.
    share = alpha[..., None]
    own = (pixels - (1 - share) * backdrop) / np.maximum(share, 0.1)
    trust = np.clip((share - 0.3) / 0.5, 0, 1)
    colours = np.clip(trust * own + (1 - trust) * person, 0, 255)
    return Person(
        name,
        pixels,
        mask,
        np.round(alpha * 255).astype(np.uint8),
        colours.astype(np.uint8),
        np.clip(backdrop, 0, 255).astype(np.uint8),
        box,
    )


def _keyed(
    pixels: np.ndarray, soft: np.ndarray, person: np.ndarray, backdrop: np.ndarray, face: float
) -> np.ndarray:
    """Alpha from colours in a band around the mask's edge, the mask elsewhere."""
    keyed, trust = key(pixels, person, backdrop)
    # Before a plain backdrop any other colour is the person, whatever the neighbours look like.
    span = np.linalg.norm(person - backdrop, axis=2)
    off_line = pixels - backdrop - keyed[..., None] * (person - backdrop)
    apart = np.linalg.norm(off_line, axis=2) / (0.3 * span + 15)
    foreign = np.clip(apart * 1.5 - 0.5, 0, 1)
    keyed = np.maximum(keyed, foreign)
    trust = np.maximum(trust, foreign)
    keyed = np.clip((keyed - 0.05) / 0.87, 0, 1)
    inner = cv2.erode(soft, ellipse(0.05 * face), borderType=cv2.BORDER_REPLICATE)
    outer = cv2.dilate(soft, ellipse(0.1 * face))
    band = cv2.blur(((inner < 0.95) & (outer > 0.05)).astype(np.float32), (3, 3))
    weight = trust * band
    # The last rows are repeated to lengthen the body: no keying noise there.
    weight[-3:] = 0
    return weight * keyed + (1 - weight) * soft


def sample(people: list[Person], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One training sample: network input (5, S, S) and target (2, S, S), alpha and weight."""
    person = people[rng.integers(len(people))]
    matrix = random_view(person, rng)
    extend = rng.random() < 0.5
    valid = _valid_area(person, matrix, extend, rng)
    alpha = _warp(person.alpha, matrix).astype(np.float32) / 255
    if rng.random() < 0.25:
        mixed = _warp(person.pixels, matrix).astype(np.float32)
    else:
        colours = _relit(_warp(person.colours, matrix).astype(np.float32), rng)
        behind = draw_backdrop(SIZE, colours, rng, lambda: _other(people, rng))
        behind = _with_bystander(behind, people, rng)
        mixed = alpha[..., None] * colours + (1 - alpha[..., None]) * behind
    pixels = degrade(recolour(mixed, rng), rng)
    inside = (valid > 0.5).astype(np.float32)
    return crop_input(pixels, inside), np.stack([alpha, inside]).astype(np.float32)


def random_view(person: Person, rng: np.random.Generator) -> np.ndarray:
    """Affine map (2, 3) from portrait px to crop px: jittered box, rotation, mirror."""
    x0, y0, x1, y1 = person.box
    face = max(x1 - x0, y1 - y0)
    scale = SIZE / (REACH * face * np.exp(rng.uniform(-0.35, 0.3)))
    angle = np.deg2rad(rng.uniform(-45, 45) if rng.random() < 0.35 else rng.normal(0, 7))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if rng.random() < 0.5:
        turn = turn @ np.diag([-1.0, 1.0])
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2]) + rng.normal(0, 0.06, 2) * face
    target = np.array([SIZE / 2, SIZE / 2 - DROP * SIZE / REACH])
    return np.column_stack([turn, target - turn @ middle]).astype(np.float32)


def _warp(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    shrink = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if shrink < 0.6:
        # Average first, or the portrait's detail aliases.
        half = (image.shape[1] // 2, image.shape[0] // 2)
        steps = np.array([image.shape[1] / half[0], image.shape[0] / half[1]])
        image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)
        matrix = np.column_stack(
            [matrix[:, :2] * steps, matrix[:, 2] + matrix[:, :2] @ ((steps - 1) / 2)]
        )
    return cv2.warpAffine(
        image, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _valid_area(
    person: Person, matrix: np.ndarray, extend: bool, rng: np.random.Generator
) -> np.ndarray:
    """Where the crop shows the photo (S, S): its frame, or more with random cuts."""
    if not extend:
        inside = np.ones(person.mask.shape, np.float32)
        return cv2.warpAffine(inside, matrix, (SIZE, SIZE), flags=cv2.INTER_NEAREST)
    valid = np.ones((SIZE, SIZE), np.float32)
    if rng.random() < 0.6:
        # Cuts stay outside the face, which spans a third of the crop.
        cuts = (rng.uniform(0, 0.25, 4) * (rng.random(4) < 0.4) * SIZE).astype(int)
        valid[: cuts[0]] = 0
        valid[SIZE - cuts[1] :] = 0
        valid[:, : cuts[2]] = 0
        valid[:, SIZE - cuts[3] :] = 0
    return valid


def _other(people: list[Person], rng: np.random.Generator) -> np.ndarray:
    """Another photo's pixels, for backdrops: the whole picture, or its smooth backdrop."""
    person = people[rng.integers(len(people))]
    return person.pixels if rng.random() < 0.5 else person.backdrop


def _with_bystander(
    behind: np.ndarray, people: list[Person], rng: np.random.Generator
) -> np.ndarray:
    """Sometimes another person stands behind, beside the one who counts."""
    if rng.random() > 0.3:
        return behind
    other = people[rng.integers(len(people))]
    matrix = random_view(other, rng)
    side = 1 if rng.random() < 0.5 else -1
    matrix[:, :2] *= rng.uniform(0.6, 1.2)
    middle = np.array([(other.box[0] + other.box[2]) / 2, (other.box[1] + other.box[3]) / 2])
    target = SIZE * np.array([0.5 + side * rng.uniform(0.3, 0.55), rng.uniform(0.2, 0.6)])
    matrix[:, 2] = target - matrix[:, :2] @ middle
    alpha = _warp(other.alpha, matrix).astype(np.float32)[..., None] / 255
    return alpha * _warp(other.colours, matrix) + (1 - alpha) * behind


def _relit(colours: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The person in other light: exposure, a tint, a ramp from one side."""
    colours = colours * np.exp(rng.normal(0, 0.2)) * np.exp(rng.normal(0, 0.06, 3))
    if rng.random() < 0.4:
        angle = rng.uniform(0, 2 * np.pi)
        line = np.linspace(-1, 1, SIZE)
        ramp = np.cos(angle) * line[None, :] + np.sin(angle) * line[:, None]
        colours = colours * np.exp(rng.uniform(0.2, 0.8) * ramp)[..., None]
    return np.clip(colours, 0, 255).astype(np.float32)


def recolour(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Camera and mood: exposure, gamma, contrast, white balance, saturation, grey."""
    image = np.clip(image / 255, 0, 1) ** np.exp(rng.normal(0, 0.25))
    image = image * np.exp(rng.normal(0, 0.15)) * np.exp(rng.normal(0, 0.07, 3))
    grey = image.mean(2, keepdims=True)
    saturation = 0.0 if rng.random() < 0.08 else np.exp(rng.normal(0, 0.3))
    image = grey + saturation * (image - grey)
    image = (image - 0.5) * np.exp(rng.normal(0, 0.15)) + 0.5 + rng.normal(0, 0.04)
    return (np.clip(image, 0, 1) * 255).astype(np.float32)


def degrade(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Low resolution, blur, grain and JPEG, each sometimes; uint8 out."""
    if rng.random() < 0.3:
        small = max(24, round(SIZE / rng.uniform(1.3, 4.5)))
        image = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        image = cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.2:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.8))
    if rng.random() < 0.4:
        image = image + rng.normal(0, rng.uniform(1, 12), image.shape).astype(np.float32)
    pixels = np.clip(image, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        quality = int(rng.integers(15, 90))
        _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return pixels
