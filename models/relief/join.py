"""Where a turn shows an ear joining its cheek: both have one colour there, and no line between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from models.face.lighting import srgb_to_linear
from models.relief.face import FaceSheet
from models.relief.frame import HeadFrame, smoothstep
from models.relief.grid import BEYOND, Grid
from models.relief.motion import DISPLAY_POWER
from models.relief.outline import sampled
from models.relief.sheets import Sheet

# So far from its cheek an ear has its own colour alone. Beside it every pixel takes the cheek's,
# for the cheek's rim and what shines on it are drawn with the ear; further on only their mean.
REACH_MM, EACH_MM = 18.0, (7.0, 2.0)
# A border is where the mesh's fades by so much.
AT_BORDER = 0.9
# No ear is made darker or lighter than by this.
LIMITS = 0.15, 4.0


@dataclass(frozen=True)
class Join:
    """Ears on a sheet beside the face's border.

    some: (N,) the sheet's vertices. beside: (N,) the face's nearest to them. colour: (N, 3)
    linear, theirs in the photo. share: (N,) 1 at the border, 0 where the ear is its own.
    mirrored: whether it is one whose light tells nothing here: as a whole it has the cheek's.
    """

    some: np.ndarray
    beside: np.ndarray
    colour: np.ndarray
    share: np.ndarray
    mirrored: bool

    @classmethod
    def of(
        cls, frame: HeadFrame, grid: Grid, sheet: Sheet, face: FaceSheet, mirrored: bool = False
    ) -> Join | None:
        """Those of a sheet that carries pixels of the grid; None where there are none.

        mirrored: whether the whole sheet is an ear from the other side.
        """
        border = face.shown[((face.border > AT_BORDER) & (face.clear > 0))[face.shown]]
        if not min(len(border), len(sheet.uv)):
            return None
        place = sheet.uv / grid.spacing + BEYOND
        from_face, ears, own = (
            sampled(values, place) for values in (grid.from_face, grid.ears, grid.colour)
        )
        share = smoothstep(ears, 0, 0.5) * smoothstep(from_face, REACH_MM, 0)
        if mirrored:
            share = np.ones_like(share)
        some = np.flatnonzero(share > 0)
        if not len(some):
            return None
        colour = face.toned(sheet.uv[some])
        if mirrored:
            colour[:] = np.median(colour[sheet.opacity > 0.5], axis=0)
        else:
            each = smoothstep(from_face[some], *EACH_MM)[:, None]
            colour += each * (srgb_to_linear(own[some] / 255) - colour)
        beside = border[cKDTree(frame.points[border]).query(sheet.points[some])[1]]
        share = share[some] if mirrored else share[some] * face.clear[beside]
        return cls(some, beside, colour, share, mirrored)

    def met(
        self, gain: np.ndarray, face: FaceSheet, lit: np.ndarray, turned: np.ndarray
    ) -> np.ndarray:
        """Gains (V, 3) on the sheet under which its ears have the cheek's colour at its border.

        lit: (W, 3) the face's shading after the edit; turned: (W,) depths of its normals then.
        """
        shown = self.colour * gain[self.some] ** (1 / DISPLAY_POWER)
        wanted, share = face.lit_skin(self.beside, lit, turned), self.share
        if self.mirrored:
            wanted, shown = wanted.mean(0), shown.mean(0)
        else:
            share = share * face.opened(self.beside, turned)
        ratio = np.clip(wanted / np.maximum(shown, 1e-4), *LIMITS)
        out = gain.copy()
        out[self.some] *= ratio ** (DISPLAY_POWER * share[:, None])
        return out
