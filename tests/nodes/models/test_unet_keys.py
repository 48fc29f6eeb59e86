from __future__ import annotations

import pytest

from nodes.models.unet_keys import from_diffusers, module_map, to_diffusers, to_ldm
from nodes.models.unet_shape import infer_shape
from tests.nodes.models.layouts import SHAPES, ldm_tensors


@pytest.mark.parametrize("family", SHAPES)
def test_names_map_one_to_one_and_tell_the_construction(family: str) -> None:
    shape = SHAPES[family]
    tensors = ldm_tensors(shape)
    assert infer_shape({name: tuple(tensor.shape) for name, tensor in tensors.items()}) == shape
    there = to_diffusers(tensors, shape)
    assert set(there) == set(tensors)
    assert len(set(there.values())) == len(there)
    assert to_ldm(there.values(), shape) == {new: old for old, new in there.items()}
    assert from_diffusers(there.values()) == {new: old for old, new in there.items()}


@pytest.mark.parametrize("family", SHAPES)
def test_no_two_modules_share_a_name(family: str) -> None:
    modules = module_map(SHAPES[family])
    assert len(set(modules.values())) == len(modules)


def test_the_published_names() -> None:
    modules = module_map(SHAPES["sd1"])
    assert modules["input_blocks.4.0.in_layers.0"] == "down_blocks.1.resnets.0.norm1"
    assert modules["input_blocks.6.0.op"] == "down_blocks.1.downsamplers.0.conv"
    assert modules["output_blocks.2.1.conv"] == "up_blocks.0.upsamplers.0.conv"
    assert modules["output_blocks.5.2.conv"] == "up_blocks.1.upsamplers.0.conv"
    assert modules["output_blocks.9.0.skip_connection"] == "up_blocks.3.resnets.0.conv_shortcut"
    assert modules["middle_block.2.out_layers.3"] == "mid_block.resnets.1.conv2"


def test_foreign_names_are_left_out() -> None:
    assert to_diffusers(["first_stage_model.decoder.conv_in.weight"], SHAPES["sd1"]) == {}
