"""Blocks of latent diffusion's UNet, against those of diffusers with the same weights."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from diffusers.models.resnet import ResnetBlock2D

from nodes.compat.handles.unet_names import UNET_MAP_RESNET
from nodes.compat.modules.comfy.ldm.modules.attention import SpatialTransformer
from nodes.compat.modules.comfy.ldm.modules.diffusionmodules import openaimodel
from nodes.compat.modules.comfy.ldm.modules.diffusionmodules.openaimodel import (
    Downsample,
    ResBlock,
    TimestepEmbedSequential,
    UNetModel,
    Upsample,
    apply_control,
    forward_timestep_embed,
)
from nodes.compat.modules.comfy.ops import disable_weight_init
from nodes.compat.stubs import UnsupportedSymbol
from nodes.models.checkpoint import load_checkpoint


@pytest.mark.parametrize("wide", [32, 64])
def test_a_residual_block_is_that_of_diffusers(wide: int) -> None:
    torch.manual_seed(0)
    theirs = ResnetBlock2D(in_channels=32, out_channels=wide, temb_channels=16, eps=1e-5)
    ours = ResBlock(32, 16, 0.0, wide, operations=disable_weight_init)
    weights = theirs.state_dict()
    names = {here: there for here, there in UNET_MAP_RESNET.items() if there in weights}
    ours.load_state_dict({here: weights[there] for here, there in names.items()})
    x, emb = torch.randn(2, 32, 8, 8), torch.randn(2, 16)
    assert torch.allclose(ours(x, emb), theirs(x, emb), atol=1e-5)


def test_sizes_change_and_blocks_are_told_what_they_take() -> None:
    blocks = TimestepEmbedSequential(
        ResBlock(32, 16, 0.0, use_scale_shift_norm=True), SpatialTransformer(32, 2, 16, context_dim=24),
        Downsample(32, True), Upsample(32, True), torch.nn.Identity(),
    )  # fmt: skip
    x, emb, context = torch.randn(1, 32, 9, 9), torch.randn(1, 16), torch.randn(1, 5, 24)
    assert blocks(x, emb, context).shape == (1, 32, 10, 10)
    assert blocks(x, emb, context, output_shape=x.shape).shape == x.shape
    assert torch.equal(forward_timestep_embed(blocks, x, emb, context), blocks(x, emb, context))
    assert ResBlock(32, 16, 0.0, up=True)(x, emb).shape == (1, 32, 18, 18)
    assert ResBlock(32, 16, 0.0, down=True)(x, emb).shape == (1, 32, 4, 4)
    assert Downsample(32, False)(x).shape == (1, 32, 4, 4)
    assert Upsample(32, True, dims=3)(torch.randn(1, 32, 3, 4, 4)).shape == (1, 32, 3, 8, 8)


def test_our_networks_are_unets_and_none_is_made(tiny_models: Path) -> None:
    model = load_checkpoint(tiny_models / "models" / "checkpoints" / "sd15_tiny.safetensors").model
    assert isinstance(model.network(), UNetModel)
    assert not isinstance(SimpleNamespace(), UNetModel)
    with pytest.raises(UnsupportedSymbol, match=r"openaimodel\.UNetModel"):
        UNetModel(4)


def test_residuals_of_a_controlnet_are_added_one_by_one() -> None:
    control = {"input": [torch.ones(1, 2), None]}
    h = torch.zeros(1, 2)
    assert apply_control(h, control, "input") is h
    assert float(apply_control(h, control, "input").sum()) == 2
    assert apply_control(h, control, "input") is h
    assert openaimodel.original_apply_control(h, None, "input") is h
