"""Taking a portrait apart: head over torso over backdrop, such that laying them back is exact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from models.matting.fill import push_pull
from models.relief.cheek import Cheeks
from models.relief.frame import HeadFrame, smoothstep
from models.relief.jaw import Jaw, beside_jaw
from models.relief.neck import behind_the_jaw
from models.relief.sampling import pack
from models.relief.weave import Weave


@dataclass(frozen=True)
class Textures:
    """Layers of one picture at one scale, (H, W, 4) int16 as `sampling.pack` makes them.

    head and torso: with soft alpha. shell: the head's colours spread beyond its outline, opaque.
    backdrop: (H, W, 3) float32 0..255.
    """

    head: np.ndarray
    torso: np.ndarray
    shell: np.ndarray
    backdrop: np.ndarray


@dataclass(frozen=True)
class Layers:
    """A picture taken apart at one scale, with the photo's own mouth when it is open."""

    textures: Textures
    mouth: np.ndarray | None
    scale: float
    cheeks: Cheeks
    weave: Weave

    @cached_property
    def skin(self) -> tuple[np.ndarray, float]:
        """Skin for what a turn stretches, and its px per mm."""
        return self.cheeks.skin(self.textures.shell, self.scale)

    @cached_property
    def back(self) -> tuple[np.ndarray, float]:
        """The back of the head, and its px per mm."""
        return self.weave.woven(self.textures.shell, self.scale)


def decompose(
    image: np.ndarray,
    alpha: np.ndarray,
    backdrop: np.ndarray,
    share: np.ndarray,
    frame: HeadFrame,
    scale: float,
    jaw: Jaw,
    person: np.ndarray | None = None,
) -> Textures:
    """Split an image (H, W, 3) uint8 with its matte alpha (H, W) 0..1 into layers.

    backdrop: (H, W, 3) what lies behind the person. share: from `head_share`; jaw: from
    `find_jaw`. scale: pixels of the image per pixel of the frame's. person: (H, W, 3) uint8, the
    image without the backdrop's colours at the rim; unmixed here when None.
    Nearly, head + (1 - head alpha) * (torso + (1 - torso alpha) * backdrop) is the image again.
    """
    pixels_per_mm = frame.pixels_per_mm * scale
    photo = image.astype(np.float32)
    behind = backdrop.astype(np.float32)
    head_alpha = alpha * share
    open_part = 1 - head_alpha
    torso_alpha = 1 - (1 - alpha) / np.maximum(open_part, 1e-3)
    hidden = smoothstep(head_alpha, 0.9, 0.995)
    fill, risen = behind_the_jaw(photo, alpha, share, frame, scale, jaw)
    torso_alpha = np.clip(torso_alpha * (1 - hidden) + risen * hidden, 0, 1)
    # Within the soft cut beside the jaw both layers show the photo: only then do they add up to
    # it. Below it the head's is what darkens the neck.
    side = beside_jaw(frame, alpha.shape, scale)
    covered = (smoothstep(share, 0.0, 0.3) * (1 - side) + smoothstep(share, 0.55, 0.95) * side)[
        ..., None
    ]
    seen = photo - (1 - torso_alpha[..., None]) * behind
    if person is not None:
        seen = torso_alpha[..., None] * person
    fill *= torso_alpha[..., None]
    torso = seen + covered * (fill - seen)
    # As bright as the fill where the head can darken it enough.
    torso = np.maximum(torso, np.minimum(fill, seen / np.maximum(open_part, 1e-3)[..., None]))
    # What fades below the jaw darkens alone: it shows no neck where there is hair or a collar.
    fades = smoothstep(share, 0.9, 0.4) * smoothstep(alpha, 0.9, 1.0) * (1 - side)
    torso = np.maximum(torso, fades[..., None] * seen)
    torso = np.clip(torso, 0, 255 * torso_alpha[..., None])
    under = torso + (1 - torso_alpha[..., None]) * behind
    darker = 1 - (photo / np.maximum(under, 1)).min(-1)
    head_alpha = head_alpha + fades * (np.clip(darker, 0, head_alpha) - head_alpha)
    open_part = 1 - head_alpha
    head = photo - open_part[..., None] * under
    if person is not None:
        rim = smoothstep(alpha, 1.0, 0.9)[..., None]
        head += rim * (head_alpha[..., None] * person - head)
    own = photo if person is None else person.astype(np.float32)
    spread = _spread(own, head_alpha, pixels_per_mm)
    return Textures(
        pack(head, head_alpha), pack(torso, torso_alpha), pack(spread, np.ones_like(alpha)), behind
    )


def _spread(photo: np.ndarray, alpha: np.ndarray, pixels_per_mm: float) -> np.ndarray:
    """The head's surely own colours carried over its rim, where the backdrop shines in."""
    margin = max(1, round(1.6 * pixels_per_mm))
    size = (2 * margin + 1,) * 2
    sure = cv2.erode(alpha, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size))
    known = np.clip(sure * 20 - 19, 0, 1)
    return push_pull(photo, known) if known.max() > 0 else photo
