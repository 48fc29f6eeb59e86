from __future__ import annotations

import pytest
import torch

from graphcore.errors import UserError
from nodes.sampling import model_sampling
from nodes.sampling.predictions import X0, Edm, Eps, ImageToImage, Lcm, V
from nodes.sampling.sigma_tables import ContinuousV


def test_lcm_has_a_distilled_table_and_uses_its_timesteps():
    model = model_sampling.discrete("lcm")
    assert len(model.sigmas) == 50
    assert isinstance(model.prediction, Lcm)
    assert int(model.prediction.timestep(torch.tensor(model.sigma_max))) == 999


def test_lcm_with_zero_terminal_snr_distils_the_rescaled_table():
    assert model_sampling.discrete("lcm", zero_terminal_snr=True).sigma_max == pytest.approx(4518.7637, rel=1e-6)


def test_kinds_of_discrete_prediction():
    kinds = {name: model_sampling.discrete(name).prediction for name in ("eps", "v_prediction", "x0", "img_to_img")}
    assert kinds == {"eps": Eps(), "v_prediction": V(), "x0": X0(), "img_to_img": ImageToImage()}


def test_continuous_edm_carries_sigma_data():
    model = model_sampling.continuous_edm("edm", sigma_min=0.002, sigma_max=80.0, sigma_data=0.5)
    assert model.prediction == Edm(0.5)
    assert model.sigma_max == pytest.approx(80.0)


def test_continuous_v_defaults():
    model = model_sampling.continuous_v()
    assert (model.prediction, model.table) == (V(), ContinuousV(0.03, 500.0))


def test_only_rectified_flow_is_flow():
    flows = [model_sampling.flow(), model_sampling.flux()]
    others = [model_sampling.discrete(), model_sampling.cascade(), model_sampling.cosmos()]
    assert [model.is_flow for model in flows + others] == [True, True, False, False, False]


def test_a_model_delegates_to_its_two_halves():
    model, x, sigma = model_sampling.cosmos(), torch.ones(1, 4, 2, 2), torch.tensor(3.0)
    torch.testing.assert_close(model.calculate_input(sigma, x), x / 4)
    torch.testing.assert_close(model.timestep(sigma), torch.tensor(0.75))
    torch.testing.assert_close(model.calculate_denoised(sigma, x, x), x * 0.25 - 0.75)
    torch.testing.assert_close(model.noise_scaling(sigma, x, x), x * 4)
    assert model.inverse_noise_scaling(sigma, x) is x


def test_an_unknown_prediction_suggests_the_nearest():
    with pytest.raises(UserError, match="Did you mean 'v_prediction'"):
        model_sampling.discrete("v_predictions")
