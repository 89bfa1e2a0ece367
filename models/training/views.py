"""New views of the portraits: other poses, expressions, shapes and lights, labels exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.face.camera import Camera
from models.face.fitting import DETECTOR_DEPTH, FaceFit, fit_landmarks
from models.face.light_fit import fit_white_light, sample_vertices
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.face.rasterizer import Fragments, rasterize
from models.matting.fill import push_pull
from models.networks.crop import FaceCrop
from models.relief.relief import Relief
from models.training.portraits import Portrait

# The stored crop is larger than the network's by this factor, for shifts and turns.
VIEW_SIZE = 192
VIEW_SIDE = 1.5


@dataclass(frozen=True)
class Subject:
    """A portrait, cut to its face and fitted.

    image: (S, S, 3) uint8; mask: (S, S) float32; screen: (V, 2) px of the vertices in it.
    """

    image: np.ndarray
    mask: np.ndarray
    landmarks: np.ndarray
    fit: FaceFit
    screen: np.ndarray
    light: np.ndarray


@dataclass(frozen=True)
class View:
    """A rendered view. image: (S, S, 3) uint8; landmarks: (478, 3) px of it, z alike."""

    image: np.ndarray
    landmarks: np.ndarray


def prepare_subject(model: FaceModel, portrait: Portrait, size: int = VIEW_SIZE) -> Subject:
    """Cut, fit and light one portrait."""
    tight = FaceCrop.around(portrait.landmarks)
    crop = replace(tight, side=tight.side * VIEW_SIDE)
    image = crop.cut(portrait.image(), size)
    mask = crop.cut(np.repeat((portrait.mask() * 255).astype(np.uint8)[..., None], 3, 2), size)
    landmarks = crop.to_crop(portrait.landmarks, size)
    landmarks[:, 2] -= landmarks[:468, 2].mean()
    fit = fit_landmarks(model, landmarks)
    screen = fit.camera.project(fit.vertices(model) @ rotation(fit.parameters.pose).T)
    samples = sample_vertices(model, fit, image)
    skin = np.median(samples.colour[samples.visible], axis=0)
    light = fit_white_light(samples, np.broadcast_to(skin, samples.colour.shape))
    return Subject(image, mask[..., 0] / np.float32(255), landmarks, fit, screen[:, :2], light)


def plain_view(subject: Subject) -> View:
    """The photograph itself with the detector's landmarks."""
    return View(subject.image, subject.landmarks)


def random_views(
    model: FaceModel, subject: Subject, other: Subject, count: int, rng: np.random.Generator
) -> Iterator[View]:
    """The subject (at times with part of the other's face) in new poses, expressions, lights.

    The relief under the photo is turned and relit, so hair, ears and neck come along.
    """
    image = subject.image
    if rng.random() < 0.5:
        image = mix_faces(model, subject, other, float(rng.uniform(0.3, 1.0)))
    light = np.repeat(subject.light[:, None], 3, 1).astype(np.float32)
    fit = replace(subject.fit, parameters=replace(subject.fit.parameters, light=light))
    relief = Relief.build(image, subject.mask, fit, model)
    size = image.shape[0]
    for _ in range(count):
        parameters, camera = random_parameters(fit, other.fit, rng)
        if rng.random() < 0.6:
            parameters = replace(parameters, light=random_light(light, rng))
        rgb, alpha, _ = relief.warp(parameters, camera, (size, size))
        behind = random_backdrop(subject, other, rng)
        picture = np.clip(rgb + behind * (1 - alpha[..., None]), 0, 255).astype(np.uint8)
        mesh = fit.vertices(model, parameters)[:LANDMARK_COUNT] @ rotation(parameters.pose).T
        screen = camera.project(mesh)
        depth = (screen[:, 2:] - screen[:468, 2].mean()) * camera.focal / 1000 / DETECTOR_DEPTH
        yield View(picture, np.column_stack([screen[:, :2], depth]).astype(np.float32))


def mix_faces(model: FaceModel, subject: Subject, other: Subject, share: float) -> np.ndarray:
    """The subject's photo with the other's skin over its own face, by share: a new person."""
    points = subject.fit.vertices(model) @ rotation(subject.fit.parameters.pose).T
    size = subject.image.shape[0]
    fragments = rasterize(subject.fit.camera.project(points), model.triangles, size, size)
    corners = model.triangles[fragments.triangle.clip(0)]
    own, face = (_sample(s, corners, fragments) for s in (subject, other))
    edge = _edge_weight(model, corners, fragments)[..., None]
    inside = edge[..., 0] > 0.9
    if inside.any():
        # The other's skin takes the subject's tone, or the seam would be a mask's.
        face = face * (own[inside].mean(0) + 8) / (face[inside].mean(0) + 8)
    weight = share * np.clip(edge * 2 - 0.8, 0, 1)
    return np.clip(subject.image * (1 - weight) + face * weight, 0, 255).astype(np.uint8)


def random_backdrop(subject: Subject, other: Subject, rng: np.random.Generator) -> np.ndarray:
    """(S, S, 3) float32: the subject's own surroundings, another picture, or a gradient."""
    kind = rng.random()
    if kind < 0.35:
        known = (subject.mask < 0.02).astype(np.float32)
        photo = subject.image.astype(np.float32)
        return push_pull(photo, known) if known.mean() > 0.02 else photo
    if kind < 0.7:
        return other.image[:, :: int(rng.choice([-1, 1]))].astype(np.float32)
    corners = rng.uniform(0, 255, (4, 4, 3)).astype(np.float32)
    return cv2.resize(corners, subject.image.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def random_parameters(
    fit: FaceFit, other: FaceFit, rng: np.random.Generator
) -> tuple[FaceParameters, Camera]:
    """Pose to the sides and up and down, a mixed identity, a random expression."""
    p = fit.parameters
    wide = rng.random() < 0.35
    yaw = rng.normal(0, 38 if wide else 18)
    pose = np.array([yaw, rng.normal(0, 11), rng.normal(0, 6)])
    pose = np.clip(pose, [-65, -30, -20], [65, 30, 20])
    mix = rng.uniform(0, 0.5)
    identity = (1 - mix) * p.identity + mix * other.parameters.identity
    identity = identity + rng.normal(size=identity.shape) * 0.35
    expression = p.expression * rng.uniform(0, 1) + other.parameters.expression * rng.uniform(0, 1)
    active = rng.random(len(expression)) < 0.12
    expression = expression + active * rng.uniform(0, 0.8, len(expression))
    if rng.random() < 0.08:
        names = ("eyeBlinkLeft", "eyeBlinkRight")
        p = p.with_expression(dict.fromkeys(names, float(rng.uniform(0.6, 1))))
        expression = np.maximum(expression, p.expression)
    new = replace(
        p,
        pose=pose.astype(np.float32),
        identity=np.clip(identity, -3, 3).astype(np.float32),
        expression=np.clip(expression, 0, 1).astype(np.float32),
    )
    size_change = float(np.exp(rng.normal(0, 0.05)))
    return new, replace(fit.camera, focal=fit.camera.focal * size_change)


def random_light(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(9, 3) another light of like brightness: random bands, slightly coloured."""
    level = float(light[0].mean())
    bands = np.array([1.0, 0, 0.4, 0, 0, 0, 0, 0, 0])
    bands = bands + rng.normal(size=9) * np.array([0.15, 0.35, 0.25, 0.5, *[0.12] * 5])
    tint = 1 + rng.normal(size=3) * 0.08
    return (level * bands[:, None] * tint).astype(np.float32)


def _sample(subject: Subject, corners: np.ndarray, fragments: Fragments) -> np.ndarray:
    """(S, S, 3) float32 sRGB of the subject's photo carried to the new view."""
    at = (subject.screen[corners] * fragments.bary[..., None]).sum(2).astype(np.float32)
    return cv2.remap(
        subject.image, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)


def _edge_weight(model: FaceModel, corners: np.ndarray, fragments: Fragments) -> np.ndarray:
    """(S, S) float32: 1 on the face, falling over the apron to 0 at the mesh's border."""
    control = np.ones((len(model.control_mean), 1), np.float32)
    control[478:514] = 0.6
    control[514:] = 0
    weight = np.clip(model.subdivide(control)[:, 0], 0, 1)
    return (weight[corners] * fragments.bary).sum(2) * (fragments.triangle >= 0)
