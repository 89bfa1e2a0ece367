"""What cheeks reflect where a photo saw them too flatly: the skin's colour, and its shadow."""

from __future__ import annotations

import numpy as np

from models.relief.frame import smoothstep

# Skin seen steeper than the first depth of its normal lends its colour to what is seen flatter,
# if so far beside the middle; over such a distance, a beard over less: what lies next to
# glasses, brows or hair is in their shadow.
LENDERS_MM, LEAST_LENDERS = 38.0, 16
SURE_DEPTH, LENDING_MM = 0.7, (20.0, 6.0)
# Colours are compared this softly.
TONE_MM = 5.0
LENDING_RAMP, LEAST_LEVEL, MOUSTACHE_MM = 0.12, 0.8, 12.0
MOUTH_CORNERS = (61, 291)
# The rims of cheeks are looked at between such depths and heights; they are mostly so bright.
# Skin is darker there the flatter it is seen; darker than the last it lies in shadow.
RIM_DEPTHS, RIM_MM, USUAL_RIM, SURELY_SHADOW = (0.15, 0.5), (-60.0, 0.0), 0.75, 0.45
# A shadow is followed along the rim over such heights. The photo shows where it falls up to such
# depths; from there on it goes on.
FOLLOWED_MM, FALLING = 12.0, (0.2, 0.4)


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
    weight = 1 / (1 + away / reach**2) ** 2
    lent = weight @ albedo[lenders] / weight.sum(1, keepdims=True)
    out[asking] += seen_flatly(depth[asking])[:, None] * (lent - out[asking])
    return out


def seen_flatly(depth: np.ndarray) -> np.ndarray:
    """(N,) 0..1: how far skin of such depths (N,) of its normals is seen too flatly."""
    return smoothstep(depth, SURE_DEPTH + LENDING_RAMP, SURE_DEPTH - LENDING_RAMP)


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


def in_shadow(vertices: np.ndarray, level: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(V,) 0..1: the light that a face's own shadow leaves on its cheeks, 1 for all of it.

    No light of low order makes such a shadow: it falls where the photo shows it fall, and goes on
    around the cheek at each height. Arguments as for `lit_half`.
    """
    rim = _rim(vertices, level, depth)
    height = np.clip(vertices[:, 1], *RIM_MM)
    out = np.ones(len(vertices), np.float32)
    for half in (vertices[:, 0] < 0, vertices[:, 0] >= 0):
        some = np.flatnonzero(half & rim)
        if len(some):
            near = np.exp(-(((height[half, None] - height[some]) / FOLLOWED_MM) ** 2) / 2)
            mean = np.minimum(near @ level[some] / near.sum(1), 1)
            out[half] = mean + smoothstep(mean, SURELY_SHADOW, USUAL_RIM) * (1 - mean)
    shown = np.clip(np.nan_to_num(level, nan=1.0), out, 1)
    return np.asarray(out + smoothstep(depth, *FALLING) * (shown - out))
