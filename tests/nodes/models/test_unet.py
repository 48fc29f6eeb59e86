from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint, load_checkpoint
from tests import theirs

TIMESTEPS = torch.tensor([3.0, 700.0])


def inputs(checkpoint: Checkpoint, height: int = 16, width: int = 24) -> tuple[Tensor, Tensor, dict[str, Any]]:
    """x, context and the keyword arguments that diffusers' own forward takes for the same y."""
    shape, generator = checkpoint.model.family.shape, torch.Generator().manual_seed(0)
    x = torch.randn(2, 4, height, width, generator=generator)
    context = torch.randn(2, 77, shape.context or 0, generator=generator)
    if shape.adm is None:
        return x, context, {}
    ids = torch.rand(2, 6, generator=generator) * 1000
    return x, context, {"text_embeds": torch.randn(2, shape.adm - 6 * 256, generator=generator), "time_ids": ids}


def y_of(added: dict[str, Any]) -> Tensor | None:
    if not added:
        return None
    return torch.cat((added["text_embeds"], theirs.waves(added["time_ids"])), dim=1)


@pytest.mark.parametrize("name", ["sd1", "sdxl"])
@pytest.mark.parametrize("size", [(16, 24), (15, 21), (9, 8)])
def test_equals_diffusers_own_forward(name: str, size: tuple[int, int], request: pytest.FixtureRequest) -> None:
    checkpoint: Checkpoint = request.getfixturevalue(name)
    unet = checkpoint.model.network()
    x, context, added = inputs(checkpoint, *size)
    with torch.no_grad():
        kwargs = {"added_cond_kwargs": added} if added else {}
        expected = theirs.unet(checkpoint.model)(x, TIMESTEPS, context, return_dict=False, **kwargs)[0]
    result = unet(x, TIMESTEPS, context, y=y_of(added))
    assert result.shape == x.shape
    torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-5)


def test_patches_that_change_nothing_change_nothing(sd1: Checkpoint) -> None:
    unet = sd1.model.network()
    x, context, _ = inputs(sd1)
    options = {
        "patches": {
            "attn1_patch": [lambda n, context, value, extra: (n, context, value)],
            "attn2_patch": [lambda n, context, value, extra: (n, context, value)],
            "attn1_output_patch": [lambda n, extra: n],
            "attn2_output_patch": [lambda n, extra: n],
            "middle_patch": [lambda x, extra: x],
            "input_block_patch": [lambda h, options: h],
            "input_block_patch_after_skip": [lambda h, options: h],
            "output_block_patch": [lambda h, skip, options: (h, skip)],
            "emb_patch": [lambda emb, channels, options: emb],
        }
    }
    patched = unet(x, TIMESTEPS, context, transformer_options=options)
    torch.testing.assert_close(patched, unet(x, TIMESTEPS, context), rtol=0, atol=0)


def test_patches_see_every_block_in_order(sd1: Checkpoint) -> None:
    seen: dict[str, list[Any]] = {"in": [], "out": [], "attn": []}
    told: dict[str, Any] = {}

    def attention(n: Tensor, context: Tensor, value: Tensor, extra: dict[str, Any]) -> tuple[Tensor, Tensor, Tensor]:
        seen["attn"].append((*extra["block"], extra["block_index"]))
        told.update(extra)
        return n, context, value

    def before(h: Tensor, options: dict[str, Any]) -> Tensor:
        seen["in"].append(options["block"])
        return h

    def after(h: Tensor, skip: Tensor, options: dict[str, Any]) -> tuple[Tensor, Tensor]:
        seen["out"].append(options["block"])
        return h, skip

    x, context, _ = inputs(sd1)
    patches = {"attn1_patch": [attention], "input_block_patch": [before], "output_block_patch": [after]}
    options = {"patches": patches, "cond_or_uncond": [0, 1], "sigmas": TIMESTEPS}
    sd1.model.network()(x, TIMESTEPS, context, transformer_options=options)
    assert seen["in"] == [("input", n) for n in range(12)]
    assert seen["out"] == [("output", n) for n in range(12)]
    blocks = [("input", n) for n in (1, 2, 4, 5, 7, 8)] + [("middle", 0)] + [("output", n) for n in range(3, 12)]
    assert seen["attn"] == [(*block, 0) for block in blocks]
    assert (told["n_heads"], told["dim_head"], told["original_shape"]) == (8, 4, [2, 4, 16, 24])
    assert told["cond_or_uncond"] == [0, 1]
    assert told["activations_shape"] == [2, 32, 16, 24]
    assert "patches" not in told


@pytest.mark.parametrize("key", [("middle", 0), ("middle", 0, 0)])
def test_replaced_attention_by_block_or_by_block_and_index(sdxl: Checkpoint, key: tuple[Any, ...]) -> None:
    calls = []

    def identity(q: Tensor, k: Tensor, v: Tensor, extra: dict[str, Any]) -> Tensor:
        calls.append(extra["block_index"])
        return v

    unet = sdxl.model.network()
    x, context, added = inputs(sdxl)
    options = {"patches_replace": {"attn1": {key: identity}}}
    result = unet(x, TIMESTEPS, context, y=y_of(added), transformer_options=options)
    assert calls == ([0, 1] if len(key) == 2 else [0])
    assert not torch.allclose(result, unet(x, TIMESTEPS, context, y=y_of(added)))


def test_an_exact_key_comes_before_a_block_key(sdxl: Checkpoint) -> None:
    calls = []

    def named(name: str) -> Any:
        return lambda q, k, v, extra: calls.append(name) or v

    unet = sdxl.model.network()
    x, context, added = inputs(sdxl)
    replace = {"attn1": {("middle", 0): named("block"), ("middle", 0, 1): named("exact")}}
    unet(x, TIMESTEPS, context, y=y_of(added), transformer_options={"patches_replace": replace})
    assert calls == ["block", "exact"]


def test_control_goes_to_middle_and_to_skips_last_first(sd1: Checkpoint) -> None:
    """diffusers adds the same residuals in the order of the skips."""
    unet = sd1.model.network()
    x, context, _ = inputs(sd1)
    shapes: list[torch.Size] = []
    options = {"patches": {"input_block_patch": [lambda h, options: shapes.append(h.shape) or h]}}
    unet(x, TIMESTEPS, context, transformer_options=options)
    generator = torch.Generator().manual_seed(1)
    output = [torch.randn(shape, generator=generator) for shape in shapes]
    middle = torch.randn(shapes[-1], generator=generator)
    control = {"output": output, "middle": [middle]}
    with torch.no_grad():
        expected = theirs.unet(sd1.model)(
            x,
            TIMESTEPS,
            context,
            down_block_additional_residuals=tuple(output),
            mid_block_additional_residual=middle,
            return_dict=False,
        )[0]
    result = unet(x, TIMESTEPS, context, control=control)
    torch.testing.assert_close(result, expected, rtol=1e-5, atol=1e-5)
    assert len(control["output"]) == 12, "the lists that were given stay as they are"


def test_short_control_lists_reach_the_last_blocks_and_none_is_skipped(sd1: Checkpoint) -> None:
    unet = sd1.model.network()
    x, context, _ = inputs(sd1)
    plain = unet(x, TIMESTEPS, context)
    torch.testing.assert_close(unet(x, TIMESTEPS, context, control={"output": [None], "middle": []}), plain)
    added = unet(x, TIMESTEPS, context, control={"input": [torch.ones(2, 32, 16, 24)]})
    assert not torch.allclose(added, plain)


def test_a_control_of_another_family_is_named(sd1: Checkpoint) -> None:
    x, context, _ = inputs(sd1)
    with pytest.raises(ModelError, match="ControlNet"):
        sd1.model.network()(x, TIMESTEPS, context, control={"middle": [torch.zeros(2, 7, 2, 3)]})


def test_a_missing_vector_is_named(sdxl: Checkpoint) -> None:
    x, context, _ = inputs(sdxl)
    with pytest.raises(ModelError, match="vector conditioning"):
        sdxl.model.network()(x, TIMESTEPS, context)


def test_inputs_stay_as_they_are(sd1: Checkpoint) -> None:
    x, context, _ = inputs(sd1)
    copies = x.clone(), context.clone()
    sd1.model.network()(x, TIMESTEPS, context)
    assert torch.equal(x, copies[0])
    assert torch.equal(context, copies[1])


def test_a_network_goes_as_soon_as_nobody_holds_it(tiny_models: Path) -> None:
    """Its weights are large: they must not wait for a collection of cycles."""
    unet = load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors").model.separate()
    gone = weakref.ref(unet)
    gc.disable()
    try:
        del unet
        assert gone() is None
    finally:
        gc.enable()
