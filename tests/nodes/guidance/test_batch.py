"""What a prediction for several conds adds up to, and how many network calls it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.guidance.batch import MOST_PLANS, calc_cond_batch
from tests.nodes.guidance.fakes import FakeModel, entry, predictor_of, prepared

SHAPE = (1, 4, 16, 16)


def predict(
    model: FakeModel, *lists: list[Any] | None, shape: tuple[int, ...] = SHAPE, sigma: float = 1.0
) -> list[Tensor]:
    conds = [None if entries is None else prepared(model, shape, *entries) for entries in lists]
    sigmas = torch.full((shape[0],), sigma)
    return calc_cond_batch(predictor_of(model), conds, torch.zeros(shape), sigmas, model.options)


def test_cond_and_uncond_share_one_call_uncond_first() -> None:
    model = FakeModel()
    cond, uncond = predict(model, [entry(2.0)], [entry(5.0)])
    assert len(model.calls) == 1
    assert model.calls[0]["transformer_options"]["cond_or_uncond"] == [1, 0]
    assert model.calls[0]["context"].mean(dim=(1, 2)).tolist() == [5.0, 2.0]
    assert (cond.unique().tolist(), uncond.unique().tolist()) == ([2.0], [5.0])


def test_a_missing_list_predicts_zero() -> None:
    cond, uncond = predict(FakeModel(), [entry(2.0)], None)
    assert cond.mean() == 2.0
    assert uncond.abs().sum() == 0


def test_prompts_of_compatible_lengths_share_a_call() -> None:
    model = FakeModel()
    predict(model, [entry(2.0, tokens=4)], [entry(5.0, tokens=6)])
    assert [call["context"].shape for call in model.calls] == [(2, 12, 3)]
    predict(model, [entry(2.0, tokens=2)], [entry(5.0, tokens=9)])
    assert [call["context"].shape for call in model.calls[1:]] == [(1, 2, 3), (1, 9, 3)]


def test_contexts_are_repeated_over_the_batch() -> None:
    model = FakeModel()
    predict(model, [entry(2.0)], [entry(5.0)], shape=(3, 4, 16, 16))
    assert model.calls[0]["context"].mean(dim=(1, 2)).tolist() == [5.0] * 3 + [2.0] * 3


def test_strength_matters_only_where_conds_overlap() -> None:
    (even,) = predict(FakeModel(), [entry(2.0, strength=0.3)])
    assert even.unique().tolist() == pytest.approx([2.0])
    (both,) = predict(FakeModel(), [entry(2.0, strength=1.0), entry(4.0, strength=3.0)])
    assert both.unique().tolist() == pytest.approx([3.5])


def test_an_area_fades_at_its_inner_edges() -> None:
    (out,) = predict(FakeModel(), [entry(0.0), entry(1.0, area=(16, 8, 0, 8))])
    # Left edge of the area fades over 2 columns (8 // 4), the outer edges do not.
    line = out[0, 0, 0]
    assert line[:8].tolist() == [0.0] * 8
    assert line[8:].tolist() == pytest.approx([0.5 / 1.5, 1 / 2, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    assert torch.equal(out[0, 0, 0], out[0, 0, 15])


def test_only_the_area_reaches_the_network() -> None:
    model = FakeModel()
    predict(model, [entry(1.0, area=(6, 8, 2, 4))])
    assert model.calls[0]["x"].shape == (1, 4, 6, 8)


@pytest.mark.parametrize("area", [(8, 8, 16, 0), (8, 8, 0, 40)])
def test_an_area_outside_the_latent_does_not_apply(area: tuple[int, ...]) -> None:
    (out,) = predict(FakeModel(), [entry(2.0), entry(9.0, area=area)])
    assert out.unique().tolist() == [2.0]


def test_an_empty_mask_predicts_zero() -> None:
    (out,) = predict(FakeModel(), [entry(3.0, mask=torch.zeros(1, 16, 16))])
    assert out.abs().sum() == 0


def test_a_mask_weighs_and_is_not_feathered() -> None:
    mask = torch.zeros(1, 16, 16)
    mask[:, :, 8:] = 1
    options = {"mask": mask, "mask_strength": 3.0, "set_area_to_bounds": True}
    (out,) = predict(FakeModel(), [entry(1.0), entry(5.0, **options)])
    assert out[0, 0, 0].tolist() == pytest.approx([1.0] * 8 + [4.0] * 8)


def test_masks_of_a_batch_belong_to_its_items() -> None:
    mask = torch.stack([torch.zeros(16, 16), torch.ones(16, 16), torch.ones(16, 16)])
    (out,) = predict(FakeModel(), [entry(1.0), entry(3.0, mask=mask)], shape=(2, 4, 16, 16))
    assert out[:, 0, 0, 0].tolist() == pytest.approx([1.0, 2.0])


@pytest.mark.parametrize(("sigma", "expected"), [(14.7, 0.0), (3.0, 1.0), (0.01, 0.0)])
def test_conds_apply_within_their_range_of_sigmas(sigma: float, expected: float) -> None:
    (out,) = predict(FakeModel(), [entry(1.0, start_percent=0.1, end_percent=0.9)], sigma=sigma)
    assert out.mean() == expected


def test_both_ends_of_a_range_belong_to_it() -> None:
    model = FakeModel()
    for sigma in (model.sampling.percent_to_sigma(0.25), model.sampling.percent_to_sigma(0.75)):
        conds = prepared(model, SHAPE, entry(1.0, start_percent=0.25, end_percent=0.75))
        sigmas = torch.full((1,), sigma, dtype=torch.float64)
        (out,) = calc_cond_batch(predictor_of(model), [conds], torch.zeros(SHAPE), sigmas, {})
        assert out.mean() == 1.0


def test_default_conds_fill_what_is_left() -> None:
    mask = torch.zeros(1, 16, 16)
    mask[:, :8] = 0.25
    (out,) = predict(FakeModel(), [entry(4.0, mask=mask), entry(8.0, default=True)])
    assert out[0, 0, :, 0].tolist() == pytest.approx([7.0] * 8 + [8.0] * 8)


def test_default_conds_are_not_run_where_nothing_is_left() -> None:
    model = FakeModel()
    (out,) = predict(model, [entry(4.0), entry(8.0, default=True)])
    assert out.mean() == 4.0
    assert model.calls[0]["context"].shape[0] == 1


def test_a_wrapper_stands_between_guidance_and_the_network() -> None:
    seen: list[dict[str, Any]] = []

    def wrapper(apply: Any, args: dict[str, Any]) -> Tensor:
        seen.append(args)
        return apply(args["input"], args["timestep"], **args["c"]) + 1

    model = FakeModel(options={"model_function_wrapper": wrapper})
    cond, _ = predict(model, [entry(2.0)], [entry(5.0)])
    assert cond.mean() == 3.0
    assert seen[0]["cond_or_uncond"] == [1, 0]


def test_out_of_memory_halves_the_batch() -> None:
    def greedy(x: Tensor, timesteps: Tensor, context: Tensor, **_: Any) -> Tensor:
        if len(x) > 1:
            raise torch.OutOfMemoryError
        return context.mean().expand_as(x)

    model = FakeModel(call=greedy)
    cond, uncond = predict(model, [entry(2.0)], [entry(5.0)])
    assert (cond.mean(), uncond.mean()) == (2.0, 5.0)


def test_plans_are_made_once() -> None:
    model = FakeModel()
    predictor, conds = predictor_of(model), prepared(model, SHAPE, entry(1.0))
    for sigma in (3.0, 2.0, 1.0):
        calc_cond_batch(predictor, [conds], torch.zeros(SHAPE), torch.tensor([sigma]), {})
    assert len(predictor.plans) == 1
    assert model.calls[0]["context"].data_ptr() == model.calls[2]["context"].data_ptr()


def test_conds_that_are_copied_at_every_step_do_not_pile_up() -> None:
    model = FakeModel()
    predictor, conds = predictor_of(model), prepared(model, SHAPE, entry(1.0))
    for _ in range(MOST_PLANS + 10):
        calc_cond_batch(predictor, [[dict(cond) for cond in conds]], torch.zeros(SHAPE), torch.tensor([1.0]), {})
    assert len(predictor.plans) <= MOST_PLANS


class Control:
    """Answers with the number of latents it was asked for."""

    def prepared(self, model: Any) -> Control:
        return self

    def residuals(
        self, x: Tensor, timesteps: Tensor, context: Tensor, y: Tensor | None, sigma: Tensor, batch: int
    ) -> dict[str, list[Tensor]]:
        return {"middle": [torch.full((x.shape[0],), float(batch))]}


def test_control_splits_batches_and_reaches_the_network() -> None:
    model, control = FakeModel(), Control()
    predict(model, [entry(1.0, control=control), entry(2.0)], [entry(3.0, control=control)])
    assert [call["context"].shape[0] for call in model.calls] == [2, 1]
    assert model.calls[0]["control"]["middle"][0].tolist() == [2.0, 2.0]
    assert "control" not in model.calls[1] or model.calls[1]["control"] is None


@dataclass(frozen=True, eq=False)
class InpaintModel(FakeModel):
    """Wants five more channels; each place of them holds its column."""

    def extra_conds(self, cond: dict[str, Any]) -> dict[str, Any]:
        return {**super().extra_conds(cond), "c_concat": torch.arange(16.0).expand(1, 5, 16, 16)}


def test_channels_beside_the_latent_are_cut_with_it() -> None:
    model = InpaintModel(call=lambda x, timesteps, context, **_: x[:, :4])
    predict(model, [entry(1.0), entry(2.0, area=(8, 4, 0, 6))], shape=(2, 4, 16, 16))
    whole, part = (call["x"] for call in model.calls)
    assert whole.shape == (2, 9, 16, 16)
    assert part.shape == (2, 9, 8, 4)
    assert part[1, 4, 0].tolist() == [6.0, 7.0, 8.0, 9.0]
