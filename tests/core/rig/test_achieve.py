"""Correcting requests, on pictures that are formulas."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from core.rig.achieve import MOST_STEPS, Outcome, Search

Picture = Callable[[float], float | None]


def _search(picture: Picture, target: float, start: float, tolerance: float = 0.5) -> Search:
    search = Search(target, start, (-40.0, 40.0), tolerance)
    while search.outcome is None:
        search.tell(picture(search.request))
    return search


def _outcome(picture: Picture, target: float, start: float) -> Outcome:
    found = _search(picture, target, start).outcome
    assert found
    return found


@pytest.mark.parametrize("gain", [0.4, 0.8, 1.0, 1.3, 2.5])
@pytest.mark.parametrize("target", [-15.0, 8.0])
def test_pictures_that_follow_are_brought_there(gain: float, target: float) -> None:
    search = _search(lambda x: gain * x + 1.5, target, target)
    assert search.outcome and search.outcome.reason == "" and search.steps <= 6
    assert abs(search.outcome.measured - target) <= 0.5
    assert abs(gain * search.outcome.request + 1.5 - target) <= 0.5


def test_curved_and_noisy_pictures() -> None:
    rng = np.random.default_rng(3)
    for target in (-25.0, -5.0, 12.0, 24.0):
        found = _outcome(lambda x: 30 * math.tanh(x / 30) + rng.normal(0, 0.2), target, target)
        assert found.reason == "" and abs(found.measured - target) <= 0.5


def test_the_edge_of_the_range_is_told_with_the_best() -> None:
    found = _outcome(lambda x: 0.5 * x, 30.0, 30.0)
    assert found.request == 40 and found.measured == 20 and "range ends at 40" in found.reason


def test_a_picture_that_does_not_follow() -> None:
    found = _outcome(lambda x: 3.0, 20.0, 10.0)
    assert "does not follow" in found.reason and found.measured == 3


def test_a_picture_that_jumps_over_the_target() -> None:
    found = _outcome(lambda x: 0.0 if x < 17.3 else 30.0, 15.0, 15.0)
    assert found.reason and found.measured in (0.0, 30.0)


def test_noise_without_end_is_given_up() -> None:
    rng = np.random.default_rng(5)
    search = _search(lambda x: x + float(rng.normal(0, 20)), 0.0, 0.0, tolerance=1e-6)
    assert search.outcome and search.outcome.reason and search.steps <= MOST_STEPS


def test_unreadable_pictures_lead_back() -> None:
    found = _outcome(lambda x: 0.8 * x if x < 33 else None, 26.0, 26.0)
    assert found.reason == "" and found.request < 33
    never = _outcome(lambda x: None, 20.0, 20.0)
    assert math.isnan(never.measured) and "cannot be read" in never.reason
