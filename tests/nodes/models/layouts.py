"""UNets of published families on the meta device: the real names and shapes, no memory."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch

from nodes.models.unet_keys import to_ldm
from nodes.models.unet_shape import UNetShape


def unet_shape(**changes: Any) -> UNetShape:
    """SDXL's construction, or with changes another's."""
    sdxl = {
        "in_channels": 4,
        "out_channels": 4,
        "channels": (320, 640, 1280),
        "depths": ((0, 0), (2, 2), (10, 10)),
        "up_depths": ((10, 10, 10), (2, 2, 2), (0, 0, 0)),
        "middle": True,
        "middle_depth": 10,
        "context": 2048,
        "linear_projection": True,
        "adm": 2816,
    }
    return UNetShape(**{**sdxl, **changes})


SD1_DEPTHS = {"depths": ((1, 1), (1, 1), (1, 1), (0, 0)), "up_depths": ((0, 0, 0), (1, 1, 1), (1, 1, 1), (1, 1, 1))}
FOUR_LEVELS = {"channels": (320, 640, 1280, 1280), **SD1_DEPTHS, "middle_depth": 1, "adm": None}
SHAPES = {
    "sd1": unet_shape(**FOUR_LEVELS, context=768, linear_projection=False),
    "sd1-inpaint": unet_shape(**FOUR_LEVELS, context=768, linear_projection=False, in_channels=9),
    "sd2": unet_shape(**FOUR_LEVELS, context=1024),
    "unclip": unet_shape(**{**FOUR_LEVELS, "adm": 1536}, context=1024),
    "sdxl": unet_shape(),
    "ssd1b": unet_shape(
        depths=((0, 0), (2, 2), (4, 4)), up_depths=((4, 4, 10), (2, 1, 1), (0, 0, 0)), middle_depth=None
    ),
    "koala": unet_shape(depths=((0,), (2,), (5,)), up_depths=((5, 5), (2, 2), (0, 0)), middle=False, middle_depth=None),
    "refiner": unet_shape(
        channels=(384, 768, 1536, 1536),
        depths=((0, 0), (4, 4), (4, 4), (0, 0)),
        up_depths=((0, 0, 0), (4, 4, 4), (4, 4, 4), (0, 0, 0)),
        middle_depth=4,
        context=1280,
        adm=2560,
    ),
}


@cache
def ldm_tensors(shape: UNetShape) -> dict[str, torch.Tensor]:
    """Tensors on the meta device, by latent diffusion's names, of diffusers' UNet of that construction."""
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    heads = tuple(max(1, channels // 64) for channels in shape.channels)
    with torch.device("meta"):
        state = UNet2DConditionModel(**shape.diffusers_config(heads)).state_dict()
    names = to_ldm(state, shape)
    return {names[name]: tensor for name, tensor in state.items()}
