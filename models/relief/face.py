"""The fitted face as a sheet of its own: its mesh, pixels, normals and what hair hides of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from models.face.fitting import OUTLINE
from models.face.lighting import srgb_to_linear
from models.face.mesh import mean_around, vertex_normals
from models.relief.cheek import Cheeks, beard_on, reached
from models.relief.frame import HeadFrame, smoothstep
from models.relief.grid import BEYOND, Grid, border_loop
from models.relief.hidden import behind, tinted
from models.relief.motion import DISPLAY_POWER, FILL, shading
from models.relief.outline import sampled
from models.relief.reflectance import (
    SURE_DEPTH,
    TONE_MM,
    Falloff,
    lent_albedo,
    lit_half,
    seen_better,
    seen_flatly,
)
from models.relief.rims import wings
from models.relief.sideburns import hair_beside, hair_on_cheeks

# Normals blend with those of the surroundings over this distance from the outline.
NORMAL_SEAM_MM = 16.0
# Beyond this angle to the view the cheek's pixels are shared out more evenly.
STEEP, EVEN, CHEEK_MM = np.radians(64), 0.45, 66.0
CHEEK_BEGINS_MM, CHEEK_SURELY_MM = 44.0, 56.0
# Pixels spread this many times wider begin to show as streaks, and surely do; sooner where so
# strong a gain makes them like the rest: they are hair's, or a shadow's.
STRETCH, LIFTED, LIFT = (1.6, 3.0), (1.35, 2.2), (0.03, 0.1)
# From so far below the eyes on, what is so much darker than the skin is hair or brows; so much
# darker than what surrounds it, glasses: a shadow is broad.
EYE_CORNERS = 33, 263
BELOW_EYES_MM, THIN = (14.0, 4.0), (0.75, 0.5)
# Arms of glasses go on without a gap through steps so wide, so far behind the eyes' corners and
# above or below them; without any, what is dark from there on is no arm.
GAP_MM, GAP_STEP_MM, ARMS_MM, WORN, BEHIND_MM = (5.0, 20.0), 5.0, 22.0, (0.1, 0.4), (4.0, 10.0)
# The border melts into what lies beside it over this much.
BORDER_MM = 1.5, 13.0
# How often gains are averaged over neighbouring vertices.
SOFTEN_STEPS = 3
# Where half is in such shadow, in parts of the light, nothing dark is told from it; what is so
# much hair tells no shadow.
TELLING, HAIRY = (0.65, 0.9), 0.2
EVENING_LIMITS = np.array([0.45, 2.2], np.float32)


@dataclass(frozen=True)
class FaceSheet:
    """The face's mesh over its photo.

    triangles: (F, 3) int32. uv: (V, 2) px. normals: (V, 3) fitted, face frame. seam: (V,) share
    of around: (V, 3) the surroundings' normals, face frame. bare: (V,) 0 and less under hair, 1
    and more before it, linear between. side: (V,) 1 on the cheeks. view: (V, 3) the normals in
    the photo's camera frame. albedo: (V, 3) linear, the cheeks' carried on to what the photo saw
    too flatly; falloff: what keeps light off it. tone: (h, w, 3) linear, the photo's colours
    without detail, in cells of so many px. cheeks: skin for them. arms, hair: (V,) 1 on glasses'
    arms and on hair before the ears. border: (V,) 1 at the mesh's border, 0 within. hidden: (V,)
    0..1 where the photo shows a vertex' counterpart on the other half better.
    """

    triangles: np.ndarray
    uv: np.ndarray
    normals: np.ndarray
    seam: np.ndarray
    around: np.ndarray
    bare: np.ndarray
    side: np.ndarray
    view: np.ndarray
    albedo: np.ndarray
    falloff: Falloff
    tone: np.ndarray
    cell: float
    cheeks: Cheeks
    arms: np.ndarray
    hair: np.ndarray
    border: np.ndarray
    hidden: np.ndarray

    @cached_property
    def wings(self) -> np.ndarray:
        """The mesh's edges, see `rims.wings`."""
        return wings(self.triangles)

    @cached_property
    def shown(self) -> np.ndarray:
        """Vertices that a triangle uses."""
        return np.unique(self.triangles)

    @cached_property
    def _around(self) -> sparse.csr_matrix:
        """(V, V): each vertex' mean over itself and its neighbours."""
        return mean_around(self.triangles, len(self.uv))

    def softened(self, gain: np.ndarray) -> np.ndarray:
        """Gains (V, 3) without what single folds of the mesh would draw as lines."""
        for _ in range(SOFTEN_STEPS):
            gain = self._around @ gain
        return gain

    @classmethod
    def of(
        cls, frame: HeadFrame, vertices: np.ndarray, triangles: np.ndarray, mirror: np.ndarray,
        grid: Grid, light: np.ndarray, image: np.ndarray, alpha: np.ndarray, bearded: bool,
    ) -> FaceSheet:  # fmt: skip
        """The sheet of fitted vertices (V, 3) mm, their triangles (F, 3) and SH light (9, 3).

        mirror: (V,) each vertex' counterpart on the other half, which tells what the photo's own
        pose hides. image: (H, W, 3) uint8, the frame's own picture; alpha: (H, W) its matte.
        bearded: whether it has a whole beard.
        """
        outline = vertices[list(OUTLINE)]
        reach = np.linalg.norm(vertices[:, None] - outline[None], axis=-1).min(1)
        seam = np.zeros(len(vertices), np.float32)
        used = np.unique(triangles)
        seam[used] = 1 - smoothstep(reach[used], 1.0, NORMAL_SEAM_MM)
        normals = vertex_normals(vertices, triangles)
        view = np.ascontiguousarray(normals @ frame.turn.T)
        around = _at(grid, grid.normals, frame.screen) @ frame.turn
        side = smoothstep(np.abs(vertices[:, 0]), CHEEK_BEGINS_MM, CHEEK_SURELY_MM)
        tone = _tone(frame, grid)
        lit = shading(view.astype(np.float32), light.astype(np.float32))
        seen = _at(grid, tone, frame.screen) / (lit + FILL)
        shown = _at(grid, grid.matte, frame.screen) > 0.9
        sure = (
            (view[:, 2] > SURE_DEPTH) & shown & (grid.bare > 0.9) & np.isin(range(len(seen)), used)
        )
        lent = lent_albedo(vertices, seen, sure, view[:, 2], side)
        clear = np.isin(range(len(seen)), used) & (grid.bare > 1) & (side > 0.5)
        level = np.where(clear, seen.mean(1) / np.maximum(lent.mean(1), 1e-3), np.nan)
        in_light = lit_half(vertices, level, view[:, 2])
        told = smoothstep(in_light, *TELLING)
        least = cv2.erode(srgb_to_linear(grid.colour / 255).mean(-1), np.ones((3, 3), np.uint8))
        least = _at(grid, least, frame.screen) / (lit.mean(1) + FILL)
        arms = _arms(vertices, used, smoothstep(least / np.maximum(seen.mean(1), 1e-3), *THIN))
        flatly = (seen_flatly(view[:, 2]) * side)[:, None]
        skin = lent * (1 - flatly * (1 - in_light[:, None])) * (lit + FILL)
        away = cKDTree(vertices[border_loop(triangles)]).query(vertices)[0]
        border = smoothstep(away, *BORDER_MM[::-1])
        hair, colour = hair_on_cheeks(
            frame, vertices, triangles, view[:, 2], side * told, border, skin,
            hair_beside(frame, grid), image, alpha,
        )  # fmt: skip
        level[hair > HAIRY] = np.nan
        falloff = Falloff.of(vertices, level, view[:, 2])
        own = (lit + FILL) * falloff.at(view[:, 2], np.arange(len(view)))
        hidden = seen_better(view[:, 2], behind(frame, triangles), tinted(frame, alpha), mirror)
        hair, colour = _of_both(hair, colour / own, mirror, hidden)
        lent += hair[:, None] * (colour - lent)
        if bearded:
            beard, colour = beard_on(frame, image, alpha, (lent * own).mean(1))
            beard, colour = _of_both(beard, colour / own, mirror, hidden)
            lent += (told * beard * side)[:, None] * (colour - lent)
        return cls(
            triangles.astype(np.int32), frame.screen[:, :2].copy(), normals, seam, around,
            grid.bare, side, view, lent, falloff, tone, grid.spacing,
            Cheeks.of(frame, vertices, view[:, 2]), arms, hair, border, hidden,
        )  # fmt: skip

    def shading_normals(self, normals: np.ndarray) -> np.ndarray:
        """Unit normals (V, 3), face frame, of (V, 3) blended into the surroundings."""
        blend = self.seam[:, None]
        mixed = normals * (1 - blend) + self.around * blend
        return mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-6)

    def slide(self, turned: np.ndarray) -> np.ndarray:
        """(V, 2) mm of picture by which the cheek's pixels move as its rim turns into view.

        The few pixels seen at grazing angles would smear; pixels from further in share the way.
        turned: (V,) depths of the normals after the turn.
        """
        share = smoothstep(turned - self.view[:, 2], 0.05, 0.35)
        return share[:, None] * self._way

    @cached_property
    def _way(self) -> np.ndarray:
        """(V, 2) float32 mm by which the cheek's pixels move at most, see `slide`."""
        angle = np.arccos(np.clip(self.view[:, 2], -0.6, 1))
        evened = np.where(angle > STEEP, STEEP + (angle - STEEP) * EVEN, angle)
        way = CHEEK_MM * (np.sin(evened) - np.sin(angle)) * self.side * (1 - self.hair)
        flat = self.view[:, :2]
        out = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 0.05)
        return (way[:, None] * out * [1, -1]).astype(np.float32)

    @cached_property
    def clear(self) -> np.ndarray:
        """(V,) 0..1, 1 well before the hair: for what must be gone where the hair begins."""
        return smoothstep(self.bare, 0.5, 2.0)

    @cached_property
    def _flat(self) -> tuple[np.ndarray, np.ndarray]:
        """The cheeks' vertices that the photo saw flatly, and how far each (N,) is one."""
        share = smoothstep(self.view[:, 2], 0.8, 0.5) * self.side * self.clear * (1 - self.arms)
        some = np.flatnonzero(share > 0)
        return some, share[some]

    def toned(self, uv: np.ndarray) -> np.ndarray:
        """(N, 3) linear: the photo's colours without detail at uv (N, 2) px."""
        return sampled(self.tone, uv / self.cell + BEYOND)

    def reflected(self, some: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """(N, 3) albedos of vertices some (N,), less what keeps light off normals so deep (V,)."""
        return np.asarray(self.albedo[some] * self.falloff.at(depth[some], some))

    def lit_skin(self, some: np.ndarray, lit: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """(N, 3) linear colours of vertices some (N,) under shading lit (V, 3); see `reflected`."""
        return np.asarray(self.reflected(some, depth) * (lit[some] + FILL))

    def opened(self, some: np.ndarray, turned: np.ndarray) -> np.ndarray:
        """(N,) how far some vertices (N,) turn into view; turned: as for `slide`."""
        return smoothstep(turned[some] - self.view[some, 2], 0.05, 0.3)

    def alike(
        self, some: np.ndarray, lit: np.ndarray, turned: np.ndarray, tone: np.ndarray
    ) -> np.ndarray:
        """(N, 3) gains under which pixels of tones (N, 3) are as `lit_skin` of some (N,)."""
        wanted = self.lit_skin(some, lit, turned) / np.maximum(tone, 1e-4)
        return np.asarray(np.clip(wanted, *EVENING_LIMITS) ** DISPLAY_POWER)

    def evened(
        self, gain: np.ndarray, lit: np.ndarray, turned: np.ndarray, uv: np.ndarray
    ) -> np.ndarray:
        """Gains (V, 3) under which cheeks that turn into view keep the colour of the rest.

        Pixels seen flatly are darker, or shine more, than any shading says. lit: (V, 3) shading
        after the edit. turned: as for `slide`. uv: (V, 2) px where the pixels come from.
        """
        some, most = self._flat
        share = most * self.opened(some, turned)
        some, share = some[share > 0], share[share > 0]
        if not len(some):
            return gain
        wanted = self.alike(some, lit, turned, self.toned(uv[some]))
        out = gain.copy()
        out[some] += share[:, None] * (wanted - gain[some])
        return out

    def stretched(self, turned: np.ndarray, gain: np.ndarray) -> np.ndarray:
        """(V,) 0..1 where a turn spreads few pixels of skin wide, as streaks.

        gain: (V, 3) those of `evened`.
        """
        wider = turned / np.maximum(self.view[:, 2], 0.08)
        lifted = smoothstep(np.abs(np.log(gain)).max(1), *LIFT)
        wide = smoothstep(wider, *STRETCH)
        wide += lifted * (smoothstep(wider, *LIFTED) - wide)
        own = np.maximum(self.arms, self.hair)
        return wide * self.side * self.clear * (1 - own)

    def plain(self, lit: np.ndarray, turned: np.ndarray, opacity: np.ndarray) -> np.ndarray:
        """Gains (V, 3) on skin of `cheeks` of an opacity (V,) under shading (V, 3).

        turned: as for `slide`.
        """
        gain, some = np.ones_like(self.albedo), np.flatnonzero(self._around @ opacity)
        gain[some] = reached(self.lit_skin(some, lit, turned))
        return gain

    def melted(self, turned: np.ndarray) -> np.ndarray:
        """(V,) opacity: where a turn brings the mesh's border into view, it shows no edge."""
        nearer = smoothstep(turned - self.view[:, 2], 0.1, 0.3)
        return 1 - nearer * smoothstep(turned, 0.15, 0.4) * self.border

    def closing(self, turned: np.ndarray) -> np.ndarray:
        """(V,) where the rim turns into view: skin must close it, not the matte."""
        depth = self.view[:, 2]
        return smoothstep(turned - depth, 0.05, 0.2) * smoothstep(depth, 0.6, 0.4) * self.clear


def _of_both(
    share: np.ndarray, albedo: np.ndarray, mirror: np.ndarray, hidden: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shares (V,) and albedos (V, 3), the other half's, mirror (V,), for what is hidden (V,)."""
    mixed = albedo + hidden[:, None] * (albedo[mirror] - albedo)
    return share + hidden * (share[mirror] - share), mixed


def _arms(vertices: np.ndarray, used: np.ndarray, thin: np.ndarray) -> np.ndarray:
    """(V,) 0..1: how far what is thin and dark (V,) is brows, eyes or arms of glasses.

    vertices: (V, 3) mm, face frame; used: (N,) those shown. Glasses have two arms without a gap.
    """
    corners = vertices[list(EYE_CORNERS)].mean(0)
    behind = corners[2] - vertices[:, 2]
    arms = thin * smoothstep(corners[1] - vertices[:, 1], *BELOW_EYES_MM)
    near = used[np.abs(vertices[used, 1] - corners[1]) < ARMS_MM]
    least = np.ones(())
    for half in (vertices[near, 0] < 0, vertices[near, 0] >= 0):
        some = near[half]
        step = ((behind[some] - GAP_MM[0]) / GAP_STEP_MM).astype(int)
        most = np.zeros(round((GAP_MM[1] - GAP_MM[0]) / GAP_STEP_MM))
        known = (behind[some] >= GAP_MM[0]) & (step < len(most))
        np.maximum.at(most, step[known], arms[some[known]])
        least = np.minimum(least, most.min())
    return arms * (1 - (1 - smoothstep(least, *WORN)) * smoothstep(behind, *BEHIND_MM))


def _at(grid: Grid, values: np.ndarray, screen: np.ndarray) -> np.ndarray:
    """Values of the grid under screen points (V, 3)."""
    return sampled(values, screen[:, :2] / grid.spacing + BEYOND)


def _tone(frame: HeadFrame, grid: Grid) -> np.ndarray:
    """(h, w, 3) float32 linear colours of the person, softly, without the backdrop."""
    soft = max(TONE_MM * frame.pixels_per_mm / grid.spacing, 0.6)
    sure = cv2.erode(grid.matte, np.ones((3, 3), np.uint8)) ** 4 + 1e-4
    linear = srgb_to_linear(grid.colour / 255).astype(np.float32)
    total = cv2.GaussianBlur(linear * sure[..., None], (0, 0), soft)
    return total / cv2.GaussianBlur(sure, (0, 0), soft)[..., None]
