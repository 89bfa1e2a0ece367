"""A photo's own pixels at other parameters: what a tuned generator has to keep when it edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core.photo.scene import Scene
from core.portrait.align import Alignment
from core.portrait.hybrid import Unseen
from core.portrait.inversion import Target
from core.rig.lights import light_preset
from core.rig.presets import expression_preset
from models.face.camera import Camera
from models.face.parameters import FaceParameters

TURN, NOD = 25.0, 12.0
# Beyond it the photo's pixels no longer convince.
LARGEST_TURN = 35.0
EXPRESSIONS = ("laugh", "open-mouth", "eyes-closed")
LIGHTS = ("left", "right")
# What the photo showed to this share at least is learnt from.
SEEN = 0.9


def views_of(scene: Scene, size: int) -> list[Target]:
    """Targets of size × size px: turns, expressions and lights, as far as the photo shows them."""
    photo, camera = scene.photo, scene.fit.camera
    unseen = Unseen(scene.fit, scene.relief)
    frame = Camera.generator(size)
    # Twice as fine as the frame, so that pixels are averages.
    long_side = round(min(1.0, 2 * frame.focal / camera.focal) * max(photo.shape[:2]))
    views = []
    for parameters in _edits(scene.fit.parameters):
        picture = scene.render(parameters, long_side)
        seen_by = camera.scaled(picture.shape[1] / photo.shape[1])
        aligned, inside = Alignment.of(seen_by, size).take(picture)
        missed, _ = unseen.weights(parameters, frame, size, size)
        views.append(Target(aligned, inside & (missed < 1 - SEEN), parameters))
    return views


def _edits(own: FaceParameters) -> Iterator[FaceParameters]:
    for yaw, pitch in ((-TURN, 0), (-TURN / 2, 0), (TURN / 2, 0), (TURN, 0), (0, -NOD), (0, NOD)):
        pose = own.pose + np.array([yaw, pitch, 0], np.float32)
        yield replace(own, pose=np.clip(pose, -LARGEST_TURN, LARGEST_TURN))
    for name in EXPRESSIONS:
        yield replace(own, expression=expression_preset(name))
    for name in LIGHTS:
        yield replace(own, light=light_preset(name, own.light))
