from __future__ import annotations

import math

import pytest
import torch

from graphcore.errors import UserError
from nodes.sampling import model_sampling
from nodes.sampling.published_schedules import align_your_steps, ltxv, optimal_steps, sd_turbo

FUNCTIONS = {"AlignYourStepsScheduler": align_your_steps, "OptimalStepsScheduler": optimal_steps, "LTXVScheduler": ltxv}


def test_schedule_nodes_equal_the_reference(reference):
    cases = [case for case in reference("nodes.json") if case["node"] in FUNCTIONS]
    assert {case["node"] for case in cases} == set(FUNCTIONS)
    for case in cases:
        inputs = dict(case["inputs"])
        if "latent" in inputs:
            inputs["tokens"] = math.prod(inputs.pop("latent")[2:])
        sigmas = FUNCTIONS[case["node"]](**inputs)
        torch.testing.assert_close(sigmas, torch.tensor(case["outputs"][0]), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("denoise", [0.0, -1.0])
def test_nothing_to_denoise_is_empty(denoise):
    assert len(align_your_steps("SD1", 10, denoise)) == 0


def test_an_unknown_model_type_lists_the_known_ones():
    with pytest.raises(UserError, match="SD1, SDXL, SVD"):
        align_your_steps("banana", 10)


def test_sd_turbo_takes_the_distilled_timesteps():
    model = model_sampling.discrete()
    torch.testing.assert_close(sd_turbo(model, 1), torch.cat([model.sigmas[[999]], torch.zeros(1)]))
    torch.testing.assert_close(sd_turbo(model, 2, 0.5), torch.cat([model.sigmas[[499, 399]], torch.zeros(1)]))


def test_ltxv_ends_at_its_terminal_sigma():
    assert float(ltxv(8, terminal=0.25)[-2]) == pytest.approx(0.25)
