"""Training samples and the loss of the matte."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from models.networks.matte import SIZE, MatteNetwork
from models.training import matte
from models.training.matte_data import Person, key_person, sample


def _person() -> tuple[Person, np.ndarray]:
    """A drawn person before a blue gradient, with a mask that misses a lock of hair."""
    truth: np.ndarray = np.zeros((200, 160), np.float32)
    cv2.ellipse(truth, (80, 80), (40, 52), 0, 0, 360, 1.0, -1)
    cv2.rectangle(truth, (20, 140), (140, 199), 1.0, -1)
    mask = (truth * 255).astype(np.uint8)
    cv2.ellipse(truth, (80, 30), (6, 10), 0, 0, 360, 1.0, -1)
    truth = cv2.blur(truth, (3, 3))
    backdrop = np.full((200, 160, 3), (60, 90, 210), np.float32)
    backdrop += np.linspace(-15, 15, 160)[None, :, None]
    person = np.full((200, 160, 3), (150, 110, 80), np.float32)
    pixels = truth[..., None] * person + (1 - truth[..., None]) * backdrop
    return key_person("x", pixels.astype(np.uint8), mask, (45, 40, 115, 130)), truth


def test_keying_finds_what_the_mask_missed() -> None:
    person, truth = _person()
    before = np.abs(person.mask / 255 - truth).mean()
    after = np.abs(person.alpha / 255 - truth).mean()
    assert after < 0.3 * before
    half = (truth > 0.3) & (truth < 0.9)
    assert np.abs(person.colours[half] - (150.0, 110.0, 80.0)).mean() < 12


def test_samples_depend_on_the_generator_alone() -> None:
    people = [_person()[0]]
    inputs, target = sample(people, np.random.default_rng(4))
    again, target_again = sample(people, np.random.default_rng(4))
    np.testing.assert_array_equal(inputs, again)
    np.testing.assert_array_equal(target, target_again)
    assert inputs.shape == (5, SIZE, SIZE) and target.shape == (2, SIZE, SIZE)
    assert target.min() >= 0 and target.max() <= 1
    np.testing.assert_array_equal(inputs[3], target[1])


def test_loss_ignores_what_is_outside_and_vanishes_at_the_truth() -> None:
    target = torch.zeros(1, 2, 8, 8)
    target[:, 0, 2:5, 2:5] = 1
    target[:, 1, :6] = 1
    right = (target[:, :1] * 2 - 1) * 40
    wrong_outside = right.clone()
    wrong_outside[..., 6:, :] *= -1
    terms = matte.matte_loss(wrong_outside, target)
    assert float(terms["bce"]) < 1e-6 and float(terms["l1"]) < 1e-6
    assert float(matte.matte_loss(-right, target)["l1"]) > 0.99


def test_the_command_writes_weights_that_load(portraits: Path, tmp_path: Path) -> None:
    source = tmp_path / "few"
    source.mkdir()
    table = np.load(portraits / "landmarks.npz")
    names = [str(name) for name in table["ids"][:3]]
    keep = {k: table[k][:3] for k in ("ids", "landmarks", "landmarks_mirror")}
    np.savez(source / "landmarks.npz", **keep)
    for part, ending in (("train", "jpg"), ("masks", "png")):
        (source / part).mkdir()
        for name in names:
            (source / part / f"{name}.{ending}").symlink_to(portraits / part / f"{name}.{ending}")
    parser = argparse.ArgumentParser()
    matte.add_arguments(parser)
    out = tmp_path / "matte.safetensors"
    options = ["--portraits", str(source), "--out", str(out), "--steps", "2"]
    assert matte.run(parser.parse_args(options)) == 0
    assert matte.run(parser.parse_args([*options, "--resume"])) == 0
    MatteNetwork.load(out)
