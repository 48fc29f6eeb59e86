"""How predictions are combined, and which functions of the model take part in what order."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nodes.guidance.cfg import Guided, Step, guide
from nodes.guidance.options import with_cfg_function, with_post_cfg, with_pre_cfg, without_cfg1_shortcut
from tests.nodes.guidance.fakes import FakeModel, entry, predictor_of, prepared

SHAPE = (1, 4, 16, 16)
COND, UNCOND = 3.0, 1.0


def guided(model: FakeModel, scale: float) -> Guided:
    cond, uncond = (prepared(model, SHAPE, entry(value)) for value in (COND, UNCOND))
    step = Step(predictor_of(model), torch.full(SHAPE, 10.0), torch.tensor([2.0]), model.options)
    return guide(step, cond, uncond, scale)


def test_plain_guidance() -> None:
    result = guided(FakeModel(), 4.0)
    assert result.denoised.mean() == UNCOND + (COND - UNCOND) * 4
    assert result.uncond.mean() == UNCOND


def test_scale_one_evaluates_the_prompt_alone() -> None:
    model = FakeModel()
    assert guided(model, 1.0).denoised.mean() == COND
    assert model.calls[0]["context"].shape[0] == 1


def test_the_shortcut_can_be_switched_off() -> None:
    model = without_cfg1_shortcut(FakeModel())  # type: ignore[arg-type, type-var]
    result = guided(model, 1.0)  # type: ignore[arg-type]
    assert (result.denoised.mean(), result.uncond.mean()) == (COND, UNCOND)


def test_an_own_rule_works_on_what_is_taken_off_x() -> None:
    def rule(args: dict[str, Any]) -> torch.Tensor:
        assert args["cond"].mean() == 10 - COND
        assert args["uncond_denoised"].mean() == UNCOND
        return args["cond"] * args["cond_scale"]

    assert guided(with_cfg_function(FakeModel(), rule), 2.0).denoised.mean() == 10 - (10 - COND) * 2  # type: ignore


def test_an_own_rule_of_three_parameters_is_called_the_old_way() -> None:
    model = with_cfg_function(FakeModel(), lambda cond, uncond, scale: uncond + (cond - uncond) * scale)  # type: ignore
    assert guided(model, 4.0).denoised.mean() == pytest.approx(UNCOND + (COND - UNCOND) * 4)  # type: ignore


def test_functions_before_and_after_run_in_the_order_they_were_added() -> None:
    model: Any = FakeModel()
    model = with_pre_cfg(model, lambda args: [args["conds_out"][0] + 1, args["conds_out"][1]])
    model = with_pre_cfg(model, lambda args: [args["conds_out"][0] * 2, args["conds_out"][1]])
    model = with_post_cfg(model, lambda args: args["denoised"] + 1)
    model = with_post_cfg(model, lambda args: args["denoised"] * args["cond_scale"])
    cond = (COND + 1) * 2
    assert guided(model, 3.0).denoised.mean() == (UNCOND + (cond - UNCOND) * 3 + 1) * 3


def test_a_function_may_take_over_the_predictions() -> None:
    options = {"sampler_calc_cond_batch_function": lambda args: [args["input"], args["input"] * 0]}
    assert guided(FakeModel(options=options), 2.0).denoised.mean() == 20


def test_options_of_the_handle_given_stay_as_they_are() -> None:
    model: Any = FakeModel()
    with_post_cfg(model, lambda args: args["denoised"])
    assert model.options == {}
