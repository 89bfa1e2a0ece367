"""Seeds, locks and interpolation."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ParameterError
from core.portrait.people import GROUPS, People, Person
from models.face.rig_vector import FACTORS, factor_indices, to_vector
from tests.core.portrait.small import small_generator

PARTS = [part for parts in FACTORS.values() for part in parts]


@pytest.fixture(scope="module")
def people() -> People:
    return People(small_generator().noise_prior)


def test_a_seed_is_a_person(people: People) -> None:
    first, again, other = people.person(3), people.person(3), people.person(4)
    np.testing.assert_array_equal(first.noise, again.noise)
    for part in PARTS:
        np.testing.assert_array_equal(
            getattr(first.parameters, part), getattr(again.parameters, part)
        )
    assert np.abs(first.noise - other.noise).max() > 0.1
    assert np.abs(first.parameters.identity - other.parameters.identity).max() > 0.1


def test_locked_groups_stay(people: People) -> None:
    current, fresh = people.person(1), people.person(2)
    for group, parts in GROUPS.items():
        new = people.another(2, current, [group])
        for part in PARTS:
            source = current if part in parts else fresh
            np.testing.assert_array_equal(
                getattr(new.parameters, part), getattr(source.parameters, part)
            )
    kept = people.another(2, current, ["noise"])
    np.testing.assert_allclose(kept.noise, current.noise, atol=1e-6)
    np.testing.assert_array_equal(people.another(2, current, ["pose"]).noise, fresh.noise)
    same = people.another(2, current, GROUPS)
    np.testing.assert_allclose(same.noise, current.noise, atol=1e-6)


def test_truncation_brings_people_together(people: People) -> None:
    def spread(truncation: float) -> float:
        group = [people.person(s, truncation) for s in range(12)]
        codes = np.std([p.noise for p in group], 0).mean()
        return float(codes + np.std([p.parameters.identity for p in group], 0).mean())

    assert spread(0) < 1e-5 < spread(0.5) < 0.7 * spread(1)


def test_between_two_people(people: People) -> None:
    a, b = people.person(1), people.person(2)
    whole = people.mixed(a, b, dict.fromkeys(GROUPS, 1.0))
    np.testing.assert_allclose(whole.noise, b.noise, atol=1e-5)
    np.testing.assert_array_equal(whole.parameters.identity, b.parameters.identity)
    half = people.mixed(a, b, {"noise": 0.5})
    lengths = [float(np.linalg.norm(p.noise)) for p in (a, half, b)]
    assert min(lengths[0], lengths[2]) - 1e-4 <= lengths[1] <= max(lengths[0], lengths[2]) + 1e-4
    np.testing.assert_array_equal(half.parameters.identity, a.parameters.identity)


def test_the_way_between_two_is_even_and_keeps_its_ends(people: People) -> None:
    a, b = people.person(1), people.person(2)
    edited = a.parameters.with_expression({"jawOpen": 1.0})
    a = Person(edited, a.noise)
    steps = [people.mixed(a, b, dict.fromkeys(GROUPS, s)) for s in np.linspace(0, 1, 9)]
    for group in FACTORS:
        values = np.stack([to_vector(p.parameters)[factor_indices(group)] for p in steps])
        np.testing.assert_array_equal(values[0], to_vector(a.parameters)[factor_indices(group)])
        np.testing.assert_array_equal(values[-1], to_vector(b.parameters)[factor_indices(group)])
        moves = np.linalg.norm(np.diff(values, axis=0), axis=1)
        # Neither end is jumped to, and no step is far longer than an even one.
        assert moves.max() < 3 * np.linalg.norm(values[-1] - values[0]) / 8
    # Halfway between two people is somebody, not the mean person.
    sizes = [np.linalg.norm(p.parameters.identity) for p in (steps[0], steps[4], steps[-1])]
    assert sizes[1] > 0.85 * min(sizes[0], sizes[2])


def test_wrong_wishes(people: People) -> None:
    a, b = people.person(1), people.person(2)
    for wrong in (
        lambda: people.person(-1),
        lambda: people.person(1, 1.5),
        lambda: people.mixed(a, b, {"hair": 1}),
    ):
        with pytest.raises(ParameterError):
            wrong()
