"""Tables of names, against those that our own reader goes by."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.compat.handles.base_model import config_of
from nodes.compat.handles.unet_names import (
    TRANSFORMER_BLOCKS,
    UNET_MAP_ATTENTIONS,
    UNET_MAP_BASIC,
    UNET_MAP_RESNET,
    unet_to_diffusers,
)
from nodes.models.checkpoint import load_checkpoint
from nodes.models.unet_keys import to_ldm


def test_the_tables() -> None:
    assert UNET_MAP_RESNET["in_layers.2.weight"] == "conv1.weight"
    assert ("input_blocks.0.0.bias", "conv_in.bias") in UNET_MAP_BASIC
    assert ("label_emb.0.2.weight", "add_embedding.linear_2.weight") in UNET_MAP_BASIC
    assert {"attn2.to_v.weight", "attn1.to_out.0.bias", "ff.net.0.proj.weight"} <= TRANSFORMER_BLOCKS
    assert "attn1.to_q.bias" not in TRANSFORMER_BLOCKS
    assert {"proj_in.weight", "norm.bias"} <= UNET_MAP_ATTENTIONS


@pytest.mark.parametrize("name", ["sd15_tiny.safetensors", "sdxl_tiny.safetensors"])
def test_every_parameter_of_a_network_is_found(tiny_models: Path, name: str) -> None:
    model = load_checkpoint(tiny_models / "models" / "checkpoints" / name).model
    table = unet_to_diffusers(config_of(model.family).unet_config)
    ours = {name.removeprefix("diffusion_model.") for name in model.names()}
    theirs = to_ldm(table, model.family.shape)
    for diffusers, ldm in theirs.items():
        assert table[diffusers] == ldm
    assert ours <= set(table.values())


def test_what_is_no_unet_has_no_names() -> None:
    assert unet_to_diffusers({"image_model": "flux"}) == {}
