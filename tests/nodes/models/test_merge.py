from __future__ import annotations

import torch

from nodes.models.adapters import Difference
from nodes.models.checkpoint import Checkpoint
from nodes.models.lora import LoraFile
from nodes.models.merge import (
    merge_add,
    merge_blocks,
    merge_clip_add,
    merge_clip_simple,
    merge_clip_subtract,
    merge_simple,
    merge_subtract,
)
from nodes.models.patches import WeightPatch

INPUT = "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight"
MIDDLE = "diffusion_model.middle_block.1.proj_in.weight"
OUT = "diffusion_model.output_blocks.6.1.proj_in.weight"
TIME = "diffusion_model.time_embed.0.weight"


def test_simple_includes_the_patches_of_both(sd1: Checkpoint, lora: LoraFile) -> None:
    one = sd1.model.with_patches({INPUT: (WeightPatch(None, model_strength=3.0),)})
    two = lora.on_model(sd1.model, 1.0)
    merged = merge_simple(one, two, 0.3)
    for name in (INPUT, MIDDLE, TIME):
        torch.testing.assert_close(merged.patched(name), one.patched(name) * 0.3 + two.patched(name) * 0.7)
    network = merged.network().module
    torch.testing.assert_close(network.time_embedding.linear_1.weight.data, merged.patched(TIME))


def test_blocks_take_the_longest_name_that_fits_and_else_the_first(sd1: Checkpoint, lora: LoraFile) -> None:
    two = lora.on_model(sd1.model, 1.0)
    merged = merge_blocks(sd1.model, two, {"input": 0.1, "middle": 0.2, "out": 0.4, "input_blocks.1.": 0.8})
    for name, ratio in ((INPUT, 0.8), (MIDDLE, 0.2), (OUT, 0.4), (TIME, 0.1)):
        expected = sd1.model.patched(name) * ratio + two.patched(name) * (1 - ratio)
        torch.testing.assert_close(merged.patched(name), expected)


def test_add_and_subtract(sd1: Checkpoint, lora: LoraFile) -> None:
    two = lora.on_model(sd1.model, 1.0)
    one, other = sd1.model.patched(INPUT), two.patched(INPUT)
    torch.testing.assert_close(merge_add(sd1.model, two).patched(INPUT), one + other)
    torch.testing.assert_close(merge_subtract(sd1.model, two, 0.5).patched(INPUT), (one - other) * 0.5)


def test_merges_can_be_merged_and_patched(sd1: Checkpoint, lora: LoraFile) -> None:
    two = lora.on_model(sd1.model, 1.0)
    difference = merge_subtract(two, sd1.model, 1.0)
    again = merge_add(sd1.model, difference)
    torch.testing.assert_close(again.patched(INPUT), two.patched(INPUT))
    more = again.with_patches({TIME: (WeightPatch(Difference(torch.ones(128, 32))),)})
    torch.testing.assert_close(more.patched(TIME), sd1.model.patched(TIME) + 1.0)


def test_text_encoders(sd1: Checkpoint, lora: LoraFile) -> None:
    assert sd1.clip is not None
    name = "text_model.encoder.layers.0.mlp.fc1.weight"
    two = lora.on_clip(sd1.clip, 1.0)
    one, other = sd1.clip.encoder("l").weights[name].float(), _exact(two, name)
    merged = merge_clip_simple(sd1.clip, two, 0.25).encoder("l").weights[name]
    assert torch.equal(merged, (one * 0.25 + other * 0.75).half())
    assert torch.equal(merge_clip_add(sd1.clip, two).encoder("l").weights[name], (one + other).half())
    subtracted = merge_clip_subtract(sd1.clip, two, 2.0).encoder("l").weights[name]
    torch.testing.assert_close(subtracted, (one * 2 - other * 2).half(), rtol=1e-3, atol=1e-3)


def _exact(clip, name: str) -> torch.Tensor:  # type: ignore[no-untyped-def]
    """A patched text weight before it is rounded."""
    from nodes.models.merge import EncoderWeights

    return EncoderWeights(clip, "l").patched(name)
