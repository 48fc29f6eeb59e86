"""Hooks on real (tiny) models: what carries a hook is predicted as by a model that has the change throughout."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from graphcore import Run
from nodes.guidance.conditioning import add_hooks, set_mask
from nodes.guidance.hooks import HookedClip, HookGroup, WeightHook, encode_text, set_clip_hooks
from nodes.guidance.keyframes import Keyframe
from nodes.guidance.ksampler import ksampler
from nodes.guidance.model_as_lora import ModelAsLora
from nodes.models.checkpoint import Checkpoint, load_checkpoint
from nodes.models.lora import LoraFile, load_lora

NAME = "diffusion_model.middle_block.1.transformer_blocks.0.attn1.to_q.weight"


@pytest.fixture(scope="module")
def checkpoint(tiny_models: Path) -> Checkpoint:
    return load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors")


@pytest.fixture(scope="module")
def lora(tiny_models: Path) -> LoraFile:
    return load_lora(tiny_models / "models/loras/sd15_tiny_lora.safetensors")


def sampled(model: Any, positive: Any, negative: Any) -> Tensor:
    settings: dict[str, Any] = {"seed": 1, "steps": 2, "cfg": 3.0, "sampler_name": "euler", "scheduler": "normal"}
    latent = {"samples": torch.zeros(1, 4, 8, 8)}
    result: Tensor = ksampler(model, positive, negative, latent, **settings, denoise=1.0, run=Run.silent())["samples"]
    return result


def hooked(*hooks: WeightHook) -> HookGroup:
    return HookGroup(hooks)


def test_a_hook_on_both_sides_is_a_lora(checkpoint: Checkpoint, lora: LoraFile) -> None:
    prompt = encode_text(checkpoint.clip, "a red circle")  # type: ignore[arg-type]
    group = hooked(WeightHook(lora, 0.7, 0.0))
    with_hooks = sampled(checkpoint.model, add_hooks(prompt, group), add_hooks(prompt, group))
    torch.testing.assert_close(with_hooks, sampled(lora.on_model(checkpoint.model, 0.7), prompt, prompt))
    assert not torch.allclose(with_hooks, sampled(checkpoint.model, prompt, prompt))


def test_conds_without_the_hook_keep_the_plain_model(checkpoint: Checkpoint, lora: LoraFile) -> None:
    prompt = encode_text(checkpoint.clip, "a red circle")  # type: ignore[arg-type]
    nothing = add_hooks(set_mask(prompt, torch.zeros(8, 8)), hooked(WeightHook(lora, 5.0, 0.0)))
    torch.testing.assert_close(
        sampled(checkpoint.model, prompt + nothing, prompt), sampled(checkpoint.model, prompt, prompt)
    )


def test_keyframes_switch_a_hook_off(checkpoint: Checkpoint, lora: LoraFile) -> None:
    prompt = encode_text(checkpoint.clip, "a red circle")  # type: ignore[arg-type]
    off = hooked(WeightHook(lora, 5.0, 0.0)).with_keyframes((Keyframe(0.0, 0.0),))
    plain = sampled(checkpoint.model, prompt, prompt)
    # Different networks, so two calls in place of one: rounding differs.
    torch.testing.assert_close(sampled(checkpoint.model, add_hooks(prompt, off), prompt), plain, rtol=1e-3, atol=1e-2)


def test_texts_are_encoded_with_the_hook_and_carry_it_on(checkpoint: Checkpoint, lora: LoraFile) -> None:
    group = hooked(WeightHook(lora, 0.7, 0.5))
    clip = set_clip_hooks(checkpoint.clip, group, True, False)  # type: ignore[arg-type]
    ((tensor, options),) = encode_text(clip, "a red circle")
    ((wanted, _),) = encode_text(lora.on_clip(checkpoint.clip, 0.5), "a red circle")  # type: ignore[arg-type]
    torch.testing.assert_close(tensor, wanted)
    assert options["hooks"] == group
    skipping = lora.on_clip(checkpoint.clip.with_layer(-2), 0.5)  # type: ignore[union-attr]
    torch.testing.assert_close(clip.with_layer(-2).encode("a")[0], skipping.encode("a")[0])


def test_scheduled_texts_have_an_entry_for_each_part(checkpoint: Checkpoint, lora: LoraFile) -> None:
    group = hooked(WeightHook(lora, 0.0, 1.0)).with_keyframes((Keyframe(0.0, 0.0), Keyframe(1.0, 0.4)))
    clip = set_clip_hooks(checkpoint.clip, group, False, True)  # type: ignore[arg-type]
    early, late = encode_text(clip, "a red circle")
    assert (early[1]["clip_start_percent"], early[1]["clip_end_percent"]) == (0.0, 0.4)
    assert (late[1]["clip_start_percent"], late[1]["clip_end_percent"]) == (0.4, 1.0)
    ((plain, _),) = encode_text(checkpoint.clip, "a red circle")  # type: ignore[arg-type]
    torch.testing.assert_close(early[0], plain)
    assert not torch.allclose(late[0], plain)
    assert "hooks" not in early[1]


def test_a_model_as_lora_takes_the_models_place(checkpoint: Checkpoint, lora: LoraFile) -> None:
    other = lora.on_model(checkpoint.model, 1.0)
    other_clip = lora.on_clip(checkpoint.clip, 1.0)  # type: ignore[arg-type]
    change = ModelAsLora(other, other_clip)
    torch.testing.assert_close(change.on_model(checkpoint.model, 1.0).patched(NAME), other.patched(NAME))
    half = (checkpoint.model.patched(NAME) + other.patched(NAME)) / 2
    torch.testing.assert_close(change.on_model(checkpoint.model, 0.5).patched(NAME), half)
    encoded = change.on_clip(checkpoint.clip, 1.0).encode("a red circle")[0]  # type: ignore[arg-type]
    torch.testing.assert_close(encoded, other_clip.encode("a red circle")[0], rtol=1e-2, atol=1e-2)
    assert change.on_model(checkpoint.model, 0.0) is checkpoint.model


def test_groups_of_the_same_hooks_are_equal(lora: LoraFile) -> None:
    first, second = WeightHook(lora, 1.0, 1.0), WeightHook(lora, 0.5, 0.5)
    assert hooked(first).combined(hooked(second)).combined(hooked(first)) == hooked(first, second)
    assert set_clip_hooks("clip", None, True, False) == "clip"  # type: ignore[arg-type]
    twice = set_clip_hooks(set_clip_hooks("clip", hooked(first), True, False), hooked(second), True, False)  # type: ignore
    assert isinstance(twice, HookedClip)
    assert twice.group == hooked(first, second)
    assert copy(twice).group == twice.group
