"""Finding faces: dlib's HOG detector over scales and tilts, only as far as a photo needs."""

from __future__ import annotations

import contextlib
import functools
import os
from dataclasses import dataclass

import cv2
import dlib
import numpy as np

from core.folders import cache_folder

# Long sides of the searches. dlib's smallest face is 80 px less padding, about 56.
FIRST_SIDE = 720
LARGER_SIDES = (1440, 2880, 4200)
# Larger photos are searched in a copy of this size, as fine as the last search of all.
LARGEST_SIDE = LARGER_SIDES[-1]
MAX_ENLARGEMENT = 4.0
SMALLEST_SEARCH = 480
# When the largest face is smaller than this share of the long side, others may be smaller still.
FACE_SHARE_ENOUGH = 0.22
# Below this score a find may be chance, and the search goes on.
SURE = 0.4
# What is left below it are profiles, sunglasses, and chance, mostly small: the landmarks'
# confidence tells which.
GUESS = -0.7
SMALLEST_GUESS = 0.12
# Upright search reaches 40 degrees to both sides by its tilted filters.
TILTS = (-55.0, 55.0)
FAR_TILTS = (90.0, -90.0, 180.0)
# A head on its side or upside down is looked for when nothing reaches the first score; only
# finds above the second are then believed before any upright one.
DOUBTFUL, SURE_FAR = 0.6, 0.8
OVERLAP = 0.35
REFINED_CROP = 190
REFINED_FACE = 78
# Detections of the tilted filters, number 3 (counter-clockwise) and 4, sit near this roll.
FILTER_ROLL = {3: -22.0, 4: 22.0}


@dataclass(frozen=True)
class Detection:
    """A face: its square in px, in the face's own upright frame about the square's centre.

    box: x0, y0, x1, y1; turned by roll_degrees (+ = clockwise) about its centre it lies on the
    photo. score: dlib's margin, sure above 1.
    """

    box: tuple[float, float, float, float]
    roll_degrees: float
    score: float

    @staticmethod
    def drawn(box: tuple[float, float, float, float]) -> Detection:
        """A box drawn by hand, x0, y0, x1, y1 px: the square around it, upright."""
        half = max(box[2] - box[0], box[3] - box[1]) / 2
        return _square((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, half, 0.0, 1.0)

    @property
    def side(self) -> float:
        """Side of the square in px."""
        return self.box[2] - self.box[0]

    @property
    def centre(self) -> tuple[float, float]:
        """Centre of the square in px."""
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@functools.cache
def _detector() -> dlib.fhog_object_detector:
    """dlib's own, which takes half a second to unpack: a copy that loads at once is kept."""
    kept = cache_folder() / f"dlib-{dlib.__version__}.svm"
    with contextlib.suppress(RuntimeError):  # there is none yet, or it is damaged
        return dlib.fhog_object_detector(str(kept))
    detector = dlib.get_frontal_face_detector()
    temporary = kept.with_name(f".{os.getpid()}-{kept.name}")
    with contextlib.suppress(OSError, RuntimeError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        detector.save(str(temporary))
        os.replace(temporary, kept)
    return detector


def detect_faces(image: np.ndarray) -> list[Detection]:
    """Faces of a photo (H, W, 3) uint8, largest first; empty when there are none.

    The search starts small and upright and goes on only while nothing is found: larger, tilted,
    with evened light, unsure.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    shrunk = max(1.0, max(gray.shape) / LARGEST_SIDE)
    if shrunk > 1:
        size = [round(side / shrunk) for side in gray.shape[::-1]]
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    return [_enlarged(face, shrunk) for face in _faces(gray)]


def _faces(gray: np.ndarray) -> list[Detection]:
    """Faces of a gray photo (H, W) uint8, largest first."""
    long_side = max(gray.shape)
    found = _search(gray, max(FIRST_SIDE if long_side >= FIRST_SIDE else long_side,
                              min(SMALLEST_SEARCH, long_side * MAX_ENLARGEMENT)))  # fmt: skip
    if not _enough(found, long_side):
        found = _merged(found + _search_larger(gray, found))
    if all(d.score < DOUBTFUL for d in found):
        found = _search_far(gray) or found or _search_harder(gray)
    refined = _merged([_refined(gray, d) if d.roll_degrees else d for d in found])
    return sorted(refined, key=lambda d: -d.side)


def _enlarged(face: Detection, by: float) -> Detection:
    """The face in a photo so many times larger."""
    (x, y), half = face.centre, by * face.side / 2
    return _square((x + 0.5) * by - 0.5, (y + 0.5) * by - 0.5, half, face.roll_degrees, face.score)


def _enough(found: list[Detection], long_side: int) -> bool:
    return any(d.score > SURE and d.side > FACE_SHARE_ENOUGH * long_side for d in found)


def _search_larger(gray: np.ndarray, first: list[Detection]) -> list[Detection]:
    """Small faces, and before them tilted ones when the first search found none."""
    long_side = max(gray.shape)
    found: list[Detection] = []
    if not first:
        side = min(FIRST_SIDE, max(long_side, SMALLEST_SEARCH))
        found = [d for tilt in TILTS for d in _search(gray, side, tilt)]
    for side in LARGER_SIDES:
        if side > 2 * long_side or any(d.score > SURE for d in found):
            break
        found = found + _search(gray, side)
    return found


def _search_far(gray: np.ndarray) -> list[Detection]:
    """Heads on their side or upside down, as in photos that lost their orientation."""
    return [d for tilt in FAR_TILTS for d in _search(gray, FIRST_SIDE, tilt, SURE_FAR)]


def _search_harder(gray: np.ndarray) -> list[Detection]:
    """The last attempts: large and tilted, on the side or head down, evened light, unsure."""
    side = min(2 * FIRST_SIDE, int(max(gray.shape) * MAX_ENLARGEMENT))
    even = cv2.createCLAHE(4.0, (8, 8)).apply(gray)
    attempts = [(even, FIRST_SIDE, 0.0, 0.0), (gray, side, 0.0, -0.2)]
    attempts += [(gray, side, tilt, 0.0) for tilt in TILTS]
    attempts += [(gray, FIRST_SIDE, tilt, 0.3) for tilt in FAR_TILTS]
    attempts += [(even, side, 0.0, -0.2)]
    for picture, long_side, tilt, threshold in attempts:
        found = _search(picture, long_side, tilt, threshold)
        if found:
            return found
    return _surest_guess(gray)


def _surest_guess(gray: np.ndarray) -> list[Detection]:
    """The one best candidate, for heads that dlib hardly knows: turned far, or in sunglasses.

    Its filters differ between the sides: the mirrored photo is tried as well.
    """
    mirrored = np.ascontiguousarray(gray[:, ::-1])
    found = _search(gray, FIRST_SIDE, threshold=GUESS)
    for face in _search(mirrored, FIRST_SIDE, threshold=GUESS):
        x, y = face.centre
        found.append(
            _square(gray.shape[1] - 1 - x, y, face.side / 2, -face.roll_degrees, face.score)
        )
    large = [d for d in found if d.side > SMALLEST_GUESS * max(gray.shape)]
    return sorted(large, key=lambda d: -d.score)[:1]


def _search(
    gray: np.ndarray, long_side: float, tilt: float = 0.0, threshold: float = 0.0
) -> list[Detection]:
    """Faces of the photo brought to a long side and turned so that heads tilted so stand up."""
    height, width = gray.shape
    scale = min(long_side / max(height, width), MAX_ENLARGEMENT)
    cos, sin = abs(np.cos(np.radians(tilt))), abs(np.sin(np.radians(tilt)))
    size = (
        max(round(scale * (width * cos + height * sin)), 1),
        max(round(scale * (width * sin + height * cos)), 1),
    )
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), tilt, scale)
    matrix[:, 2] += (np.array(size) - 1) / 2 - [(width - 1) / 2, (height - 1) / 2]
    if tilt:
        picture = _shrunk_warp(gray, matrix, size, scale)
    else:
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        picture = gray if scale == 1 else cv2.resize(gray, size, interpolation=way)
    back = cv2.invertAffineTransform(matrix)
    found = []
    for centre, half, score, filter_ in _run(picture, threshold):
        x, y = back[:, :2] @ centre + back[:, 2]
        roll = tilt + FILTER_ROLL.get(filter_, 0.0)
        found.append(_square(float(x), float(y), half / scale, roll, score))
    return _merged(found)


def _shrunk_warp(
    gray: np.ndarray, matrix: np.ndarray, size: tuple[int, int], scale: float
) -> np.ndarray:
    """warpAffine that first shrinks by area, since it would alias otherwise."""
    if scale < 0.7:
        height, width = gray.shape
        small = (max(round(width * scale), 1), max(round(height * scale), 1))
        gray = cv2.resize(gray, small, interpolation=cv2.INTER_AREA)
        ratio = np.array([width / small[0], height / small[1]])
        matrix = np.column_stack(
            [matrix[:, :2] * ratio, matrix[:, 2] + matrix[:, :2] @ ((ratio - 1) / 2)]
        )
    return cv2.warpAffine(
        gray, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _refined(gray: np.ndarray, face: Detection) -> Detection:
    """The face with its box and roll from small crops turned to angles around the first guess."""
    best: dict[float, Detection] = {}
    patch, origin, scale = _patch(gray, face)
    centre = (np.array(face.centre) - origin) * scale
    for roll in face.roll_degrees + np.arange(-30.0, 31.0, 10.0):
        matrix = cv2.getRotationMatrix2D((0, 0), float(roll), 1)
        matrix[:, 2] = (REFINED_CROP - 1) / 2 - matrix[:, :2] @ centre
        crop = cv2.warpAffine(
            patch, matrix, (REFINED_CROP, REFINED_CROP), borderMode=cv2.BORDER_REPLICATE
        )
        back = cv2.invertAffineTransform(matrix)
        for middle, half, score, filter_ in _run(crop, 0.0):
            x, y = (back[:, :2] @ middle + back[:, 2]) / scale + origin
            if filter_ not in FILTER_ROLL and (roll not in best or score > best[roll].score):
                best[roll] = _square(float(x), float(y), half / scale, float(roll), score)
    if not best:
        return face
    # The upright filter answers over a range of angles: its middle is the roll.
    weights = np.array([d.score for d in best.values()]) ** 2
    roll = float((weights * np.array(list(best))).sum() / weights.sum())
    top = max(best.values(), key=lambda d: d.score)
    return _square(*top.centre, top.side / 2, roll, max(top.score, face.score))


def _patch(gray: np.ndarray, face: Detection) -> tuple[np.ndarray, np.ndarray, float]:
    """The surroundings of a face scaled to the refining size, their origin and the scale."""
    reach = 1.8 * face.side
    low = np.maximum(np.array(face.centre) - reach, 0).astype(int)
    high = np.minimum(np.array(face.centre) + reach + 1, gray.shape[::-1]).astype(int)
    scale = REFINED_FACE / face.side
    part = gray[low[1] : high[1], low[0] : high[0]]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(part, None, fx=scale, fy=scale, interpolation=way), low, scale


def _run(picture: np.ndarray, threshold: float) -> list[tuple[np.ndarray, float, float, int]]:
    """Centre, half side, score and filter number of each answer of dlib."""
    return [
        (
            np.array([r.left() + r.right(), r.top() + r.bottom()]) / 2,
            (r.right() - r.left() + 1) / 2,
            score,
            filter_,
        )
        for r, score, filter_ in zip(*_detector().run(picture, 0, threshold), strict=True)
    ]


def _square(x: float, y: float, half: float, roll: float, score: float) -> Detection:
    roll = (roll + 180) % 360 - 180
    return Detection((x - half, y - half, x + half, y + half), roll, float(score))


def _merged(found: list[Detection]) -> list[Detection]:
    """Non-maximum suppression: of overlapping squares the surest, then the most upright, stays."""
    kept: list[Detection] = []
    for face in sorted(found, key=lambda d: d.score - abs(d.roll_degrees) / 180, reverse=True):
        if all(_overlap(face, other) < OVERLAP for other in kept):
            kept.append(face)
    return kept


def _overlap(a: Detection, b: Detection) -> float:
    """Shared area over the smaller square's."""
    width = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    height = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    return max(width, 0.0) * max(height, 0.0) / min(a.side, b.side) ** 2
