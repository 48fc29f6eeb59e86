from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nodes.sampling import predictions
from nodes.sampling.predictions import X0, CosmosFlow, Edm, Eps, Flow, ImageToImage, Lcm, V

torch.manual_seed(0)
X0_, N = torch.randn(2, 4, 3, 3), torch.randn(2, 4, 3, 3)
SIGMA = torch.tensor([0.7, 2.0])
S = SIGMA.reshape(2, 1, 1, 1)


@pytest.mark.parametrize("sigma_data", [1.0, 0.5])
def test_the_perfect_output_gives_back_the_data(sigma_data):
    sd, x = sigma_data, X0_ + S * N
    variance = S**2 + sd**2
    targets = {
        Eps(sd): N,
        V(sd): (x * sd**2 / variance - X0_) * variance.sqrt() / (S * sd),
        Edm(sd): (X0_ - x * sd**2 / variance) * variance.sqrt() / (S * sd),
        X0(sd): X0_,
    }
    for prediction, output in targets.items():
        torch.testing.assert_close(prediction.noise_scaling(SIGMA, N, X0_), x)
        torch.testing.assert_close(prediction.calculate_denoised(SIGMA, output, x), X0_, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(prediction.calculate_input(SIGMA, x), x / variance.sqrt())


def test_flow_gives_back_the_data():
    sigma = torch.tensor([0.2, 0.9])
    x = Flow().noise_scaling(sigma, N, X0_)
    torch.testing.assert_close(Flow().calculate_denoised(sigma, N - X0_, x), X0_)
    assert Flow().calculate_input(sigma, x) is x
    rescaled = Flow().inverse_noise_scaling(sigma, x)
    torch.testing.assert_close(rescaled * (1 - sigma.reshape(2, 1, 1, 1)), x)


def test_cosmos_is_a_flow_in_its_own_time():
    x = CosmosFlow().noise_scaling(SIGMA, N, X0_, max_denoise=True)
    torch.testing.assert_close(x, X0_ + S * N)
    time = S / (S + 1)
    torch.testing.assert_close(CosmosFlow().calculate_input(SIGMA, x), time * N + (1 - time) * X0_)
    torch.testing.assert_close(CosmosFlow().calculate_denoised(SIGMA, N - X0_, x), X0_, rtol=1e-4, atol=1e-5)


def test_image_to_image_takes_its_input_as_it_is():
    assert ImageToImage().calculate_input(SIGMA, N) is N
    assert ImageToImage().calculate_denoised(SIGMA, X0_, N) is X0_


def test_lcm_keeps_x_at_timestep_zero_and_trusts_the_network_later():
    lcm = Lcm(timestep=lambda sigma: torch.tensor([0, 999]))
    x = X0_ + S * N
    denoised = lcm.calculate_denoised(SIGMA, N, x)
    torch.testing.assert_close(denoised[0], x[0])
    torch.testing.assert_close(denoised[1], X0_[1], rtol=1e-3, atol=1e-3)


def test_max_denoise_is_the_noise_of_unit_data():
    torch.testing.assert_close(Eps().noise_scaling(SIGMA, N, torch.zeros_like(N), True), N * (1 + S**2).sqrt())
    assert Eps().inverse_noise_scaling(SIGMA, N) is N


@given(st.floats(0.01, 100))
def test_a_scalar_sigma_is_the_same_as_one_per_item(sigma):
    one, per_item = torch.tensor(sigma), torch.full((2,), sigma)
    for prediction in (Eps(), V(), Edm(0.5), Flow(), CosmosFlow()):
        for method in ("calculate_input", "inverse_noise_scaling"):
            call = getattr(prediction, method)
            torch.testing.assert_close(call(one, N), call(per_item, N))
        torch.testing.assert_close(
            prediction.calculate_denoised(one, X0_, N), prediction.calculate_denoised(per_item, X0_, N)
        )


def test_sigma_broadcasts_over_every_other_dimension():
    assert predictions.broadcast(SIGMA, torch.zeros(2, 4, 3, 3, 3)).shape == (2, 1, 1, 1, 1)
    assert predictions.broadcast(SIGMA[0], N).shape == ()
