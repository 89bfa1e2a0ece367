"""Fitting the face model to landmarks: damped least squares with priors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from models.face.camera import DISTANCE, Camera
from models.face.model import LANDMARK_COUNT, FaceModel
from models.face.parameters import ALBEDO_SIZE, FaceParameters
from models.face.pose import angles, rotation

EYES = (468, 473)
OUTLINE_WEIGHT = 0.35
EXPRESSION_SIGMA = 0.3
# The detection noise in millimetres (0.8 % of the eye distance) and that of its depths.
NOISE_MM = 0.5
DEPTH_NOISE_MM = 4.0
# The landmark detector's depths are too flat: with it ears to nose tip measure 102 mm where
# adults have about 122, and turned photos read back at four fifths of the angle.
DETECTOR_DEPTH = 1.2
OUTLINE = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


@dataclass(frozen=True)
class FaceFit:
    """A face found in a photo.

    landmarks: (478, 2) px of the photo as displayed. box: x0, y0, x1, y1 px.
    displacement: (C, 3) mm on the control points, what the bases could not reach.
    parameters.pose holds the pose; camera places the face's origin in the photo. others: boxes
    of the photo's other faces, whose heads are not this one's.
    """

    parameters: FaceParameters
    camera: Camera
    landmarks: np.ndarray
    box: tuple[float, float, float, float]
    confidence: float
    displacement: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    others: tuple[tuple[float, float, float, float], ...] = ()

    def vertices(self, model: FaceModel, parameters: FaceParameters | None = None) -> np.ndarray:
        """(V, 3) mm in the face frame, the person's own displacement included."""
        p = parameters or self.parameters
        extra = self.displacement if len(self.displacement) else None
        return model.vertices(p.identity, p.expression, extra)


@dataclass
class _Unknowns:
    """What Gauss-Newton moves: rotation, focal, centre, then the coefficients."""

    r: np.ndarray
    focal: float
    centre: np.ndarray
    coefficients: np.ndarray


def fit_landmarks(
    model: FaceModel,
    landmarks: np.ndarray,
    confidence: float = 1.0,
    noise_mm: float = NOISE_MM,
    iterations: int = 12,
    visibility: np.ndarray | None = None,
) -> FaceFit:
    """Fit pose, camera, identity and expression to landmarks.

    landmarks: (478, 2) px, or (478, 3) with the detector's depth in px (smaller = nearer, any
    offset; it is stretched by DETECTOR_DEPTH).
    visibility: (478,) weights 0..1. Light and albedo are left at their defaults.
    Raises ValueError when the landmarks are not finite.
    """
    points = np.array(landmarks, np.float64)
    if points.shape[1] == 3:
        points[:, 2] *= DETECTOR_DEPTH
    if not np.isfinite(points).all():
        raise ValueError("The landmarks to fit are not finite numbers.")
    problem = _Problem(model, points, noise_mm, visibility)
    state = problem.start()
    for i in range(iterations):
        state = problem.step(state, free_shape=i >= 2)
    k = len(model.control_shape)
    parameters = FaceParameters(
        pose=angles(state.r),
        identity=state.coefficients[:k].astype(np.float32),
        expression=state.coefficients[k:].astype(np.float32),
        albedo=np.zeros(ALBEDO_SIZE, np.float32),
    )
    camera = Camera(float(state.focal), *map(float, state.centre))
    xy = points[:, :2].astype(np.float32)
    low, high = xy[:468].min(0), xy[:468].max(0)
    fit = FaceFit(
        parameters,
        camera,
        xy,
        (float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        confidence,
    )
    return replace(fit, displacement=residual_displacement(model, fit))


def fit_pose_and_expression(
    model: FaceModel,
    landmarks: np.ndarray,
    identity: np.ndarray,
    displacement: np.ndarray | None = None,
    iterations: int = 12,
) -> tuple[np.ndarray, np.ndarray]:
    """Pose (3,) degrees and ARKit weights (51,) of a face whose shape is known.

    landmarks: (478, 2) px. identity: (80,) and displacement: (C, 3) mm or None, the person's, as
    in FaceFit. Free shapes explain small turns and expressions away; a known one does not. Raises
    ValueError when the landmarks are not finite.
    """
    points = np.array(landmarks[:, :2], np.float64)
    if not np.isfinite(points).all():
        raise ValueError("The landmarks to fit are not finite numbers.")
    problem = _Problem(model, points, NOISE_MM, None)
    problem.hold_shape(model, identity, displacement)
    state = problem.start()
    for i in range(iterations):
        state = problem.step(state, free_shape=i >= 2)
    return angles(state.r), state.coefficients.astype(np.float32)


def residual_displacement(model: FaceModel, fit: FaceFit) -> np.ndarray:
    """(C, 3) mm that carries the fitted landmarks onto the detected ones, in the image plane.

    Loose points (lid ends of the iris) are left alone; the apron follows the outline.
    """
    r = rotation(fit.parameters.pose)
    fitted = fit.vertices(model)[:LANDMARK_COUNT]
    screen = fit.camera.project(fitted @ r.T)
    target = screen.copy()
    target[:, :2] = fit.landmarks
    offset = (fit.camera.unproject(target) - fit.camera.unproject(screen)) @ r
    limit = 6.0
    length = np.linalg.norm(offset, axis=1, keepdims=True)
    offset *= np.minimum(1, limit / np.maximum(length, 1e-6))
    return model.spread(offset.astype(np.float32))


class _Problem:
    """Residuals and Jacobian of landmarks under the perspective camera."""

    def __init__(
        self, model: FaceModel, points: np.ndarray, noise_mm: float, visibility: np.ndarray | None
    ) -> None:
        n = LANDMARK_COUNT
        rows = model.subdivision[:n]
        self.mean = np.asarray(rows @ model.control_mean, np.float64)
        bases = np.concatenate([model.control_shape, model.control_expression])
        flat = bases.transpose(1, 0, 2).reshape(bases.shape[1], -1)
        self.basis = np.asarray(rows @ flat, np.float64).reshape(n, len(bases), 3)
        self.shape_count = len(model.control_shape)
        self.points = points
        weight = 1 / np.hypot(noise_mm, model.landmark_sigma.astype(np.float64))
        weight[list(OUTLINE)] *= OUTLINE_WEIGHT
        # The upper and lower ends of the iris hide under the lids.
        weight[[470, 472, 475, 477]] *= 0.3
        if visibility is not None:
            weight = weight * visibility
        self.weight = weight
        k = self.shape_count
        self.precision = np.full(len(bases), 1.0)
        self.precision[k:] = 1 / EXPRESSION_SIGMA**2

    def hold_shape(
        self, model: FaceModel, identity: np.ndarray, displacement: np.ndarray | None
    ) -> None:
        """Leave expressions alone to be found."""
        k = self.shape_count
        self.mean += np.einsum("nkc,k->nc", self.basis[:, :k], np.asarray(identity, np.float64))
        if displacement is not None and len(displacement):
            self.mean += model.subdivision[:LANDMARK_COUNT] @ displacement
        self.basis, self.precision, self.shape_count = self.basis[:, k:], self.precision[k:], 0

    def start(self) -> _Unknowns:
        """Scaled orthography in closed form, with depths when they are known."""
        mean, p = self.mean, self.points
        if p.shape[1] == 3:
            target = p * [1, -1, -1]
        else:
            target = np.column_stack([p * [1, -1], mean[:, 2]])
            scale = np.linalg.norm(p[EYES[0]] - p[EYES[1]]) / 63
            target[:, 2] *= scale
        a, b = mean - mean.mean(0), target - target.mean(0)
        u, d, vt = np.linalg.svd(b.T @ a)
        sign = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
        r = (u * sign) @ vt
        scale = (d * sign).sum() / (a**2).sum()
        origin = target.mean(0) - scale * r @ mean.mean(0)
        focal = scale * (DISTANCE - (r @ mean.mean(0))[2])
        return _Unknowns(
            r, float(focal), np.array([origin[0], -origin[1]]), np.zeros(self.basis.shape[1])
        )

    def shape(self, state: _Unknowns) -> np.ndarray:
        return self.mean + np.einsum("nkc,k->nc", self.basis, state.coefficients)

    def step(self, state: _Unknowns, free_shape: bool) -> _Unknowns:
        """One damped Gauss-Newton step; expressions are held within 0 and 1."""
        jacobian, residual, weight = self._linearise(state)
        weighted = jacobian * (weight**2)[:, None]
        normal = weighted.T @ jacobian
        right = weighted.T @ residual
        right[6:] -= self.precision * state.coefficients
        normal[6:, 6:] += np.diag(self.precision)
        normal[np.diag_indices(6)] *= 1 + 1e-6
        held = np.zeros(len(right), bool)
        if not free_shape:
            held[6:] = True
        move = _bounded_step(normal, right, state.coefficients, self.shape_count, held)
        wx, wy, wz = move[:3]
        turn = np.array([[0, -wz, wy], [wz, 0, -wx], [-wy, wx, 0]])
        u, _, vt = np.linalg.svd((np.eye(3) + turn + turn @ turn / 2) @ state.r)
        coefficients = state.coefficients + move[6:]
        k = self.shape_count
        coefficients[k:] = np.clip(coefficients[k:], 0, 1)
        coefficients[:k] = np.clip(coefficients[:k], -4, 4)
        return _Unknowns(
            u @ vt, state.focal * float(np.exp(move[3])), state.centre + move[4:6] * state.focal
            / DISTANCE, coefficients,
        )  # fmt: skip

    def _linearise(self, state: _Unknowns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows in millimetres at the face's origin; columns: rotation 3, log focal, centre 2."""
        cam = self.shape(state) @ state.r.T
        depth = DISTANCE - cam[:, 2]
        unit = DISTANCE / depth
        x, y = cam[:, 0] * unit, cam[:, 1] * unit
        per_px = DISTANCE / state.focal
        measured = (self.points[:, :2] - state.centre) * per_px * [1, -1]
        residual = np.concatenate([measured[:, 0] - x, measured[:, 1] - y])
        n = len(cam)
        zero, one = np.zeros(n), np.ones(n)
        # d(x, y) by a motion (a, b, c) of the point: unit * (a, b) + (x, y) / depth * c.
        about = np.stack([
            np.cross(np.eye(3)[i], cam) for i in range(3)
        ])  # fmt: skip
        basis = self.basis @ state.r.T
        columns_x = [unit * v[:, 0] + x / depth * v[:, 2] for v in about]
        columns_y = [unit * v[:, 1] + y / depth * v[:, 2] for v in about]
        shape_x = unit[:, None] * basis[..., 0] + (x / depth)[:, None] * basis[..., 2]
        shape_y = unit[:, None] * basis[..., 1] + (y / depth)[:, None] * basis[..., 2]
        rows_x = np.column_stack([*columns_x, x, one, zero, shape_x])
        rows_y = np.column_stack([*columns_y, y, zero, -one, shape_y])
        jacobian, weight = np.concatenate([rows_x, rows_y]), np.tile(self.weight, 2)
        if self.points.shape[1] == 3:
            z = -self.points[:, 2] * per_px
            share = self.weight / self.weight.sum()
            rows_z = np.column_stack([*(v[:, 2] for v in about), zero, zero, zero, basis[..., 2]])
            rows_z -= share @ rows_z
            gap = z - cam[:, 2]
            jacobian = np.concatenate([jacobian, rows_z])
            residual = np.concatenate([residual, gap - share @ gap])
            weight = np.concatenate([weight, self.weight * NOISE_MM / DEPTH_NOISE_MM])
        return jacobian, residual, weight


def _bounded_step(
    normal: np.ndarray,
    right: np.ndarray,
    coefficients: np.ndarray,
    shape_count: int,
    held: np.ndarray,
) -> np.ndarray:
    """Solve for the step with expression weights that would leave 0..1 held at the bound."""
    held = held.copy()
    move = np.zeros(len(right))
    first = 6 + shape_count
    for _ in range(4):
        free = ~held
        fixed = normal[np.ix_(free, held)] @ move[held] if held.any() else 0
        move[free] = np.linalg.solve(normal[np.ix_(free, free)], right[free] - fixed)
        if held[6:].all():
            break
        reached = coefficients[shape_count:] + move[first:]
        outside = (reached < 0) | (reached > 1)
        if not (outside & ~held[first:]).any():
            break
        move[first:][outside] = (
            np.clip(reached[outside], 0, 1) - coefficients[shape_count:][outside]
        )
        held[first:][outside] = True
    return move
