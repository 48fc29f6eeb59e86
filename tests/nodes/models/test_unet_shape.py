from __future__ import annotations

import pytest

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint
from nodes.models.unet_shape import infer_shape


def test_the_tiny_sd1(sd1: Checkpoint) -> None:
    shape = sd1.model.family.shape
    assert shape.channels == (32, 64, 128, 128)
    assert shape.flat_depths == (1, 1, 1, 1, 1, 1, 0, 0)
    assert (shape.context, shape.adm, shape.linear_projection) == (64, None, False)
    assert shape.middle_depth == 1


def test_the_tiny_sdxl(sdxl: Checkpoint) -> None:
    shape = sdxl.model.family.shape
    assert shape.channels == (32, 64, 128)
    assert shape.flat_depths == (0, 0, 1, 1, 2, 2)
    assert shape.up_depths == ((2, 2, 2), (1, 1, 1), (0, 0, 0))
    assert (shape.context, shape.adm, shape.linear_projection) == (160, 1632, True)
    assert shape.middle_depth == 2


def test_what_is_no_unet_is_refused() -> None:
    with pytest.raises(ModelError, match="input_blocks"):
        infer_shape({"decoder.conv_in.weight": (1, 2, 3, 3)})


def test_shapes_without_sense_are_refused() -> None:
    shapes = {"input_blocks.0.0.weight": (32, 4, 3, 3), "input_blocks.1.0.out_layers.3.weight": ()}
    with pytest.raises(ModelError, match="makes no sense"):
        infer_shape(shapes)


def test_a_middle_block_of_another_depth_is_refused(sdxl: Checkpoint) -> None:
    shapes = sdxl.model.shapes()
    fewer = {name: shape for name, shape in shapes.items() if "middle_block.1.transformer_blocks.1." not in name}
    with pytest.raises(ModelError, match="middle block has 1"):
        infer_shape(fewer).diffusers_config((1, 1, 2))
