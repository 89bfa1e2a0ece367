"""The whole evaluation on an untrained generator, and its sheets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from models.evaluation import sheets
from models.evaluation.measure import VARIED, edited_people, evaluate
from models.evaluation.perceived import perception_errors, rig_landmarks
from models.evaluation.report import markdown
from models.evaluation.subject import Subject, to_pictures
from models.face.condition_maps import ConditionMaps
from models.face.parameters import FaceParameters, neutral_light
from models.face.rig_vector import from_vector
from models.networks.generator import Generator, GeneratorSpec, NoiseEncoder
from models.networks.generator_store import NoisePrior
from models.networks.perception import SIZE, Perceived, Perception, PerceptionNetwork
from models.networks.prior import RigPrior
from models.training.generator_pool import GeneratorPool, PoolWriter
from models.training.generator_views import Aligned


class SomePeople:
    """Takes the place of the trained prior."""

    def sample(self, rng: np.random.Generator, truncation: float = 1.0) -> FaceParameters:
        return replace(
            FaceParameters(),
            identity=rng.normal(size=80).astype(np.float32),
            expression=(rng.random(51) < 0.1).astype(np.float32),
            pose=rng.normal(0, 8, 3).astype(np.float32),
            light=(neutral_light() * rng.uniform(0.5, 1, (9, 1))).astype(np.float32),
        )


@pytest.fixture(scope="module")
def subject() -> Subject:
    torch.manual_seed(0)
    spec = GeneratorSpec(size=32, width=32, noise=4, w=16)
    noise_prior = NoisePrior(np.zeros((4, 160)), np.zeros(4), np.eye(4))
    networks = Generator(spec).eval(), NoiseEncoder(spec).eval()
    return Subject(*networks, noise_prior, cast(RigPrior, SomePeople()))


@pytest.fixture(scope="module")
def network() -> PerceptionNetwork:
    torch.manual_seed(1)
    return PerceptionNetwork(Perception(), {})


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> GeneratorPool:
    rng, maps, writer = np.random.default_rng(2), ConditionMaps(), PoolWriter(SIZE)
    for person in range(8):
        shown = SomePeople().sample(rng)
        seen = maps.render(shown, SIZE)
        row = Aligned(np.ascontiguousarray(seen[..., 3:6]), seen[..., 6] > 0, shown)
        writer.add(row, person, is_photo=True)
    folder: Path = tmp_path_factory.mktemp("pool")
    writer.save(folder)
    return GeneratorPool.open(folder)


def test_a_generator_draws_what_its_network_makes(subject: Subject) -> None:
    rng = np.random.default_rng(3)
    rigs = subject.rigs(2, rng)
    noise = subject.noise(rigs, rng)
    maps = np.stack([subject.maps.render(from_vector(r), 32) for r in rigs])
    x = torch.from_numpy(maps).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        made = subject.generator(torch.from_numpy(rigs), torch.from_numpy(noise), x)
    np.testing.assert_array_equal(subject.draw(rigs, noise), to_pictures(made.clamp(-1, 1)))


def test_perfect_perception_has_no_errors() -> None:
    rng = np.random.default_rng(4)
    people = np.array([0, 0, 1, 1])
    sampled = [SomePeople().sample(rng) for _ in people]
    rigs = np.stack([np.concatenate([np.ravel(getattr(p, k)) for k in (
        "identity", "albedo", "expression", "light", "pose")]) for p in sampled])  # fmt: skip
    seen = Perceived(
        torch.from_numpy(rigs),
        torch.eye(2)[torch.from_numpy(people)],
        torch.from_numpy(rig_landmarks(rigs, SIZE)),
        torch.zeros(4, 3),
    )
    errors = perception_errors(seen, rigs, people)
    assert max(errors.pose) == errors.landmarks == errors.same == 0
    assert errors.light == pytest.approx(1)
    assert (errors.auc, errors.different) == (1, 1)


def test_every_figure_of_an_untrained_generator(
    subject: Subject, network: PerceptionNetwork, pool: GeneratorPool
) -> None:
    said: list[str] = []
    figures = evaluate(subject, network, 16, 0, pool, pool, said.append)
    assert len(said) == 5
    assert np.isfinite(figures.scores).all() and np.isfinite(figures.leakage).all()
    assert figures.leakage.shape == (len(VARIED), 5)
    assert figures.path_length > 0
    assert figures.frechet is not None and figures.nearest is not None
    # The people held out are here the training people themselves.
    np.testing.assert_allclose(figures.nearest["photos of people held out"], 0, atol=1e-5)
    # Renders know nothing of the noise code.
    assert figures.floor[VARIED.index("noise")].max() < 1e-4
    text = markdown(figures, "Trial")
    assert "DS (Eq. 9)" in text and "Fréchet" in text
    alone = replace(figures, frechet=None, nearest=None)
    assert "Fréchet" not in markdown(alone, "Trial")


def test_the_edited_people_keep_their_identity(
    subject: Subject, network: PerceptionNetwork
) -> None:
    errors = edited_people(subject, network, 16, np.random.default_rng(5))
    assert errors.landmarks > 0
    assert np.isfinite([errors.auc, errors.same, errors.different]).all()


def test_sheets_and_heat(subject: Subject) -> None:
    rng = np.random.default_rng(6)
    assert sheets.samples(subject, rng, side=3).shape == (96, 96, 3)
    assert sheets.interpolation(subject, rng, steps=4).shape == (5 * 32, 4 * 32, 3)
    assert sheets.truncation(subject, rng, people=2).shape == (64, 4 * 32, 3)
    # The face, the maps alone, 4 to 32 alone, everything; two rows for each factor.
    assert sheets.stages(subject, rng).shape == (8 * 32, 7 * 32, 3)
    first = np.zeros((2, 2, 3), np.uint8)
    second = first.copy()
    second[0, 0] = 60
    glow = sheets.heat(first, second).astype(int).sum(2)
    assert glow[0, 0] > 200 and glow[1, 1] < 10
