from __future__ import annotations

import dataclasses
import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from nodes.models.adapters import Difference
from nodes.models.checkpoint import Checkpoint, load_checkpoint
from nodes.models.lora import LoraFile
from nodes.models.memory import unload_all
from nodes.models.model import Model
from nodes.models.patches import WeightPatch
from nodes.sampling.latent_formats import SDXL
from nodes.sampling.model_sampling import discrete

NAME = "diffusion_model.out.2.bias"
X, T = torch.ones(1, 4, 8, 8), torch.tensor([10.0])


def bias(value: float) -> WeightPatch:
    return WeightPatch(Difference(torch.full((4,), value)))


def output(model: Model) -> torch.Tensor:
    return model.network()(X, T, torch.ones(1, 7, 64))


def test_patched_branches_do_not_touch_each_other_or_the_base(sd1: Checkpoint, lora: LoraFile) -> None:
    base = output(sd1.model)
    left, right = lora.on_model(sd1.model, 0.8), sd1.model.with_patches({NAME: (bias(3.0),)})
    forward = output(left), output(right)
    backward = tuple(reversed((output(right), output(left))))
    for first, second in zip(forward, backward, strict=True):
        assert torch.equal(first, second)
    torch.testing.assert_close(forward[1], base + 3.0)
    assert not torch.allclose(forward[0], base)
    assert torch.equal(output(sd1.model), base)


def test_patches_add_up_in_order(sd1: Checkpoint) -> None:
    base = sd1.model.patched(NAME)
    both = sd1.model.with_patches({NAME: (bias(1.0),)}).with_patches({NAME: (WeightPatch(None, model_strength=2.0),)})
    torch.testing.assert_close(both.patched(NAME), (base + 1.0) * 2.0)
    assert torch.equal(sd1.model.patched(NAME), base)


def test_equal_patches_share_a_network_and_unpatched_weights_are_shared_by_all(sd1: Checkpoint) -> None:
    patch = bias(1.0)
    first, second = sd1.model.with_patches({NAME: (patch,)}), sd1.model.with_patches({NAME: (patch,)})
    assert first.network() is second.network()
    base, patched = sd1.model.network().module, first.network().module
    assert base.conv_in.weight.data_ptr() == patched.conv_in.weight.data_ptr()
    assert base.conv_out.bias.data_ptr() != patched.conv_out.bias.data_ptr()


def test_only_the_network_patched_last_is_kept(sd1: Checkpoint) -> None:
    first, second = (sd1.model.with_patches({NAME: (bias(value),)}) for value in (1.0, 2.0))
    kept = weakref.ref(first.network())
    gc.collect()
    assert kept() is not None
    second.network()
    gc.collect()
    assert kept() is None


def test_patches_for_unknown_weights_are_skipped(sd1: Checkpoint) -> None:
    assert sd1.model.with_patches({"diffusion_model.nowhere": (bias(1.0),)}).network() is sd1.model.network()


def test_handles_are_immutable(sd1: Checkpoint) -> None:
    sampling = discrete("v_prediction")
    changed = sd1.model.with_sampling(sampling, SDXL).with_options({"disable_cfg1_optimization": True})
    assert changed.sampling is sampling
    assert changed.latent_format is SDXL
    assert changed.options == {"disable_cfg1_optimization": True}
    assert sd1.model.options == {}
    assert sd1.model.sampling is not sampling
    assert changed.weights is sd1.model.weights
    assert changed.with_options({"a": 1}).options == {"disable_cfg1_optimization": True, "a": 1}
    with pytest.raises(AttributeError):
        changed.options = {}  # type: ignore[misc]


def test_what_a_cond_tells_the_network(sd1: Checkpoint, sdxl: Checkpoint) -> None:
    cond: dict[str, Any] = {"cross_attn": torch.ones(1, 77, 64), "width": 64, "height": 32, "prompt_type": "positive"}
    told = sd1.model.extra_conds(cond)
    assert set(told) == {"c_crossattn"}
    assert told["c_crossattn"] is cond["cross_attn"]
    assert set(sdxl.model.extra_conds({**cond, "pooled_output": torch.ones(1, 96)})) == {"c_crossattn", "y"}


def test_memory_can_be_given_back_while_handles_stay_valid(sd1: Checkpoint) -> None:
    before, network = output(sd1.model), weakref.ref(sd1.model.network().module)
    unload_all()
    assert network() is None
    assert torch.equal(output(sd1.model), before)


def test_weights_are_kept_in_float32_exactly_as_in_the_file(sd1: Checkpoint) -> None:
    weights = sd1.model.weights.weights
    loaded = weights.load()["input_blocks.0.0.weight"]
    assert loaded.dtype == torch.float32
    assert torch.equal(loaded, weights.raw("input_blocks.0.0.weight").float())
    assert weights.nbytes == sum(tensor.numel() * 4 for tensor in weights.load().values())


def test_what_is_read_ahead_is_there_when_it_is_used(tiny_models: Path) -> None:
    checkpoint = load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    checkpoint.model.prefetch()
    assert checkpoint.model.weights._base is checkpoint.model.network()
    assert checkpoint.vae is not None
    checkpoint.vae.prefetch()
    assert checkpoint.vae.weights._network is checkpoint.vae.weights.network()


def test_nothing_is_read_ahead_that_would_drive_out_what_is_there(sd1: Checkpoint) -> None:
    first, second = (sd1.model.with_patches({NAME: (bias(value),)}) for value in (7.0, 8.0))
    kept = weakref.ref(first.network())
    second.prefetch()
    gc.collect()
    assert kept() is not None


def test_nothing_is_read_ahead_when_memory_is_short(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.models.memory.available_memory", lambda device: 1000.0)
    checkpoint = load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors")
    checkpoint.model.prefetch()
    assert checkpoint.model.weights._base is None


def test_another_number_format_is_another_network(sd1: Checkpoint) -> None:
    halved = dataclasses.replace(sd1.model, dtype=torch.bfloat16)
    x, t, context = torch.randn(1, 4, 8, 8), torch.tensor([500.0]), torch.randn(1, 77, 64)
    assert halved.network().dtype == torch.bfloat16
    assert sd1.model.network().dtype == torch.float32
    assert dataclasses.replace(sd1.model, dtype=torch.float32).network() is sd1.model.network()
    out, exact = halved.network()(x, t, context), sd1.model.network()(x, t, context)
    assert out.dtype == torch.float32
    assert 0 < float((out - exact).norm() / exact.norm()) < 0.1


def test_further_channels_of_a_cond_take_the_place_of_the_familys(sd1: Checkpoint) -> None:
    channels = torch.ones(1, 1, 8, 8)
    assert sd1.model.extra_conds({"noise_concat": channels}) == {"c_concat": channels}
    assert "c_concat" not in sd1.model.extra_conds({"cross_attn": torch.ones(1, 2, 3)})
