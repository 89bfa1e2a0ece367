"""What cheeks reflect where a photo saw them too flatly: the skin's colour, and its shadow."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.relief.frame import smoothstep

# Skin seen steeper than the first depth of its normal lends its colour to what is seen flatter,
# if so far beside the middle; over such a distance, a beard over less: what lies next to
# glasses, brows or hair is in their shadow.
LENDERS_MM, LEAST_LENDERS = 38.0, 16
SURE_DEPTH, LENDING_MM = 0.7, (10.0, 6.0)
# Colours are compared this softly.
TONE_MM = 5.0
LENDING_RAMP, LEAST_LEVEL, MOUSTACHE_MM = 0.12, 0.8, 12.0
MOUTH_CORNERS = (61, 291)
# The rims of cheeks are looked at between such depths and heights; they are mostly so bright.
RIM_DEPTHS, RIM_MM, USUAL_RIM = (0.15, 0.5), (-60.0, 0.0), 0.75
# What is seen as flatly is told from the other half, if that shows it so much less flatly.
HIDDEN, GAINED = (0.42, 0.15), (0.12, 0.4)
# Pixels that are not all a vertex' own are worse from such a depth on.
UNSURE = 0.6, 0.4
# What faces the camera so much and is hidden all the same lies behind the nose.
FACING = 0.1, 0.3
# Where levels of cheeks are looked at, height and depth; so far off they are less alike. What
# is brighter or darker than that is no skin.
HEIGHTS, DEPTHS, ALIKE = np.linspace(-60, 0, 7), np.linspace(0.15, 0.95, 9), (12.0, 0.1)
LEVELS = 0.25, 1.3


def lent_albedo(
    vertices: np.ndarray, albedo: np.ndarray, sure: np.ndarray, depth: np.ndarray, side: np.ndarray
) -> np.ndarray:
    """Albedos (V, 3) whose unsure ones on the cheeks, side (V,), come from those sure nearby.

    depth: (V,) of the normals; sure ones hardly lie below SURE_DEPTH.
    """
    out = albedo.astype(np.float32)
    level = albedo.mean(1)
    lenders = np.flatnonzero(sure & (np.abs(vertices[:, 0]) > LENDERS_MM))
    asking = np.flatnonzero((depth < SURE_DEPTH + LENDING_RAMP) & (side > 0))
    if len(lenders) < LEAST_LENDERS or not len(asking):
        return out
    # A beard is dark by itself; beside eyes and brows it is glasses, hair or their shadow.
    beard = vertices[lenders, 1] < vertices[list(MOUTH_CORNERS), 1].mean() + MOUSTACHE_MM
    fair = level[lenders] > LEAST_LEVEL * np.median(level[lenders])
    reach = np.where(fair, *LENDING_MM)[beard | fair]
    lenders = lenders[beard | fair]
    ours, theirs = vertices[asking], vertices[lenders]
    away = (ours**2).sum(1)[:, None] + (theirs**2).sum(1) - 2 * (ours @ theirs.T)
    weight = 1 / (1 + away / reach**2) ** 4
    lent = weight @ albedo[lenders] / weight.sum(1, keepdims=True)
    out[asking] += seen_flatly(depth[asking])[:, None] * (lent - out[asking])
    return out


def seen_flatly(depth: np.ndarray) -> np.ndarray:
    """(N,) 0..1: how far skin of such depths (N,) of its normals is seen too flatly."""
    return smoothstep(depth, SURE_DEPTH + LENDING_RAMP, SURE_DEPTH - LENDING_RAMP)


def seen_better(
    depth: np.ndarray, behind: np.ndarray, tinted: np.ndarray, mirror: np.ndarray
) -> np.ndarray:
    """(V,) 0..1: how much better a photo shows each vertex' counterpart on the other half.

    depth: (V,) of the normals; behind, tinted: (V,) 0..1, see `hidden`; mirror: (V,) the
    counterparts.
    """
    gained = smoothstep(depth[mirror] - depth, *GAINED)
    flatly = np.maximum(smoothstep(depth, *HIDDEN), tinted * smoothstep(depth, *UNSURE))
    worse = np.maximum(flatly * gained, behind * smoothstep(depth, *FACING))
    return np.asarray(worse * (1 - np.maximum(behind, tinted)[mirror]), np.float32)


def _rim(vertices: np.ndarray, level: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(V,) bool: the cheeks' rims, where their brightness level (V,) is known, not nan."""
    height = vertices[:, 1]
    rim = (depth > RIM_DEPTHS[0]) & (depth < RIM_DEPTHS[1]) & np.isfinite(level)
    return np.asarray(rim & (height > RIM_MM[0]) & (height < RIM_MM[1]))


def lit_half(vertices: np.ndarray, level: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(V,) 0..1: how bright the rims of the cheeks are beside most; a value for each half.

    level: (V,) brightness seen there, in parts of what skin would have, or nan. depth: (V,) of
    the normals.
    """
    rim = _rim(vertices, level, depth)
    out = np.ones(len(vertices), np.float32)
    for half in (vertices[:, 0] < 0, vertices[:, 0] >= 0):
        if (half & rim).any():
            out[half] = min(1.0, float(np.median(level[half & rim])) / USUAL_RIM)
    return out


@dataclass(frozen=True)
class Falloff:
    """How bright cheeks are, in parts of what skin would be under a light of low order.

    By height and by how flatly they are seen, each half for itself: no such light makes a
    face's own shadow, and skin that turns out of it is as bright as what the photo saw so.
    levels: (2 HEIGHTS, DEPTHS) of the left half, then of the right. row: (V,) float32, of each
    vertex.
    """

    levels: np.ndarray
    row: np.ndarray

    @classmethod
    def of(cls, vertices: np.ndarray, level: np.ndarray, depth: np.ndarray) -> Falloff:
        """That of levels (V,), nan where none is known, and depths (V,) of the normals."""
        place = np.stack([vertices[:, 1] / ALIKE[0], depth / ALIKE[1]], 1)
        nodes = np.stack(np.meshgrid(HEIGHTS / ALIKE[0], DEPTHS / ALIKE[1], indexing="ij"), -1)
        left = vertices[:, 0] < 0
        halves = []
        for half in (left, ~left):
            some = np.flatnonzero(half & np.isfinite(level) & (depth > DEPTHS[0]))
            away = ((nodes[:, :, None] - place[some]) ** 2).sum(-1)
            weight = 1 / (1 + away) ** 4
            total = weight.sum(-1) + 1e-9
            halves.append((weight @ level[some] + 1e-9) / total)
        row = np.interp(vertices[:, 1], HEIGHTS, np.arange(len(HEIGHTS)))
        levels = np.clip(np.concatenate(halves), *LEVELS).astype(np.float32)
        return cls(levels, (row + np.where(left, 0, len(HEIGHTS))).astype(np.float32))

    def at(self, depth: np.ndarray, some: np.ndarray) -> np.ndarray:
        """(N, 1) of vertices some (N,) when the depths (N,) of their normals are these."""
        column = np.clip((depth - DEPTHS[0]) / (DEPTHS[1] - DEPTHS[0]), 0, len(DEPTHS) - 1)
        if not len(some):
            return np.ones((0, 1), np.float32)
        return cv2.remap(
            self.levels, column.astype(np.float32), self.row[some], cv2.INTER_LINEAR
        ).reshape(-1, 1)
