"""Likelihoods against closed forms; the prior's file says what the training made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from models.face.lighting import sh_basis
from models.face.rig_vector import FACTORS, PARTS, RIG_SIZE, factor_indices, to_vector
from models.files.store import StoreError, load_weights, save_weights
from models.networks.prior import (
    BRIGHTNESS,
    DEFAULT_PRIOR,
    MODELS,
    PRIOR_KIND,
    Z_SIZES,
    RigPrior,
    read_factor,
    tame,
)
from models.training.prior import (
    NOISE_FLOOR,
    RigVae,
    gaussian_likelihood,
    importance_likelihood,
    kl_divergence,
    learn_factor,
    principal_axes,
    shrunk_covariance,
)


def some_covariance(size: int = 6) -> np.ndarray:
    root = np.random.default_rng(0).normal(size=(size, size))
    return root @ root.T + 0.1 * np.eye(size)


def test_gaussian_likelihood_is_scipys() -> None:
    covariance = some_covariance()
    x = np.random.default_rng(1).normal(size=(9, 6))
    truth = multivariate_normal(np.zeros(6), covariance).logpdf(x)
    np.testing.assert_allclose(gaussian_likelihood(x, covariance), truth, rtol=1e-9)


def test_kl_is_torchs() -> None:
    mean, log_variance = torch.randn(5, 7), torch.randn(5, 7)
    posterior = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    truth = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(kl_divergence(mean, log_variance), truth.sum(1))


def test_importance_sampling_finds_a_linear_models_likelihood() -> None:
    """A decoder that is x = a z + noise has the likelihood of a known Gaussian."""
    a, deviation = 1.5, 0.6
    vae = RigVae(1, 8, 1)
    with torch.no_grad():
        for parameter in vae.parameters():
            parameter.zero_()
        # z and -z pass the ReLUs on channels of their own.
        first, second, third, last = (vae.decoder[i].weight for i in (0, 2, 4, 6))
        first[:2, 0] = torch.tensor([1.0, -1.0])
        second[:2, :2] = third[:2, :2] = torch.eye(2)
        last[0, :2] = torch.tensor([a, -a])
        vae.log_scale.fill_(np.log(deviation - NOISE_FLOOR))
    x = torch.tensor([[-2.0], [0.3], [1.7]])
    truth = multivariate_normal([0.0], [[a**2 + deviation**2]]).logpdf(x.numpy())
    found = importance_likelihood(vae, x, samples=4000)
    np.testing.assert_allclose(found, truth, atol=0.1)


def test_shrinkage_falls_with_the_number_of_samples() -> None:
    covariance = some_covariance()
    rng = np.random.default_rng(2)
    shares, errors = [], []
    for n in (12, 20000):
        x = rng.multivariate_normal(np.zeros(6), covariance, n)
        estimate, share = shrunk_covariance(x)
        shares.append(share)
        errors.append(np.abs(estimate - covariance).max())
    assert 1 >= shares[0] > 0.02 > shares[1] >= 0
    assert errors[1] < 0.15 * np.abs(covariance).max()


def test_principal_axes_make_the_covariance() -> None:
    covariance = some_covariance()
    axes = principal_axes(covariance, 8)
    assert axes.shape == (6, 8)
    np.testing.assert_allclose(axes @ axes.T, covariance, atol=1e-9)


def test_both_models_of_the_file_give_back_what_they_encode() -> None:
    """After training and reading, decode(encode) is close."""
    rng = np.random.default_rng(3)
    rigs = np.zeros((300, RIG_SIZE), np.float32)
    rigs[:, PARTS["pose"]] = rng.normal(size=(300, 3)) * [8, 4, 5]
    result = learn_factor("pose", rigs, rigs[:50], steps=300)
    data = {f"pose.{k}": v for k, v in result.tensors.items()}
    gaussian = read_factor(data, "pose", "gaussian")
    values = rigs[:20, factor_indices("pose")]
    np.testing.assert_allclose(gaussian.decode(gaussian.encode(values)), values, atol=0.05)
    vae = read_factor(data, "pose", "vae")
    assert vae.encode(values).shape == (20, Z_SIZES["pose"])
    assert np.abs(vae.decode(vae.encode(values)) - values).mean() < np.abs(values).mean()


def test_the_side_that_portraits_favour_is_kept() -> None:
    rng = np.random.default_rng(4)
    rigs = np.zeros((400, RIG_SIZE), np.float32)
    rigs[:, PARTS["pose"]] = rng.normal(size=(400, 3)) * [8, 4, 5] + [6, 0, 0]
    data = learn_factor("pose", rigs, rigs[:50], steps=10).tensors
    gaussian = read_factor({f"pose.{k}": v for k, v in data.items()}, "pose", "gaussian")
    drawn = np.stack([gaussian.sample(rng, 1.0) for _ in range(2000)])
    np.testing.assert_allclose(drawn.mean(0), rigs[:, PARTS["pose"]].mean(0), atol=0.6)
    np.testing.assert_allclose(drawn.std(0), rigs[:, PARTS["pose"]].std(0), rtol=0.15)


def test_a_harsh_light_is_evened_out() -> None:
    light = np.zeros((9, 3), np.float32)
    light[0], light[3] = 0.4, 1.0
    soft = tame(light)
    angles = np.linspace(-0.8, 0.8, 9)
    normals = np.stack([np.sin(angles), 0 * angles, np.cos(angles)], -1)
    shine = sh_basis(normals) @ soft
    assert shine.min() > 0.2
    assert shine.max() < BRIGHTNESS[1] * 1.3


def test_another_models_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "prior.safetensors"
    metadata = {"kind": PRIOR_KIND, "version": "1", "face_model": "other"}
    save_weights(path, {"x": np.zeros(1)}, metadata)
    with pytest.raises(StoreError, match="another face model"):
        RigPrior.load(path)


@pytest.mark.parametrize("model", [None, *MODELS])
def test_the_shipped_prior_draws_plausible_rigs(model: str | None) -> None:
    prior = RigPrior.load(model=model)
    rng = np.random.default_rng(4)
    rigs = [prior.sample(rng) for _ in range(40)]
    expression = np.stack([r.expression for r in rigs])
    assert expression.min() >= 0
    assert expression.max() <= 1
    shine = np.stack([sh_basis(np.array([[0.0, 0, 1], [0.5, 0, 0.87]])) @ r.light for r in rigs])
    assert shine.min() > 0.2
    assert shine.max() < 2.2
    assert np.stack([r.identity for r in rigs]).std() > 0.4
    usual = prior.sample(rng, truncation=0.0)
    np.testing.assert_array_equal(to_vector(usual), to_vector(prior.sample(rng, truncation=0.0)))
    for factor in FACTORS:
        assert prior.encode(factor, to_vector(usual)).shape == (Z_SIZES[factor],)
    assert load_weights(DEFAULT_PRIOR)[1]["licence"] == "CC BY 4.0"
