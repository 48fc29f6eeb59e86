from __future__ import annotations

import torch

from nodes.sampling.noise import no_noise
from nodes.sampling.samplers.record import Sampler

X, SIGMAS = torch.zeros(1, 4, 2, 2), torch.tensor([2.0, 1.0, 0.5])


def function(denoiser, x, sigmas, *, noise, callback, gain=1.0):
    callback(0, x, x, 1)
    return x + gain


def test_options_add_up_without_changing_the_sampler():
    plain = Sampler("mine", function)
    louder = plain.with_options(gain=2.0)
    assert plain(None, X, SIGMAS, noise=no_noise)[0, 0, 0, 0] == 1
    assert louder(None, X, SIGMAS, noise=no_noise)[0, 0, 0, 0] == 2
    assert louder.with_options().options == {"gain": 2.0}


def test_step_noise_is_of_the_declared_kind():
    draws = {
        kind: Sampler("mine", function, kind).step_noise(X, SIGMAS, 3)(SIGMAS[0], SIGMAS[1])
        for kind in ("gaussian", "brownian", "brownian_on_device")
    }
    assert torch.equal(draws["gaussian"], torch.randn(X.shape, generator=torch.Generator().manual_seed(3)))
    assert torch.equal(draws["brownian"], draws["brownian_on_device"])
    assert not torch.equal(draws["brownian"], draws["gaussian"])
    assert Sampler("mine", function).step_noise(X, SIGMAS, 3) is no_noise
