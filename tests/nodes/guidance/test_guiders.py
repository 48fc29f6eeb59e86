"""Each guider against its formula, with predictions that are one number each."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from graphcore.errors import RunError
from nodes.guidance.cfg import Guided, Step
from nodes.guidance.guiders import BasicGuider, CFGGuider, DualCFGGuider, Guider, PerpNegGuider, perp_neg
from tests.nodes.guidance.fakes import FakeModel, entry, predictor_of

SHAPE = (1, 4, 16, 16)
A, B, N = ([entry(value)] for value in (3.0, 2.0, 0.5))


def result(guider: Guider, **options: Any) -> Guided:
    model: Any = guider.model
    predictor = predictor_of(model)
    step = Step(predictor, torch.zeros(SHAPE), torch.tensor([2.0]), {**model.options, **options})
    return guider.predict(step, predictor.prepare(guider.lists))


def calls(guider: Guider) -> list[int]:
    """How many latents each network call had."""
    model: Any = guider.model
    return [len(call["x"]) for call in model.calls]


def test_basic() -> None:
    guider = BasicGuider(FakeModel(), A)  # type: ignore[arg-type]
    assert result(guider).denoised.mean() == 3.0
    assert calls(guider) == [1]


def test_cfg() -> None:
    assert result(CFGGuider(FakeModel(), A, N, 5.0)).denoised.mean() == 0.5 + 2.5 * 5  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [math.nan, math.inf])
def test_a_scale_that_is_no_number_is_refused(scale: float) -> None:
    with pytest.raises(RunError, match="is no number to guide by"):
        CFGGuider(FakeModel(), A, N, scale)  # type: ignore[arg-type]


def test_dual_regular() -> None:
    guided = result(DualCFGGuider(FakeModel(), A, B, N, 4.0, 3.0))  # type: ignore[arg-type]
    assert guided.denoised.mean() == pytest.approx(0.5 + 1.5 * 3 + 1 * 4)
    assert guided.uncond.mean() == 0.5


def test_dual_nested() -> None:
    guided = result(DualCFGGuider(FakeModel(), A, B, N, 4.0, 3.0, nested=True))  # type: ignore[arg-type]
    text = 2 + 1 * 4
    assert guided.denoised.mean() == pytest.approx(0.5 + 3 * (text - 0.5))


@pytest.mark.parametrize(("cfg_conds", "evaluated"), [(4.0, 2), (1.0, 1)])
def test_dual_leaves_away_what_cancels_out(cfg_conds: float, evaluated: int) -> None:
    guider = DualCFGGuider(FakeModel(), A, B, N, cfg_conds, 1.0)  # type: ignore[arg-type]
    assert result(guider).denoised.mean() == pytest.approx(2 + 1 * cfg_conds)
    assert calls(guider) == [evaluated]
    assert result(guider, disable_cfg1_optimization=True).denoised.mean() == pytest.approx(2 + 1 * cfg_conds)
    assert calls(guider)[1:] == [3]


def test_the_post_function_sees_the_first_term_alone() -> None:
    guider = DualCFGGuider(FakeModel(), A, B, N, 4.0, 3.0)  # type: ignore[arg-type]
    post = {"sampler_post_cfg_function": [lambda args: args["denoised"] * 10]}
    assert result(guider, **post).denoised.mean() == pytest.approx((0.5 + 1.5 * 3) * 10 + 1 * 4)


def test_middle_and_empty_count_as_negative_prompts() -> None:
    dual = DualCFGGuider(FakeModel(), A, B, N, 1.0, 1.0)  # type: ignore[arg-type]
    perp = PerpNegGuider(FakeModel(), A, N, B, 1.0, 1.0)  # type: ignore[arg-type]
    assert dual.lists["middle"][0][1]["prompt_type"] == "negative"
    assert perp.lists["empty_negative_prompt"][0][1]["prompt_type"] == "negative"
    assert "prompt_type" not in B[0][1]


def test_perp_neg_formula() -> None:
    generator = torch.Generator().manual_seed(0)
    positive, negative, empty = (torch.randn(2, 4, 3, 3, generator=generator) for _ in range(3))
    p, n = positive - empty, negative - empty
    perpendicular = n - (n * p).sum() / (p**2).sum() * p
    assert float((perpendicular * p).sum()) == pytest.approx(0, abs=1e-4)
    expected = empty + 6 * (p - 1.2 * perpendicular)
    torch.testing.assert_close(perp_neg(positive, negative, empty, cond_scale=6.0, neg_scale=1.2), expected)


def test_perp_neg_guider_takes_nothing_from_a_parallel_negative() -> None:
    guider = PerpNegGuider(FakeModel(), A, N, B, 3.0, 1.0)  # type: ignore[arg-type]
    assert result(guider).denoised.mean() == pytest.approx(2 + 3 * 1, rel=1e-4)
    assert calls(guider) == [3]


def test_perp_neg_without_a_negative_scale_skips_it() -> None:
    guider = PerpNegGuider(FakeModel(), A, N, B, 3.0, 0.0)  # type: ignore[arg-type]
    assert result(guider).denoised.mean() == pytest.approx(2 + 3 * 1)
    assert calls(guider) == [2]


def test_perp_neg_runs_the_models_functions() -> None:
    def pre(args: dict[str, Any]) -> list[Tensor]:
        return [out + 1 for out in args["conds_out"]]

    guider = PerpNegGuider(FakeModel(), A, N, B, 3.0, 0.0)  # type: ignore[arg-type]
    options = {"sampler_pre_cfg_function": [pre], "sampler_post_cfg_function": [lambda a: -a["denoised"]]}
    # The skipped negative predicts 0, and is given 1 like the others; its scale is 0.
    assert result(guider, **options).denoised.mean() == pytest.approx(-(3 + 3 * 1))
