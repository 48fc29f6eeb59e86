"""GLIGEN against diffusers' own layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.models.attention import GatedSelfAttentionDense
from diffusers.models.embeddings import GLIGENTextBoundingboxProjection
from safetensors.torch import save_file
from torch import Tensor

from graphcore import ModelError
from nodes.models.checkpoint import Checkpoint
from nodes.models.gligen import Box, load_gligen
from nodes.models.unet_keys import to_diffusers

TEXT, WIDTH = 64, 32  # of the tiny models


def modules(blocks: dict[str, int]) -> dict[str, Any]:
    """diffusers' layers with random weights: the projection of boxes, and a fuser for each transformer block."""
    torch.manual_seed(6)
    position = GLIGENTextBoundingboxProjection(positive_len=TEXT, out_dim=TEXT)
    for parameter in (position.null_positive_feature, position.null_position_feature):
        parameter.data.normal_()
    found: dict[str, Any] = {"position_net": position}
    for block, width in blocks.items():
        fuser = GatedSelfAttentionDense(width, TEXT, 8, width // 8)
        fuser.alpha_attn.data.fill_(0.7)
        fuser.alpha_dense.data.fill_(-0.4)
        found[f"{block}.fuser"] = fuser
    return {name: module.requires_grad_(False) for name, module in found.items()}


def write(path: Path, layers: dict[str, Any], without: str = "nothing") -> Path:
    tensors = {f"{name}.{key}": t for name, module in layers.items() for key, t in module.state_dict().items()}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items() if without not in name}, path)
    return path


ONE = {"input_blocks.1.1.transformer_blocks.0": WIDTH}


def projected(position: Any, boxes: list[tuple[float, float, float, float]], texts: list[Tensor]) -> Tensor:
    """diffusers' tokens for boxes as shares of the picture."""
    corners, masks, vectors = torch.zeros(1, 30, 4), torch.zeros(1, 30), torch.zeros(1, 30, TEXT)
    for slot, (box, text) in enumerate(zip(boxes, texts, strict=True)):
        corners[0, slot], masks[0, slot], vectors[0, slot] = torch.tensor(box), 1.0, text[0]
    things: Tensor = position(corners, masks, vectors)
    return things


def test_a_block_after_a_look_at_the_boxes(tmp_path: Path) -> None:
    layers = modules(ONE)
    gligen = load_gligen(write(tmp_path / "g.safetensors", layers))
    texts = [torch.randn(1, TEXT), torch.randn(1, TEXT)]
    x = torch.randn(2, 96, WIDTH)
    things = projected(layers["position_net"], [(0.25, 0.5, 0.75, 1.0), (0.0, 0.0, 0.125, 0.25)], texts)
    expected = layers["input_blocks.1.1.transformer_blocks.0.fuser"](x, things.expand(2, -1, -1))
    function = gligen.patch([Box(texts[0], 4, 8, 4, 4), Box(texts[1], 2, 2, 0, 0)])
    extra = {"original_shape": [2, 4, 8, 16], "block": ("input", 1), "block_index": 0}
    torch.testing.assert_close(function(x, extra), expected, rtol=1e-4, atol=1e-5)


def test_a_file_in_diffusers_layout_is_the_same_model(sd1: Checkpoint, tmp_path: Path) -> None:
    """Such files hold the whole UNet, by whose names the blocks are told."""
    shape = sd1.model.family.shape
    here = {f"input_blocks.1.1.transformer_blocks.0.fuser.{k}": k for k in ("linear.weight", "alpha_attn")}
    there = to_diffusers(here, shape)
    layers = modules(ONE)
    (fuser,) = {name.partition(".fuser")[0] for name in there.values()}
    names = to_diffusers(sd1.model.shapes(), shape)
    unet = {names[name]: torch.zeros(1) for name in sd1.model.shapes()}
    path = write(tmp_path / "d.safetensors", {"position_net": layers["position_net"]})
    moved = layers["input_blocks.1.1.transformer_blocks.0.fuser"].state_dict()
    position = {f"position_net.{k}": t for k, t in layers["position_net"].state_dict().items()}
    save_file({**unet, **position, **{f"{fuser}.fuser.{k}": t.contiguous() for k, t in moved.items()}}, path)
    plain = load_gligen(write(tmp_path / "g.safetensors", layers))
    extra = {"original_shape": [1, 4, 8, 8], "block": ("input", 1), "block_index": 0}
    x, box = torch.randn(1, 64, WIDTH), Box(torch.randn(1, TEXT), 4, 4, 0, 0)
    assert torch.equal(load_gligen(path).patch([box])(x, extra), plain.patch([box])(x, extra))


@pytest.mark.parametrize("missing", ["position_net.linears.2", "fuser.attn.to_k", "fuser.", "position_net"])
def test_an_incomplete_file_is_refused(tmp_path: Path, missing: str) -> None:
    with pytest.raises(ModelError, match=r"g\.safetensors: This is no GLIGEN model for boxes of text, or not all"):
        load_gligen(write(tmp_path / "g.safetensors", modules(ONE), missing))


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    gligen = load_gligen(write(tmp_path / "g.safetensors", modules(ONE)))
    function = gligen.patch([Box(torch.randn(1, TEXT), 4, 4, 0, 0)])
    for block, width in (("output", WIDTH), ("input", 64)):
        extra = {"original_shape": [1, 4, 8, 8], "block": (block, 1), "block_index": 0}
        with pytest.raises(ModelError, match="made for another family"):
            function(torch.randn(1, 64, width), extra)
    with pytest.raises(ModelError, match="encoded 768 numbers wide, but this GLIGEN model reads 64"):
        gligen.check_text(torch.zeros(1, 768))
