"""The albedo basis: skin colours of many photos with their light divided out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from models.face.fitting import fit_landmarks
from models.face.light_fit import VertexSamples, fit_white_light, sample_vertices, shading
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import ALBEDO_SIZE
from models.training.portraits import Portrait, PortraitSets

SMALLEST_EYE_DISTANCE = 45.0
BOUNCE = 0.55


def build_albedo(sets: PortraitSets, model: FaceModel) -> dict[str, np.ndarray]:
    """albedo_mean (V, 3), albedo_basis (80, V, 3) and studio_light (9,) of the training people."""
    people = [
        p for p in sets.split(held=False)
        if not p.glasses and p.eye_distance > SMALLEST_EYE_DISTANCE
    ]  # fmt: skip
    samples = []
    for i, p in enumerate(people):
        samples.append(_samples(model, p))
        if i % 50 == 49:
            print(f"albedo: {i + 1} of {len(people)} photos read")
    textures, seen, lights = _divide_light(samples, model)
    filled = _fill(textures, seen & _is_skin(textures, seen, model), model)
    both = np.concatenate([filled, filled[:, model.mirror]])
    flat = both.reshape(len(both), -1)
    mean = flat.mean(0)
    _, s, vt = np.linalg.svd(flat - mean, full_matrices=False)
    basis = vt[:ALBEDO_SIZE] * (s[:ALBEDO_SIZE, None] / np.sqrt(len(flat) - 1))
    share = np.cumsum(s**2) / (s**2).sum()
    print(f"albedo variance explained: 20 {share[19]:.3f}, 40 {share[39]:.3f}, 80 {share[79]:.3f}")
    return {
        "albedo_mean": mean.reshape(-1, 3).astype(np.float32),
        "albedo_basis": basis.reshape(ALBEDO_SIZE, -1, 3).astype(np.float16),
        "studio_light": np.mean(lights, axis=0).astype(np.float32),
    }


def _samples(model: FaceModel, portrait: Portrait) -> VertexSamples:
    fit = fit_landmarks(model, portrait.landmarks)
    return sample_vertices(model, fit, portrait.image(), portrait.mask())


def _divide_light(
    samples: Sequence[VertexSamples], model: FaceModel
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Albedo textures (N, V, 3), what was seen (N, V), lights; first on constant skin."""
    n, v = len(samples), len(samples[0].visible)
    average: np.ndarray | None = None
    textures = np.zeros((n, v, 3), np.float32)
    seen = np.stack([s.visible for s in samples])
    for _ in range(3):
        lights = []
        for i, s in enumerate(samples):
            skin = np.median(s.colour[s.visible], axis=0)
            if average is None:
                albedo = np.broadcast_to(skin, (v, 3))
            else:
                own = np.median(average[s.visible], axis=0)
                albedo = average * (skin / own)
            light = fit_white_light(s, albedo)
            # The photo's exposure belongs to its skin: scale the light to a mean of one.
            light = light / np.median(shading(s.basis[s.visible], light))
            lights.append(light)
            # Light bounced off the face reaches what the lamps do not, under nose and chin.
            textures[i] = s.colour / np.maximum(shading(s.basis, light), BOUNCE)[:, None]
        weight = seen[..., None] + 1e-3
        average = (textures * weight).sum(0) / weight.sum(0)
        average = (average + average[model.mirror]) / 2
    return np.clip(textures, 0, 1), seen, lights


def _is_skin(textures: np.ndarray, seen: np.ndarray, model: FaceModel) -> np.ndarray:
    """(N, V) bool: not backdrop or cloth (bluer than red), nor hair over forehead and temples."""
    mean = model.mean
    eyes = np.zeros(len(mean), bool)
    for centre in mean[[468, 473]]:
        eyes |= np.linalg.norm(mean - centre, axis=1) < 18
    above = (mean[:, 1] > mean[105, 1] + 5) | (np.abs(mean[:, 0]) > 58)
    luminance = textures.mean(2)
    usual = np.array([np.median(x[s]) for x, s in zip(luminance, seen, strict=True)])[:, None]
    blue = textures[..., 2] > textures[..., 0] * 1.02
    hair = above & ((luminance < 0.55 * usual) | (luminance > 1.9 * usual))
    return eyes | ~(blue | hair)


def _fill(textures: np.ndarray, seen: np.ndarray, model: FaceModel) -> np.ndarray:
    """Colour the hidden vertices: from the mirror side, then smoothly from the seen ones,
    then by a few rounds of low-rank completion over the people."""
    filled = textures.copy()
    laplace = _neighbour_mean(model)
    # Hair and backdrop lie over most of the apron: it takes its colour from the face.
    control = np.zeros((len(model.control_mean), 1), np.float32)
    control[LANDMARK_COUNT:] = 1
    reliable = (seen.mean(0) > 0.3) & (model.subdivide(control)[:, 0] < 0.2)
    for i in range(len(filled)):
        known = seen[i] & reliable
        other = known[model.mirror] & ~known
        filled[i][other] = filled[i][model.mirror][other]
        known = known | other
        x = filled[i]
        x[~known] = np.median(x[known], axis=0)
        for _ in range(150):
            x[~known] = (laplace @ x)[~known]
    missing = ~(seen & reliable)
    for _ in range(4):
        flat = filled.reshape(len(filled), -1)
        mean = flat.mean(0)
        u, s, vt = np.linalg.svd(flat - mean, full_matrices=False)
        low = ((u[:, :25] * s[:25]) @ vt[:25] + mean).reshape(filled.shape)
        trusted = missing & reliable
        filled[trusted] = low[trusted]
    return np.clip(filled, 0, 1)


def _neighbour_mean(model: FaceModel) -> sparse.csr_matrix:
    """(V, V) averaging matrix over the mesh's edges."""
    t = model.triangles
    rows = t[:, [0, 1, 2, 1, 2, 0]].ravel()
    columns = t[:, [1, 2, 0, 0, 1, 2]].ravel()
    v = len(model.mirror)
    a = sparse.coo_matrix((np.ones(len(rows)), (rows, columns)), (v, v)).tocsr()
    a.data[:] = 1
    degree = np.maximum(np.asarray(a.sum(1)).ravel(), 1)
    return sparse.diags(1 / degree) @ a
