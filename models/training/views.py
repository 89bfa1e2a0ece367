"""New views of the portraits: other poses, expressions, shapes and lights, labels exact."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.face.camera import Camera
from models.face.fitting import FaceFit, fit_landmarks
from models.face.light_fit import fit_white_light, sample_vertices
from models.face.lighting import linear_to_srgb, sh_basis, srgb_to_linear
from models.face.mesh import vertex_normals
from models.face.model import FaceModel
from models.face.parameters import FaceParameters
from models.face.pose import rotation
from models.face.rasterizer import Fragments, rasterize
from models.networks.crop import FaceCrop
from models.training.portraits import Portrait

# The stored crop is larger than the network's by this factor, for shifts and turns.
VIEW_SIZE = 192
VIEW_SIDE = 1.5
LIGHT_RATIO = (0.3, 2.2)


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
    return Subject(
        image, mask[..., 0] / np.float32(255), landmarks, fit, screen[:, :2], light
    )


def plain_view(subject: Subject) -> View:
    """The photograph itself with the detector's landmarks."""
    return View(subject.image, subject.landmarks)


def random_view(
    model: FaceModel,
    subject: Subject,
    other: Subject,
    backdrop: np.ndarray,
    rng: np.random.Generator,
) -> View:
    """The subject's face (partly the other's skin) in a new pose, expression and light."""
    parameters, camera = random_parameters(subject.fit, other.fit, rng)
    share = float(rng.uniform(0.15, 0.75)) if rng.random() < 0.4 else 0.0
    displacement = subject.fit.displacement * (1 - share) + other.fit.displacement * share
    vertices = model.vertices(parameters.identity, parameters.expression, displacement)
    cam = vertices @ rotation(parameters.pose).T
    screen = camera.project(cam)
    size = subject.image.shape[0]
    fragments = rasterize(screen, model.triangles, size, size)
    corners = model.triangles[fragments.triangle.clip(0)]
    face = _sample(subject, corners, fragments)
    if share:
        face = (1 - share) * face + share * _sample(other, corners, fragments)
    if rng.random() < 0.7:
        normals = vertex_normals(cam, model.triangles)
        face = _relit(face, normals, corners, fragments, subject.light, random_light(rng))
    behind = backdrop if rng.random() < 0.3 else _follow(subject, screen[:, :2])
    image = _composite(face, behind, fragments, _edge_weight(model, corners, fragments))
    depth = (screen[:478, 2:] - screen[:468, 2].mean()) * camera.focal / 1000
    return View(image, np.column_stack([screen[:478, :2], depth]).astype(np.float32))


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


def random_light(rng: np.random.Generator) -> np.ndarray:
    """(9, 3) light: white noise on the bands around an ambient level, slightly coloured."""
    mono = np.array([0.8, 0, 0.3, 0, 0, 0, 0, 0, 0])
    mono = mono + rng.normal(size=9) * np.array([0.1, 0.3, 0.2, 0.4, *[0.1] * 5])
    tint = 1 + rng.normal(size=3) * 0.08
    return mono[:, None] * tint


def _sample(subject: Subject, corners: np.ndarray, fragments: Fragments) -> np.ndarray:
    """(S, S, 3) float32 sRGB of the subject's photo carried to the new view."""
    at = (subject.screen[corners] * fragments.bary[..., None]).sum(2).astype(np.float32)
    return cv2.remap(
        subject.image, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)


def _relit(
    face: np.ndarray,
    normals: np.ndarray,
    corners: np.ndarray,
    fragments: Fragments,
    old: np.ndarray,
    new: np.ndarray,
) -> np.ndarray:
    """The face under a new light, by the ratio of shadings in linear light."""
    n = (normals[corners] * fragments.bary[..., None]).sum(2)
    basis = sh_basis(n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-6))
    before = np.maximum(basis @ old, 0.25 * old[0])[..., None]
    after = np.maximum(basis @ new, 0.08)
    after *= np.median(before) / np.median(after)
    ratio = np.clip(after / before, *LIGHT_RATIO)
    return linear_to_srgb(np.clip(srgb_to_linear(face / 255) * ratio, 0, 1)) * 255


def _follow(subject: Subject, screen: np.ndarray) -> np.ndarray:
    """The photo moved by the similarity that brings the face's apron nearest its new place."""
    source = subject.screen[478:550].astype(np.float32)
    target = screen[478:550].astype(np.float32)
    matrix, _ = cv2.estimateAffinePartial2D(source, target, method=cv2.LMEDS)
    size = subject.image.shape[0]
    if matrix is None:
        return subject.image
    return cv2.warpAffine(
        subject.image, matrix, (size, size), borderMode=cv2.BORDER_REFLECT_101
    )


def _edge_weight(model: FaceModel, corners: np.ndarray, fragments: Fragments) -> np.ndarray:
    """(S, S) float32: 1 on the face, falling over the apron to 0 at the mesh's border."""
    control = np.ones((len(model.control_mean), 1), np.float32)
    control[478:514] = 0.6
    control[514:] = 0
    weight = np.clip(model.subdivide(control)[:, 0], 0, 1)
    return (weight[corners] * fragments.bary).sum(2) * (fragments.triangle >= 0)


def _composite(
    face: np.ndarray, behind: np.ndarray, fragments: Fragments, edge: np.ndarray
) -> np.ndarray:
    weight = np.clip(edge * 1.6, 0, 1)[..., None]
    return np.clip(face * weight + behind * (1 - weight), 0, 255).astype(np.uint8)
