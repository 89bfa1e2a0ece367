"""Skin for cheeks that the photo saw too flatly: their colour with the photo's own grain.

Galerne, Gousseau and Morel, "Random Phase Textures" (IEEE TIP 2011): noise with the spectrum of
a patch of skin has its pores, but no feature that the eye would find again.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.face.fitting import OUTLINE
from models.face.lighting import linear_to_srgb, srgb_to_linear
from models.relief.frame import HeadFrame, colourful, skin_tone, smoothstep
from models.relief.sampling import UNITS, pack

# Landmarks on cheeks and forehead, and the least depth of their normals, for patches of skin so
# large and, in parts of the usual, so bright: a fringe is none.
LENDERS = 50, 280, 205, 425, 187, 411, 36, 266, 151, 108, 337
LEAST_DEPTH, PATCH_MM, LEAST_LEVEL = 0.6, 18.0, 0.7
# The plainest patches may be blurred; the next one is skin, without glasses or wrinkles.
CHOSEN = 2
# What is coarser than blotches of skin belongs to the light, and what is so many times the usual
# is no skin; what is coarser than grain is no hair.
BLOTCH_MM, MOST, COARSEST_MM = 3.5, 2.5, 1.4
# Grain is made for so much skin, at no more px per mm, on this grey: gains make it lighter.
SIDE_MM, FINEST, GREY = 192.0, 5.0, 210.0
# A beard has so many times the detail of the cheeks, and either this part of their chroma or of
# the brightness that skin would have there: where it begins and where it surely is one.
HAIRY, GREYER, DARKER = (1.3, 2.2), (0.75, 0.55), (0.75, 0.5)
# Cheeks of less detail are blurred. Detail is averaged over so much, this far within the face's
# outline: that is no detail.
LEAST_DETAIL, AROUND_MM, WITHIN_MM = 0.004, 3.0, 1.2
# The way back along a cheek is nearly this one: outward, forward. It begins so far out.
BACKWARD, BEGINS_MM = np.array([0.34, -0.94]), 30.0


@dataclass(frozen=True)
class Cheeks:
    """places: (V, 2) mm from 0 on of a face's vertices, its cheeks laid out flat. lenders: (N, 2)
    px of the frame, the middles of patches that may be plain skin. density: its px per mm."""

    places: np.ndarray
    lenders: np.ndarray
    density: float

    @classmethod
    def of(cls, frame: HeadFrame, vertices: np.ndarray, depth: np.ndarray) -> Cheeks:
        """Those of fitted vertices (V, 3) mm, face frame, and the depths (V,) of their normals."""
        along = np.abs(vertices[:, 0]) * BACKWARD[0] + vertices[:, 2] * BACKWARD[1]
        flat = np.stack([along, -vertices[:, 1]], 1)
        places = np.abs(flat - flat[np.abs(vertices[:, 0]) > BEGINS_MM].min(0))
        some = np.array(LENDERS)
        least = min(LEAST_DEPTH, float(depth[some].max()))
        lenders = frame.screen[some[depth[some] >= least], :2]
        return cls(places.astype(np.float32), lenders, frame.pixels_per_mm)

    def skin(self, texture: np.ndarray, scale: float) -> tuple[np.ndarray, float]:
        """Skin like the lenders' in a texture (H, W, 4) at scale px of the frame's.

        Returns a texture as `sampling.pack` makes it, GREY on average, and its px per mm.
        """
        density = self.density * scale
        half = min(max(4, round(PATCH_MM / 2 * density)), *(n // 2 for n in texture.shape[:2]))
        room = np.array(texture.shape[1::-1]) - 2 * half
        corners = np.clip(np.rint((self.lenders + 0.5) * scale - 0.5 - half), 0, room).astype(int)
        patches = [texture[y : y + 2 * half, x : x + 2 * half, :3] for x, y in corners]
        levels = [patch.mean() for patch in patches]
        least = LEAST_LEVEL * np.median(levels)
        patches = [patch for patch, level in zip(patches, levels, strict=True) if level >= least]
        finest = min(density, FINEST)
        side = max(8, round(2 * half * finest / density))
        spectra = sorted((_spectrum(patch, side, finest) for patch in patches), key=np.sum)
        return _noise(spectra[min(CHOSEN, len(spectra) - 1)], round(SIDE_MM * finest)), finest


def reached(wanted: np.ndarray) -> np.ndarray:
    """Factors (N, 3) with which `draw` shows GREY as a colour (N, 3), linear."""
    shown, grey = np.minimum(linear_to_srgb(wanted), 1), np.float32(GREY / 255)
    # The inverse of how bright values roll off.
    bright = shown * (1 - grey**3) / (grey - shown * grey**3)
    return np.where(shown > grey, bright, shown / grey)


def beard_on(
    frame: HeadFrame, image: np.ndarray, alpha: np.ndarray, wanted: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(V,) 0..1: how far the vertices of a bearded face show beard, not skin.

    And (V, 3) the colour there, linear and without detail. image: (H, W, 3) uint8, the frame's
    own picture; alpha: (H, W) its matte. wanted: (V,) linear brightness that skin would have.
    """
    k = frame.pixels_per_mm
    ring = np.rint(frame.screen[list(OUTLINE), :2]).astype(np.int32)
    face = cv2.fillPoly(np.zeros(alpha.shape, np.uint8), [ring], 1)
    margin = 2 * max(1, round(WITHIN_MM * k)) + 1
    face = cv2.erode(face, np.ones((margin, margin), np.uint8)) * np.float32(alpha > 0.95)

    def mean(values: np.ndarray, reach: float) -> np.ndarray:
        wide = max(reach * k, 0.8)
        total = np.maximum(cv2.GaussianBlur(face, (0, 0), wide), 1e-3)
        return np.asarray(cv2.GaussianBlur(values * face, (0, 0), wide) / total)

    photo = image.astype(np.float32)
    grey = photo.mean(2)
    detail = mean(np.abs(grey - mean(grey, COARSEST_MM)) / (grey + 20), AROUND_MM)
    parts = [detail, *(mean(photo[..., c], AROUND_MM) for c in range(3))]
    x, y = frame.screen[:, :2].T.astype(np.float32)[:, None]
    rough, *colour = (cv2.remap(v, x, y, cv2.INTER_LINEAR)[0] for v in parts)
    own, tone = np.stack(colour, 1), skin_tone(photo, frame, 1.0)
    usual = max(float(skin_tone(detail[..., None], frame, 1.0)[0, 0]), LEAST_DETAIL)
    linear = srgb_to_linear(own / 255)
    dark = smoothstep(linear.mean(1) / np.maximum(wanted, 1e-3), *DARKER)
    hair = smoothstep(rough / usual, *HAIRY)
    grey_hair = smoothstep(colourful(own, tone[0]), *GREYER)
    return hair * np.maximum(dark, grey_hair), linear


def _spectrum(patch: np.ndarray, side: int, density: float) -> np.ndarray:
    """(side, side) power of the detail, in parts of its brightness, of a patch (h, w, 3)."""
    grey = patch.astype(np.float32).mean(2) / UNITS
    grey = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    level = cv2.GaussianBlur(grey, (0, 0), max(BLOTCH_MM * density, 1.0))
    detail = grey / np.maximum(level, 4) - 1
    limit = MOST * np.median(np.abs(detail)) / 0.6745
    window = np.outer(*2 * [np.hanning(side + 2)[1:-1]])
    spot = window * np.clip(detail, -limit, limit)
    power = np.abs(np.fft.fft2(spot - window * spot.sum() / window.sum())) ** 2
    # The same in all directions: wrinkles have one, and the blocks of JPEG two.
    away = np.abs(np.fft.fftfreq(side) * side)
    ring = np.rint(np.hypot(away[:, None], away)).astype(int).ravel()
    mean = np.bincount(ring, power.ravel()) / np.maximum(np.bincount(ring), 1)
    return np.asarray(mean[ring].reshape(power.shape) / (window**2).sum(), np.float32)


def _noise(spectrum: np.ndarray, size: int) -> np.ndarray:
    """A texture (size, size, 4) of GREY with noise of a spectrum."""
    whole = cv2.resize(np.fft.fftshift(spectrum), (size, size), interpolation=cv2.INTER_LINEAR)
    white = np.random.default_rng(0).standard_normal((size, size), np.float32)
    field = np.fft.irfft2(
        np.fft.rfft2(white) * np.sqrt(np.fft.ifftshift(whole))[:, : size // 2 + 1], white.shape
    )
    grey = np.repeat(GREY * (1 + field[..., None]), 3, 2)
    return pack(grey, np.ones(white.shape, np.float32))
