from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models.evaluation.latent import direction_cosines
from models.face.condition_maps import MAP_CHANNELS
from models.face.rig_vector import FACTORS, RIG_SIZE
from models.networks.generator import (
    Discriminator,
    Generator,
    GeneratorSpec,
    NoiseEncoder,
    StyledConv,
    Synthesis,
    maps_to_input,
)

SPEC = GeneratorSpec(size=32, width=16, noise=8, w=24)


def _inputs(count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    maps = torch.randn(count, MAP_CHANNELS, SPEC.size, SPEC.size)
    return torch.randn(count, RIG_SIZE), torch.randn(count, SPEC.noise), maps


def test_modulated_activations_equal_modulated_weights() -> None:
    """StyleGAN2's own form: per-sample weights, scaled by the style and demodulated."""
    torch.manual_seed(0)
    layer = StyledConv(SPEC, 5, 7)
    x, w = torch.randn(3, 5, 8, 8), torch.randn(3, SPEC.w)
    found = layer(x, w, torch.zeros(1, 1, 8, 8))
    style = layer.style(w)
    weight = layer.conv.weight[None] * layer.conv.scale * style[:, None, :, None, None]
    weight = weight * (weight.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    grouped = F.conv2d(x.reshape(1, 15, 8, 8), weight.reshape(21, 5, 3, 3), padding=1, groups=3)
    wanted = F.leaky_relu(grouped.reshape(3, 7, 8, 8), 0.2) * 2**0.5
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_every_style_layer_and_every_input_matters() -> None:
    torch.manual_seed(0)
    generator = Generator(SPEC)
    rig, noise, maps = (x.requires_grad_() for x in _inputs(2))
    styles = generator.broadcast(generator.mapping(rig, noise)).detach().requires_grad_()
    generator.synthesis(styles, maps.detach()).square().sum().backward()
    assert styles.shape == (2, SPEC.layers, SPEC.w)
    assert styles.grad is not None
    assert (styles.grad.abs().sum((0, 2)) > 0).all()
    generator(rig, noise, maps).square().sum().backward()
    for given in (rig, noise, maps):
        assert given.grad is not None
        assert given.grad.abs().sum() > 0


def test_mapping_undoes_the_units_of_the_rig() -> None:
    torch.manual_seed(0)
    generator = Generator(SPEC)
    rig, noise, _ = _inputs(2)
    rig = rig.clamp(-2, 2)
    plain = generator.mapping(rig, noise)
    generator.mapping.rig_mean.fill_(3.0)
    generator.mapping.rig_deviation.fill_(10.0)
    torch.testing.assert_close(generator.mapping(rig * 10 + 3, noise), plain, rtol=1e-4, atol=1e-4)


def test_an_edit_moves_w_alike_in_every_company() -> None:
    """DiscoFaceGAN's Table 2: Δw of fixed ends, and of fixed offsets within REACH."""
    torch.manual_seed(0)
    mapping = Generator(SPEC).mapping
    rng = np.random.default_rng(0)
    rigs = rng.uniform(-0.8, 0.8, (24, RIG_SIZE)).astype(np.float32)
    noise = rng.normal(size=(24, SPEC.noise)).astype(np.float32)

    def w(rig: np.ndarray, code: np.ndarray) -> np.ndarray:
        return mapping(torch.from_numpy(rig), torch.from_numpy(code)).detach().numpy()

    for factor in FACTORS:
        assert direction_cosines(w, factor, rigs, noise) == pytest.approx((1, 1), abs=1e-4)
    assert direction_cosines(w, "identity", 5 * rigs, noise)[0] == pytest.approx(1, abs=1e-4)


def test_far_beyond_the_training_data_w_stays_where_it_was_trained() -> None:
    torch.manual_seed(0)
    mapping = Generator(SPEC).mapping
    far = torch.full((1, RIG_SIZE), 2.5)
    noise = torch.zeros(1, SPEC.noise)
    torch.testing.assert_close(mapping(far * 10, noise), mapping(far, noise))
    assert not torch.allclose(mapping(far * 0.5, noise), mapping(far, noise))


def test_discriminator_and_encoder_shapes_and_batch_independence() -> None:
    torch.manual_seed(0)
    _, _, maps = _inputs(4)
    pictures = torch.randn(4, 3, SPEC.size, SPEC.size)
    logits, features = Discriminator(SPEC).judge(pictures, maps)
    assert logits.shape == (4,)
    assert [f.shape[-1] for f in features] == [16, 8, 4]
    encoder = NoiseEncoder(SPEC)
    mean, log_variance = encoder(pictures, maps)
    assert mean.shape == log_variance.shape == (4, SPEC.noise)
    torch.testing.assert_close(encoder(pictures[:1], maps[:1])[0], mean[:1])


@pytest.mark.parametrize("size", [64, 128, 256])
def test_larger_pictures_only_add_blocks_at_the_end(size: int) -> None:
    """Growing copies every common layer, so the coarse ones must keep names and shapes."""
    coarse = Synthesis(GeneratorSpec(size=32, width=64)).state_dict()
    fine = Synthesis(GeneratorSpec(size=size, width=64)).state_dict()
    for name, value in coarse.items():
        assert fine[name].shape == value.shape, name


def test_specification_travels_as_text() -> None:
    assert GeneratorSpec.from_text(SPEC.as_text()) == SPEC
    with pytest.raises(KeyError):
        GeneratorSpec.from_text({"size": "64"})


def test_maps_reach_the_network_in_the_unit_range() -> None:
    maps = torch.from_numpy(np.array([0, 255], np.uint8).repeat(7).reshape(1, 1, 2, 7))
    seen = maps_to_input(maps)
    assert seen.shape == (1, 7, 1, 2)
    assert seen.min() == -1
    assert seen.max() == 1
