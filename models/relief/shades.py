"""The colours of one material from its shadows to its lights: a line through colour space."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.face.fitting import OUTLINE
from models.relief.frame import HeadFrame
from models.relief.mouth import LIPS

# Colours are parted into so many shades.
SHADES = 12
# Skin is looked at so far within the face's outline, off the lips and below the eyes.
WITHIN_MM, OFF_LIPS_MM, BELOW_EYES_MM = 2.0, 3.0, 16.0
EYES = (33, 133, 263, 362)
# Skin elsewhere is off the line by at most so many times what nine in ten of the face's pixels
# are, which is held to these parts of the brightness; noise adds so much to dark colours'.
NINE_TENTHS, FARTHER, OFF_LIMITS, NOISE = 90, 1.5, (0.06, 0.12), 20.0


@dataclass(frozen=True)
class Shades:
    """line: (SHADES, 3) 0..255 from dark to bright. off: how far skin lies off it, see `like`."""

    line: np.ndarray
    off: float = 0.0

    @classmethod
    def of(cls, some: np.ndarray) -> Shades:
        """The shades of colours (N, 3)."""
        level = some.mean(1)
        steps = np.percentile(level, np.linspace(2, 98, SHADES + 1))
        shade = np.clip(np.searchsorted(steps, level), 1, SHADES) - 1
        count = np.bincount(shade, minlength=SHADES)
        line = np.stack([np.bincount(shade, c, SHADES) / np.maximum(count, 1) for c in some.T], 1)
        return cls(line[count > 0])

    @classmethod
    def of_face(cls, frame: HeadFrame, photo: np.ndarray) -> Shades:
        """Those of a face's skin below the eyes, in the frame's own picture (H, W, 3)."""
        k = frame.pixels_per_mm
        face, lips = (
            cv2.fillPoly(
                np.zeros(photo.shape[:2], np.uint8),
                [np.rint(frame.screen[list(ring), :2]).astype(np.int32)], 1,
            )
            for ring in (OUTLINE, LIPS)
        )  # fmt: skip
        within, around = (
            np.ones((2 * max(1, round(mm * k)) + 1,) * 2, np.uint8)
            for mm in (WITHIN_MM, OFF_LIPS_MM)
        )
        rows, columns = np.nonzero(cv2.erode(face, within) > cv2.dilate(lips, around))
        up = frame.upright(np.stack([columns, rows], 1))[:, 1]
        eyes = frame.upright(frame.screen[list(EYES), :2])[:, 1].min()
        low = up < eyes - BELOW_EYES_MM * frame.size
        some = photo[rows[low], columns[low]].astype(np.float32)
        shades = cls.of(some)
        usual = float(np.percentile(shades._off(some), NINE_TENTHS))
        return cls(shades.line, float(np.clip(FARTHER * usual, *OFF_LIMITS)))

    def at(self, level: np.ndarray) -> np.ndarray:
        """(..., 3) the colours of brightness (...,) 0..255."""
        own = self.line.mean(1)
        usual = np.stack([np.interp(level, own, c) for c in self.line.T], -1)
        # In shadow it is darker still.
        return np.asarray(usual * np.minimum(level / max(own[0], 1), 1)[..., None])

    def away(self, colours: np.ndarray) -> np.ndarray:
        """(...,) how far colours (..., 3) 0..255 lie off those of their brightness."""
        return np.asarray(np.abs(colours - self.at(colours.mean(-1))).max(-1))

    def _off(self, colours: np.ndarray) -> np.ndarray:
        return self.away(colours) / (colours.mean(-1) + NOISE)

    def like(self, colours: np.ndarray) -> np.ndarray:
        """(...,) bool: which colours (..., 3) are as near to the line as the face's own skin."""
        return np.asarray(self._off(colours) < self.off)
