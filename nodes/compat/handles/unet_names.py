"""Names of a UNet's parameters in diffusers' layout and latent diffusion's, in the tables that packs read.

`comfy.utils` has these names; the tables are made from `nodes.models.unet_keys`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from nodes.models.unet_keys import RESIDUAL, module_map
from nodes.models.unet_shape import UNetShape

PARTS = ("weight", "bias")
UNET_MAP_ATTENTIONS = {f"{layer}.{part}" for layer in ("proj_in", "proj_out", "norm") for part in PARTS}
TRANSFORMER_BLOCKS = {
    *(f"{layer}.{part}" for layer in ("norm1", "norm2", "norm3", "ff.net.0.proj", "ff.net.2") for part in PARTS),
    *(f"{attn}.{layer}.weight" for attn in ("attn1", "attn2") for layer in ("to_q", "to_k", "to_v", "to_out.0")),
    *(f"{attn}.to_out.0.bias" for attn in ("attn1", "attn2")),
}
UNET_MAP_RESNET = {f"{here}.{part}": f"{there}.{part}" for here, there in RESIDUAL.items() for part in PARTS}
ENDS = {
    "label_emb.0.0": ("class_embedding.linear_1", "add_embedding.linear_1"),
    "label_emb.0.2": ("class_embedding.linear_2", "add_embedding.linear_2"),
    "input_blocks.0.0": ("conv_in",),
    "out.0": ("conv_norm_out",),
    "out.2": ("conv_out",),
    "time_embed.0": ("time_embedding.linear_1",),
    "time_embed.2": ("time_embedding.linear_2",),
}
UNET_MAP_BASIC = {
    (f"{here}.{part}", f"{there}.{part}") for here, theirs in ENDS.items() for there in theirs for part in PARTS
}


def unet_to_diffusers(unet_config: Mapping[str, Any]) -> dict[str, str]:
    """diffusers' name -> latent diffusion's, for every parameter of a UNet of that construction; {} for no UNet."""
    if "num_res_blocks" not in unet_config:
        return {}
    depths = list(unet_config["transformer_depth"])
    counts = levels_of(unet_config["num_res_blocks"], len(unet_config["channel_mult"]))
    middle = unet_config.get("transformer_depth_middle")
    middle = (depths[-1] if depths else 0) if middle is None else middle
    ups = list(unet_config.get("transformer_depth_output") or _mirrored(depths, counts))
    shape = UNetShape(
        in_channels=0, out_channels=0, channels=(), depths=_split(depths, counts),
        up_depths=_split(ups[::-1], [count + 1 for count in reversed(counts)]), middle=middle != -2,
        middle_depth=middle if middle >= 0 else None, context=None, linear_projection=False, adm=1,
    )  # fmt: skip
    found = {there: here for here, there in UNET_MAP_BASIC}
    for here, there in module_map(shape).items():
        found.update({f"{there}.{part}": f"{here}.{part}" for part in _parts(there, _depth(shape, there))})
    return found


def levels_of(counts: Any, levels: int) -> list[int]:
    """Residual blocks for each level; one number stands for all of them."""
    return [int(counts)] * levels if isinstance(counts, int) else list(counts)


def _mirrored(depths: list[int], counts: list[int]) -> list[int]:
    """Depths on the way up, in the order in which the configuration lists them: from the finest level."""
    levels = _split(depths, counts)
    return [depth for level in levels for depth in (*level, level[-1])]


def _split(flat: list[int], counts: list[int]) -> tuple[tuple[int, ...], ...]:
    ends = [sum(counts[:i]) for i in range(len(counts) + 1)]
    return tuple(tuple(flat[start:end]) for start, end in pairwise(ends))


def _depth(shape: UNetShape, module: str) -> int:
    """How many transformer blocks an attention module has; 0 for any other."""
    parts = module.split(".")
    if "attentions" not in parts:
        return 0
    if parts[0] == "mid_block":
        return shape.middle_depth or 0
    levels = shape.depths if parts[0] == "down_blocks" else shape.up_depths
    return levels[int(parts[1])][int(parts[3])]


def _parts(module: str, depth: int) -> Iterator[str]:
    if "attentions" not in module.split("."):
        yield from PARTS
        return
    yield from UNET_MAP_ATTENTIONS
    for block in range(depth):
        yield from (f"transformer_blocks.{block}.{part}" for part in TRANSFORMER_BLOCKS)
