"""Patches that reach into the network, at their patch points."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.guidance.cfg import Step, guide
from nodes.guidance.patches.downscale import add_downscale
from nodes.guidance.patches.free_u import damped, free_u, strengthened
from nodes.guidance.patches.hypertile import Tiling, depth_of, hypertile, random_count
from nodes.guidance.patches.perp_neg import perp_neg
from nodes.guidance.patches.perturbed_attention import perturbed_attention
from nodes.guidance.patches.self_attention import (
    Recorder,
    blurred_where_attended,
    gaussian_blur,
    middle_height,
    self_attention_guidance,
)
from nodes.guidance.patches.skip_layer import layer_numbers, skip_layer_guidance, skip_layer_uncond
from tests.nodes.guidance.fakes import FakeModel, entry, predictor_of, prepared

SHAPE = (1, 4, 16, 16)


def attending(
    x: Tensor, timesteps: Tensor, context: Tensor, *, transformer_options: dict[str, Any], **_: Any
) -> Tensor:
    """The mean of the context; the middle block's attention, if replaced, adds its answer."""
    out = context.mean(dim=(1, 2)).reshape(-1, 1, 1, 1).expand_as(x)
    replaced = transformer_options.get("patches_replace", {}).get("attn1", {})
    function = replaced.get(("middle", 0, 0)) or replaced.get(("middle", 0))
    if function is None:
        return out
    tokens = x[:, :, ::4, ::4].flatten(2).transpose(1, 2)
    extra = {**transformer_options, "n_heads": 2}
    return out + function(tokens, tokens, tokens + 1, extra).mean(dim=(1, 2)).reshape(-1, 1, 1, 1)


def skippable(
    x: Tensor, timesteps: Tensor, context: Tensor, *, transformer_options: dict[str, Any], **_: Any
) -> Tensor:
    """The mean of the context plus 1 for each block that is not skipped, of three double and two single ones."""
    skipped = transformer_options.get("patches_replace", {}).get("dit", {})
    blocks = [("double_block", i) for i in range(3)] + [("single_block", i) for i in range(2)]
    return context.mean(dim=(1, 2)).reshape(-1, 1, 1, 1).expand_as(x) + sum(block not in skipped for block in blocks)


def guided(model: Any, scale: float = 2.0, sigma: float = 2.0, x: Tensor | None = None) -> Tensor:
    cond, uncond = (prepared(model, SHAPE, entry(value)) for value in (3.0, 1.0))
    x = torch.zeros(SHAPE) if x is None else x
    return guide(Step(predictor_of(model), x, torch.tensor([sigma]), model.options), cond, uncond, scale).denoised


def test_perturbed_attention() -> None:
    model: Any = perturbed_attention(FakeModel(call=attending), 3.0)  # type: ignore[arg-type]
    # The perturbed prediction is one more than the prompt's: v is x + 1, and x is 0.
    assert guided(model).mean() == pytest.approx((1 + 2 * 2) + (3 - 4) * 3)
    assert len(model.calls) == 2
    assert guided(perturbed_attention(FakeModel(call=attending), 0.0)).mean() == 5  # type: ignore[arg-type]


def test_recorder_attends_as_usual_and_keeps_the_unconditional_map() -> None:
    q, k, v = (torch.randn(2, 6, 8, generator=torch.Generator().manual_seed(i)) for i in range(3))
    recorder = Recorder()
    out = recorder(q, k, v, {"n_heads": 2, "cond_or_uncond": [1, 0]})
    attention = recorder.take()
    assert attention is not None
    assert attention.shape == (1, 2, 6, 6)
    torch.testing.assert_close(attention.sum(-1), torch.ones(1, 2, 6))
    torch.testing.assert_close(out, recorder(q, k, v, {"n_heads": 2, "cond_or_uncond": [0, 0]}))
    assert recorder.take() is None


def test_self_attention_guidance_asks_for_the_unconditional_prediction_once_more() -> None:
    model: Any = self_attention_guidance(FakeModel(call=attending), 0.5, 2.0)  # type: ignore[arg-type]
    x = torch.randn(SHAPE, generator=torch.Generator().manual_seed(0))
    guided(model, x=x)
    assert [call["transformer_options"]["cond_or_uncond"] for call in model.calls] == [[1, 0], [0]]
    assert model.options["disable_cfg1_optimization"] is True


def test_only_attended_places_are_blurred() -> None:
    latent = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    attention = torch.zeros(1, 1, 4, 4)
    attention[..., 0] = 1.0  # all four queries look at the first quarter
    out = blurred_where_attended(latent, attention, 2.0)
    torch.testing.assert_close(out[..., :4, :4], gaussian_blur(latent, 2.0)[..., :4, :4])
    torch.testing.assert_close(out[..., 4:, :], latent[..., 4:, :])


def test_blur_keeps_a_constant() -> None:
    torch.testing.assert_close(gaussian_blur(torch.full((1, 4, 8, 8), 3.0), 1.0), torch.full((1, 4, 8, 8), 3.0))


@pytest.mark.parametrize(("tokens", "height", "width", "rows"), [(12, 96, 128, 3), (6, 12, 16, 2), (64, 64, 64, 8)])
def test_middle_grid(tokens: int, height: int, width: int, rows: int) -> None:
    assert middle_height(tokens, height, width) == rows


def test_free_u_touches_the_two_deep_widths() -> None:
    model: Any = free_u(FakeModel(), 1.5, 1.25, 0.5, 0.25)  # type: ignore[arg-type]
    (patch,) = model.options["transformer_options"]["patches"]["output_block_patch"]
    h, skip = torch.randn(2, 16, 4, 4), torch.randn(2, 16, 4, 4)
    out, low = patch(h, skip, {})
    torch.testing.assert_close(out, strengthened(h, 1.5))
    torch.testing.assert_close(low, damped(skip, 0.5))
    shallow = h[:, :4]
    assert patch(shallow, shallow, {}) == (shallow, shallow)


def test_strengthening_runs_from_one_to_b() -> None:
    h = torch.arange(8.0).reshape(1, 2, 2, 2)
    ratio = strengthened(h, 3.0)[:, 0] / h[:, 0].clamp(min=1e-9)
    assert ratio.flatten()[1:].tolist() == pytest.approx([1 + 2 / 3, 1 + 4 / 3, 3.0])
    assert torch.equal(strengthened(h, 3.0)[:, 1], h[:, 1])


def test_version_one_strengthens_evenly() -> None:
    model: Any = free_u(FakeModel(), 1.5, 1.25, 1.0, 1.0, version=1)  # type: ignore[arg-type]
    (patch,) = model.options["transformer_options"]["patches"]["output_block_patch"]
    h = torch.randn(1, 8, 4, 4)
    out, _ = patch(h, h, {})
    torch.testing.assert_close(out, torch.cat((h[:, :4] * 1.25, h[:, 4:]), dim=1))


def test_damping_takes_a_constant_down() -> None:
    torch.testing.assert_close(damped(torch.ones(1, 1, 8, 8), 0.25), torch.full((1, 1, 8, 8), 0.25))


@pytest.mark.parametrize("after_skip", [True, False])
def test_downscale(after_skip: bool) -> None:
    model: Any = FakeModel()
    model = add_downscale(model, 3, 2.0, 0.0, 0.5, after_skip, "bicubic", "bilinear")
    patches = model.options["transformer_options"]["patches"]
    (shrink,) = patches["input_block_patch_after_skip" if after_skip else "input_block_patch"]
    (grow,) = patches["output_block_patch"]
    h, early, late = torch.randn(1, 4, 8, 6), torch.tensor([14.0]), torch.tensor([0.1])
    assert shrink(h, {"block": ("input", 3), "sigmas": early}).shape == (1, 4, 4, 3)
    assert shrink(h, {"block": ("input", 2), "sigmas": early}) is h
    assert shrink(h, {"block": ("input", 3), "sigmas": late}) is h
    assert grow(h, torch.zeros(1, 4, 16, 12), {})[0].shape == (1, 4, 16, 12)
    assert grow(h, h, {})[0] is h


def test_tiles_are_joined_where_they_were_cut() -> None:
    tokens = torch.arange(48.0).reshape(1, 48, 1)
    tiling = Tiling(height=6, width=8, rows=3, columns=2)
    tiles = tiling.cut(tokens)
    assert tiles.shape == (6, 8, 1)
    assert tiles[1].flatten().tolist() == [4.0, 5, 6, 7, 12, 13, 14, 15]
    assert torch.equal(tiling.join(tiles), tokens)


def test_hypertile_cuts_full_resolution_only_unless_told() -> None:
    assert depth_of(16 * 12, (1, 4, 12, 16), 0) == 0
    assert depth_of(8 * 6, (1, 4, 12, 16), 0) is None
    assert depth_of(8 * 6, (1, 4, 12, 16), 1) == 1


def test_hypertile_round_trip() -> None:
    model: Any = hypertile(FakeModel(), 64, 1, 0, False)  # type: ignore[arg-type]
    patches = model.options["transformer_options"]["patches"]
    n, extra = torch.randn(2, 32 * 16, 5), {"original_shape": [2, 4, 32, 16]}
    q, k, v = patches["attn1_patch"][0](n, n, n, extra)
    assert q.shape == k.shape == v.shape == (2 * 8, 64, 5)
    assert torch.equal(patches["attn1_output_patch"][0](q, extra), n)
    assert patches["attn1_output_patch"][0](n, extra) is n


def test_the_last_of_several_tile_counts_is_never_taken() -> None:
    torch.manual_seed(0)
    assert {random_count(16, 4, 3) for _ in range(40)} == {4, 2}
    assert random_count(16, 4, 1) == 4
    assert random_count(3, 8, 2) == 1


def test_skip_layer_guidance() -> None:
    model: Any = skip_layer_guidance(FakeModel(call=skippable), [1], [0], 3.0, 0.0, 0.5)  # type: ignore[arg-type]
    # Predictions are 8 and 6 with all five blocks, and 6 for the prompt with two of them skipped.
    assert guided(model).mean() == pytest.approx((6 + 2 * 2) + (8 - 6) * 3)
    assert guided(model, sigma=0.05).mean() == pytest.approx(10)


def test_skip_layer_rescaling_brings_the_deviation_back() -> None:
    def noisy(x: Tensor, timesteps: Tensor, context: Tensor, **told: Any) -> Tensor:
        return skippable(x, timesteps, context, **told) * torch.linspace(0, 1, x.numel() // len(x)).reshape(x[:1].shape)

    plain: Any = FakeModel(call=noisy)
    model: Any = skip_layer_guidance(plain, [1], [], 3.0, 0.0, 1.0, rescaling_scale=1.0)
    cond = noisy(torch.zeros(SHAPE), torch.zeros(1), torch.full((1, 1, 1), 3.0), transformer_options={})
    assert float(guided(model).std()) == pytest.approx(float(cond.std()), rel=1e-4)


def test_skip_layer_uncond() -> None:
    model: Any = skip_layer_uncond(FakeModel(call=skippable), [0, 1], [], 0.0, 0.5)  # type: ignore[arg-type]
    assert guided(model).mean() == pytest.approx(4 + (8 - 4) * 2)
    assert guided(model, sigma=0.05).mean() == pytest.approx(6 + (8 - 6) * 2)


def test_no_layers_no_change() -> None:
    model: Any = FakeModel()
    assert skip_layer_guidance(model, [], [], 3.0, 0.0, 1.0) is model
    assert layer_numbers("7, 8,x 19") == [7, 8, 19]


def test_perp_neg_patch_prepares_its_prompt_once() -> None:
    model: Any = perp_neg(FakeModel(), [entry(2.0)], 1.0)  # type: ignore[arg-type]
    predictor = predictor_of(model)
    cond, uncond = (prepared(model, SHAPE, entry(value)) for value in (3.0, 0.5))
    for sigma in (2.0, 1.0):
        step = Step(predictor, torch.zeros(SHAPE), torch.tensor([sigma]), model.options)
        # The negative is parallel to the positive, so nothing of it is taken.
        assert guide(step, cond, uncond, 4.0).denoised.mean() == pytest.approx(2 + 4 * 1, rel=1e-4)
    assert len(predictor.plans) == 2
