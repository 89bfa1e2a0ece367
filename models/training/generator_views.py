"""Aligned pictures of one person for the generator: the photo and views of its relief."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.face.camera import Camera
from models.face.fitting import FaceFit, fit_landmarks
from models.face.light_fit import fit_light_and_albedo, sample_vertices
from models.face.lighting import directional_light, sh_basis
from models.face.model import FaceModel
from models.face.parameters import EXPRESSION_NAMES, FaceParameters
from models.face.pose import rotation
from models.matting.fill import push_pull
from models.relief.jaw import head_share
from models.relief.mouth import LIPS, gap_mm
from models.relief.relief import Relief
from models.training.portraits import Portrait
from models.training.views import random_light

# Views are drawn this much larger and averaged: no jagged hair.
OVERSAMPLING = 2
POSE_SPREAD = np.array([17.0, 8.0, 4.0])
POSE_LIMIT = np.array([35.0, 20.0, 10.0])
# Degrees of yaw that may bring hidden skin to the front: of a frontal photo, lost per degree of
# the photo's own yaw, and at least.
REVEALED_YAW = (30.0, 1.2, 6.0)
# New lights stay within these ratios to the photo's own on every surface in sight.
LIGHT_RATIO = (0.55, 1.5)
STRONG_RATIO = (0.25, 2.2)
# Motions that few photos show; a strong view makes one of them.
STRONG_MOTIONS = (
    ("eyeBlinkLeft", "eyeBlinkRight"), ("eyeBlinkLeft", "eyeBlinkRight"), ("eyeBlinkLeft",),
    ("eyeBlinkRight",), ("mouthPucker",), ("mouthPucker",), ("mouthFunnel",), ("jawOpen",),
)  # fmt: skip
STRONG_REACH = (0.6, 1.0)
TEETH_SLACK_MM = 2.0


@dataclass(frozen=True)
class Aligned:
    """One row of the pool: image (S, S, 3) uint8, valid (S, S) bool, its parameters."""

    image: np.ndarray
    valid: np.ndarray
    parameters: FaceParameters


@dataclass(frozen=True)
class Sitter:
    """A fitted portrait, reduced to the working size.

    photo: (H, W, 3) uint8; mask: (H, W) float32, 1 = person; fit belongs to them.
    The rest lies before `camera`, OVERSAMPLING times the final size: aligned (S, S, 3) float32
    the photo, inside (S, S) bool where there is one, person (S, S) float32 the mask and
    backdrop (S, S, 3) float32 what is behind the person.
    """

    photo: np.ndarray
    mask: np.ndarray
    fit: FaceFit
    camera: Camera
    aligned: np.ndarray
    inside: np.ndarray
    person: np.ndarray
    backdrop: np.ndarray


def prepare_sitter(model: FaceModel, portrait: Portrait, size: int) -> Sitter:
    """Fit shape, light and albedo of a portrait and align it for size × size pictures.

    Raises ValueError when no vertex of the face is visible.
    """
    photo, mask = portrait.image(), portrait.mask()
    fit = fit_landmarks(model, portrait.landmarks)
    light, albedo = fit_light_and_albedo(model, sample_vertices(model, fit, photo))
    fit = replace(fit, parameters=replace(fit.parameters, light=light, albedo=albedo))
    camera = Camera.generator(size * OVERSAMPLING)
    photo, mask, fit = _reduced(photo, mask, fit, camera.focal)
    matrix = alignment(fit.camera, camera)
    side = (size * OVERSAMPLING,) * 2
    inside = cv2.warpAffine(np.ones_like(mask), matrix, side, flags=cv2.INTER_LINEAR) > 0.99
    aligned = cv2.warpAffine(
        photo, matrix, side, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    person = cv2.warpAffine(mask, matrix, side, flags=cv2.INTER_LINEAR)
    around = cv2.dilate(person, np.ones((5, 5), np.uint8)) < 0.02
    behind = (inside & around).astype(np.float32)
    backdrop = push_pull(aligned, behind) if behind.any() else aligned
    aligned = push_pull(aligned, inside.astype(np.float32))
    return Sitter(photo, mask, fit, camera, aligned, inside, person, backdrop)


def alignment(source: Camera, target: Camera) -> np.ndarray:
    """(2, 3) exact similarity that carries a photo seen by one camera into another's picture."""
    k = target.focal / source.focal
    return np.array([
        [k, 0, target.cx - k * source.cx], [0, k, target.cy - k * source.cy],
    ])  # fmt: skip


def photo_row(sitter: Sitter) -> Aligned:
    """The photograph itself, aligned; what lies outside it continues its edge."""
    return _row(sitter.aligned, sitter.inside, sitter.fit.parameters)


def view_rows(
    model: FaceModel, sitter: Sitter, other: FaceFit, count: int, rng: np.random.Generator,
    strong: bool = False,
) -> Iterator[Aligned]:  # fmt: skip
    """The sitter in new poses, at times with other expressions and lights.

    strong: the expressions and lights are those of `strong_rig`.
    """
    draw = strong_rig if strong else random_rig
    relief = Relief.build(sitter.photo, sitter.mask, sitter.fit, model)
    still = _still(relief, sitter)
    side = sitter.aligned.shape[1::-1]
    for _ in range(count):
        parameters = draw(sitter.fit.parameters, other.parameters, rng)
        rgb, alpha, shown = relief.warp(parameters, sitter.camera, (side[0], side[1]))
        picture = rgb + sitter.backdrop * (1 - alpha[..., None])
        behind = (alpha < 0.02) & (sitter.person < 0.02)
        teeth = _photographed_teeth(model, relief, sitter, parameters, alpha)
        valid = (shown & (alpha > 0.5)) | ((still | behind) & sitter.inside) | teeth
        drawn = np.maximum(sitter.inside, shown).astype(np.float32)
        yield _row(push_pull(picture, drawn), valid, parameters)


def random_rig(
    own: FaceParameters, other: FaceParameters, rng: np.random.Generator
) -> FaceParameters:
    """The same person in another pose; half of the time another expression or light."""
    pose = np.clip(rng.normal(size=3) * POSE_SPREAD, -POSE_LIMIT, POSE_LIMIT)
    most, loss, least = REVEALED_YAW
    reveal = max(most - loss * abs(float(own.pose[0])), least)
    side = 1 if own.pose[0] > 0 else -1
    pose[0] = side * max(side * pose[0], side * float(own.pose[0]) - reveal)
    pose[0] = np.clip(pose[0], own.pose[0] - most, own.pose[0] + most)
    expression, light = own.expression, own.light
    if rng.random() < 0.5:
        expression = expression * rng.uniform(0, 1) + other.expression * rng.uniform(0, 1)
        active = rng.random(len(expression)) < 0.1
        expression = np.clip(expression + active * rng.uniform(0, 0.8, len(expression)), 0, 1)
    if rng.random() < 0.5:
        light = natural_light(own.light, random_light(own.light, rng))
    return replace(
        own,
        pose=pose.astype(np.float32),
        expression=expression.astype(np.float32),
        light=light.astype(np.float32),
    )


def strong_rig(
    own: FaceParameters, other: FaceParameters, rng: np.random.Generator
) -> FaceParameters:
    """The same person nearly as in the photo, but for a strong motion, or light from a side."""
    drawn = random_rig(own, other, rng)
    pose = own.pose + np.float32(0.5) * (drawn.pose - own.pose)
    expression, light = own.expression * np.float32(rng.uniform(0, 1)), own.light
    if rng.random() < 0.75:
        motion = STRONG_MOTIONS[rng.integers(len(STRONG_MOTIONS))]
        places = [EXPRESSION_NAMES.index(name) for name in motion]
        expression[places] = rng.uniform(*STRONG_REACH)
    if rng.random() < 0.6:
        direction = (rng.uniform(-1.5, 1.5), rng.uniform(-0.6, 1.2), 1.0)
        lamp = directional_light(
            direction, rng.uniform(0.4, 0.9), np.ones(3), rng.uniform(0.2, 0.4)
        )
        lamp *= own.light[0] / lamp[0]
        light = natural_light(own.light, lamp, STRONG_RATIO)
    return replace(own, pose=pose, expression=expression, light=light)


def natural_light(
    own: np.ndarray, wanted: np.ndarray, limits: tuple[float, float] = LIGHT_RATIO
) -> np.ndarray:
    """(9, 3) between the photo's light and the wanted one: as far as the limits allow."""
    normals = np.random.default_rng(0).normal(size=(400, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    basis = sh_basis(normals[normals[:, 2] > 0.25])
    before = np.maximum(basis @ own, 0.05)
    for share in np.linspace(1, 0.1, 10):
        light = own + share * (wanted - own)
        ratio = basis @ light / before
        if ratio.min() > limits[0] and ratio.max() < limits[1]:
            return light.astype(np.float32)
    return own


def _reduced(
    photo: np.ndarray, mask: np.ndarray, fit: FaceFit, focal: float
) -> tuple[np.ndarray, np.ndarray, FaceFit]:
    """The photo, never finer than needed: averaged down to the focal length of the pictures."""
    if fit.camera.focal <= focal:
        return photo, mask, fit
    height, width = photo.shape[:2]
    shape = (round(width * focal / fit.camera.focal), round(height * focal / fit.camera.focal))
    scale = shape[0] / width
    small = cv2.resize(photo, shape, interpolation=cv2.INTER_AREA)
    x0, y0, x1, y1 = ((v + 0.5) * scale - 0.5 for v in fit.box)
    reduced = replace(
        fit,
        camera=fit.camera.scaled(scale),
        landmarks=((fit.landmarks + 0.5) * scale - 0.5).astype(np.float32),
        box=(x0, y0, x1, y1),
    )
    return small, cv2.resize(mask, shape, interpolation=cv2.INTER_AREA), reduced


def _still(relief: Relief, sitter: Sitter) -> np.ndarray:
    """(S, S) bool in the aligned frame: the person's pixels that do not follow the head."""
    share = head_share(relief.frame, sitter.mask.shape, 1.0, relief.jaw)
    clothes = ((share < 0.02) & (sitter.mask > 0.98)).astype(np.float32)
    matrix = alignment(sitter.fit.camera, sitter.camera)
    return cv2.warpAffine(clothes, matrix, sitter.aligned.shape[1::-1]) > 0.99


def _photographed_teeth(
    model: FaceModel,
    relief: Relief,
    sitter: Sitter,
    parameters: FaceParameters,
    alpha: np.ndarray,
) -> np.ndarray:
    """(S, S) bool: between the lips, where the photo showed the same teeth."""
    out = np.zeros(alpha.shape, np.uint8)
    vertices = sitter.fit.vertices(model, parameters)
    if relief.layers.mouth is not None and gap_mm(vertices) < relief.mouth.gap + TEETH_SLACK_MM:
        lips = sitter.camera.project(vertices[list(LIPS)] @ rotation(parameters.pose).T)
        cv2.fillPoly(out, [np.rint(lips[:, :2]).astype(np.int32)], 1)
    return (out > 0) & (alpha > 0.98)


def _row(picture: np.ndarray, valid: np.ndarray, parameters: FaceParameters) -> Aligned:
    """Averaged down to the final size; a pixel is valid when all of it is."""
    size = picture.shape[0] // OVERSAMPLING
    small = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    whole = cv2.resize(valid.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
    return Aligned(np.clip(small + 0.5, 0, 255).astype(np.uint8), whole > 0.99, parameters)
