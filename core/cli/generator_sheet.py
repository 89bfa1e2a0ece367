"""The generator's picture sheet: people by seed, and two of them along each factor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from core.portrait.people import People, Person
from core.portrait.runtime import Runtime
from core.rig.lights import light_preset
from core.rig.presets import expression_preset
from models.face.parameters import FaceParameters

COLUMNS = 9
PEOPLE = 36
SWEPT = (4, 5)
YAWS = (-40, -30, -20, -10, 0, 10, 20, 30, 40)
PITCHES = (-20, -15, -10, -5, 0, 5, 10, 15, 20)
EXPRESSIONS = ("neutral", "smile", "laugh", "sad", "angry", "surprised", "kiss", "wink",
               "eyes-closed")  # fmt: skip
LIGHTS = ("studio", "flat", "left", "right", "top", "below", "warm-right", "sunset", "neon")


def generator_sheet() -> Image.Image:
    """The seeds from 0 on, then yaw, pitch, expression, light and identity of two of them.

    Raises AssetError without the weights.
    """
    runtime = Runtime.load(exact=True)
    people = People(runtime.loaded.noise_prior)
    drawn = [people.person(seed) for seed in range(PEOPLE)]
    pictures = [runtime.draw(p.parameters, p.noise, final=True) for p in drawn]
    for seed in SWEPT:
        pictures += [
            runtime.draw(parameters, drawn[seed].noise, final=True)
            for parameters in _sweeps(drawn[seed], drawn)
        ]
    size = len(pictures[0])
    sheet = Image.new("RGB", (COLUMNS * size, len(pictures) // COLUMNS * size))
    for i, picture in enumerate(pictures):
        sheet.paste(Image.fromarray(picture), (i % COLUMNS * size, i // COLUMNS * size))
    return sheet


def _sweeps(person: Person, others: list[Person]) -> Iterator[FaceParameters]:
    p = replace(person.parameters, pose=np.zeros(3, np.float32))
    for yaw in YAWS:
        yield replace(p, pose=np.array([yaw, 0, 0], np.float32))
    for pitch in PITCHES:
        yield replace(p, pose=np.array([0, pitch, 0], np.float32))
    for name in EXPRESSIONS:
        yield replace(p, expression=expression_preset(name))
    for name in LIGHTS:
        yield replace(p, light=light_preset(name, p.light))
    for other in others[-COLUMNS:]:
        q = other.parameters
        yield replace(p, identity=q.identity, albedo=q.albedo)
