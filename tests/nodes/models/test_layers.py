"""Our layers against diffusers' with the same weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers.models import downsampling, embeddings, resnet, upsampling
from torch import nn

from nodes.models.layers import Downsample, Embedding, Residual, Upsample, Waves

X, EMB = torch.randn(2, 64, 9, 7), torch.randn(2, 48)


def same(ours: nn.Module, theirs: nn.Module, *inputs: Any, **named: Any) -> None:
    theirs.load_state_dict(ours.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(ours(*inputs), theirs.eval()(*inputs, **named), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("out", [64, 96])
@pytest.mark.parametrize("emb", [EMB, None])
def test_residual(out: int, emb: torch.Tensor | None) -> None:
    width = None if emb is None else emb.shape[1]
    theirs = resnet.ResnetBlock2D(in_channels=64, out_channels=out, temb_channels=width, eps=1e-5)
    same(Residual(64, out, width), theirs, X, emb)


@pytest.mark.parametrize("padding", [0, 1])
def test_downsample(padding: int) -> None:
    same(Downsample(64, padding), downsampling.Downsample2D(64, use_conv=True, padding=padding, name="op"), X)


@pytest.mark.parametrize("size", [None, (17, 13)])
def test_upsample(size: tuple[int, int] | None) -> None:
    same(Upsample(64), upsampling.Upsample2D(64, use_conv=True), X, size)


def test_embedding() -> None:
    same(Embedding(48, 80), embeddings.TimestepEmbedding(48, 80), EMB)


def test_waves() -> None:
    numbers = torch.tensor([0.0, 1.0, 999.0])
    expected = embeddings.get_timestep_embedding(numbers, 320, flip_sin_to_cos=True, downscale_freq_shift=0)
    assert torch.equal(Waves(320)(numbers), expected)
