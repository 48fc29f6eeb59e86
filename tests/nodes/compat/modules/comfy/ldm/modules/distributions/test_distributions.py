"""`comfy.ldm.modules.distributions.distributions`, against diffusers' class."""

from __future__ import annotations

import pytest
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution as Theirs

from nodes.compat.modules.comfy.ldm.modules.distributions.distributions import DiagonalGaussianDistribution


@pytest.mark.parametrize("deterministic", [True, False])
def test_it_is_that_of_diffusers(deterministic: bool) -> None:
    parameters = torch.randn(2, 8, 4, 4) * 20
    ours, theirs = DiagonalGaussianDistribution(parameters, deterministic), Theirs(parameters, deterministic)
    assert torch.equal(ours.mode(), theirs.mode())
    assert torch.allclose(ours.std, theirs.std)
    assert torch.allclose(ours.kl(), theirs.kl())
    assert ours.sample().shape == (2, 4, 4, 4)
