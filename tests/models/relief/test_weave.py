"""The back of a head: woven of hair as the photo shows it, and softly outlined."""

from __future__ import annotations

import numpy as np

from models.relief.grid import BEYOND
from models.relief.outline import runs
from models.relief.sampling import UNITS, pack
from models.relief.weave import BEFORE_MM, BEHIND_MM, OWN_MM, Weave

POINTS, STEP, ROOM, EDGE, CELL = 60, 3.0, 40.0, 30.0, 4.0
TONE = np.array([120.0, 90.0, 60.0])


def straight(good: slice = slice(None), soft: float = 4.0) -> Weave:
    """An outline along a row of the picture, one px per mm; the hair lies below it."""
    x = np.arange(POINTS) * STEP
    is_good = np.zeros(POINTS, bool)
    is_good[good] = True
    one = np.ones(POINTS)
    return Weave(
        np.stack([x, EDGE * one], 1), np.stack([0 * x, one], 1), ROOM * one, one,
        one > 0, soft * one, 0 * one,
        runs(is_good), np.broadcast_to(TONE, (2, POINTS, 3)),
        np.broadcast_to(TONE, (30 + 2 * BEYOND, 50 + 2 * BEYOND, 3)), CELL, STEP, 1.0,
    )  # fmt: skip


def strands(slope: float) -> np.ndarray:
    """Hair as strands of one direction, (H, W, 4)."""
    y, x = np.mgrid[:100, : int(POINTS * STEP)]
    bright = 1 + 0.3 * np.sin((x - slope * y) * 0.9)
    return pack(TONE * bright[..., None], np.ones(y.shape))


def test_strands_go_on_in_their_own_direction_and_contrast() -> None:
    for slope in (-0.8, 0.0, 0.8):
        texture, density = straight().woven(strands(slope), 1.0)
        assert density == 1
        assert len(texture) == BEFORE_MM + BEHIND_MM
        back = texture[int(BEFORE_MM + OWN_MM) + 4 :, 30:-30, 1] / UNITS
        # The way behind is the picture's way up.
        down, across = np.gradient(back[::-1])
        angle = np.arctan2(2 * (down * across).mean(), (across**2 - down**2).mean()) / 2
        assert abs(np.tan(angle) + slope) < 0.25
        shown = strands(slope)[..., 1] / UNITS
        assert 0.75 < back.std() / shown.std() < 1.15
        np.testing.assert_allclose(back.mean(), TONE[1], rtol=0.03)


def test_it_begins_with_what_the_photo_shows_at_the_outline() -> None:
    texture, _ = straight().woven(strands(0.5), 1.0)
    first = texture[:5, :170, :3][::-1]
    shown = strands(0.5)[int(EDGE + BEFORE_MM) - 4 : int(EDGE + BEFORE_MM) + 1, :170, :3]
    assert np.abs(first - shown).mean() < 0.15 * shown.std(axis=(0, 1)).max()


def test_nothing_is_taken_from_where_there_is_no_hair() -> None:
    photo = strands(0.0)
    photo[:, : int(15 * STEP)] = pack(np.array([[[0.0, 0, 250]]]), np.ones((1, 1)))
    texture, _ = straight(slice(20, 60)).woven(photo, 1.0)
    assert np.abs(texture[..., 2] / UNITS - TONE[2]).max() < 0.5 * TONE[2]


def test_a_ball_fades_over_as_much_as_the_photo_does() -> None:
    radius, soft = 100.0, 6.0
    weave = straight(soft=soft)
    angle = np.linspace(0.2, 1.8, 80)
    gone = np.repeat(radius * (angle - angle[1])[:, None], POINTS, 1)
    turned = np.repeat(np.cos(angle)[:, None], POINTS, 1).ravel()
    uv, opacity = weave.seen(weave.uv(gone), turned)
    beside = radius * (1 - np.sin(angle))
    expected = np.where(angle < np.pi / 2, np.minimum(beside / soft, 1), 0)
    np.testing.assert_allclose(opacity.reshape(-1, POINTS)[:, 7], expected, atol=0.03)
    # Nowhere more than so much of it in so little of the picture.
    way = np.diff(uv.reshape(-1, POINTS, 2)[1:, 7, 1])
    seen = radius * np.diff(np.sin(angle))[1:]
    assert (way <= np.maximum(seen, 0) / 0.55 + 0.05).all()
