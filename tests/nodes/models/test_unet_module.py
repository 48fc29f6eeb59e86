"""Our UNets and ControlNets have diffusers' parameters, for every published construction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from nodes.models.controlnet_keys import ControlShape
from nodes.models.family import default_heads
from nodes.models.unet_module import ControlNetModule, UNetModule
from nodes.models.unet_shape import UNetShape
from tests.nodes.models.layouts import SHAPES


def parameters(module: Any) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in module.state_dict().items()}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_unet(shape: UNetShape) -> None:
    heads = default_heads(shape)
    with torch.device("meta"):
        ours, theirs = UNetModule(shape, heads, False), UNet2DConditionModel(**shape.diffusers_config(heads))
    assert parameters(ours) == parameters(theirs)


def test_a_controlnet() -> None:
    shape = ControlShape(SHAPES["sd1"], 3, (16, 32, 96, 256))
    heads = default_heads(shape.unet)
    with torch.device("meta"):
        ours = ControlNetModule(shape.unet, heads, False, shape.hint_channels, shape.hint_widths)
        theirs = ControlNetModel(**shape.diffusers_config(heads, False))
    assert parameters(ours) == parameters(theirs)


def test_halves_that_do_not_belong_together() -> None:
    shape = replace(SHAPES["sd1"], up_depths=((0, 0, 0), (1, 1, 1), (1, 1, 1), (1, 1)))
    with torch.device("meta"), pytest.raises(ValueError, match="blocks up for"):
        UNetModule(shape, (8,) * 4, False)
