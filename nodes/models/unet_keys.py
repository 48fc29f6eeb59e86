"""Names of UNet parameters: latent diffusion's (`input_blocks.1.0.in_layers.0.weight`) and diffusers'.

Pure functions over names. `UNetShape` says how many blocks there are and which have attention.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nodes.models.names import inverse, renamed
from nodes.models.unet_shape import UNetShape

RESIDUAL = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
_ENDS = {
    "input_blocks.0.0": "conv_in",
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "label_emb.0.0": "add_embedding.linear_1",
    "label_emb.0.2": "add_embedding.linear_2",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}


def module_map(shape: UNetShape) -> dict[str, str]:
    """Latent diffusion's module prefix -> diffusers' module prefix, for every module that differs in name.

    Modules inside a spatial transformer have the same names in both, so its prefix stands for all of them.
    """
    return dict([*_ENDS.items(), *_down(shape), *_middle(shape), *_up(shape)])


def to_diffusers(names: Iterable[str], shape: UNetShape) -> dict[str, str]:
    """diffusers' name of every given latent diffusion name that belongs to the UNet."""
    return renamed(names, module_map(shape))


def to_ldm(names: Iterable[str], shape: UNetShape) -> dict[str, str]:
    """Latent diffusion's name of every given diffusers name that belongs to the UNet."""
    return renamed(names, inverse(module_map(shape)))


def _residual(here: str, there: str) -> Iterator[tuple[str, str]]:
    for ldm, diffusers in RESIDUAL.items():
        yield f"{here}.{ldm}", f"{there}.{diffusers}"


def _down(shape: UNetShape) -> Iterator[tuple[str, str]]:
    number = 1
    for i, level in enumerate(shape.depths):
        for j, depth in enumerate(level):
            yield from _residual(f"input_blocks.{number}.0", f"down_blocks.{i}.resnets.{j}")
            if depth:
                yield f"input_blocks.{number}.1", f"down_blocks.{i}.attentions.{j}"
            number += 1
        if i < len(shape.depths) - 1:
            yield f"input_blocks.{number}.0.op", f"down_blocks.{i}.downsamplers.0.conv"
            number += 1


def _middle(shape: UNetShape) -> Iterator[tuple[str, str]]:
    if shape.middle:
        yield from _residual("middle_block.0", "mid_block.resnets.0")
    if shape.middle_depth is not None:
        yield "middle_block.1", "mid_block.attentions.0"
        yield from _residual("middle_block.2", "mid_block.resnets.1")


def _up(shape: UNetShape) -> Iterator[tuple[str, str]]:
    number = 0
    for i, level in enumerate(shape.up_depths):
        for j, depth in enumerate(level):
            yield from _residual(f"output_blocks.{number}.0", f"up_blocks.{i}.resnets.{j}")
            if depth:
                yield f"output_blocks.{number}.1", f"up_blocks.{i}.attentions.{j}"
            if j == len(level) - 1 and i < len(shape.up_depths) - 1:
                yield f"output_blocks.{number}.{2 if depth else 1}.conv", f"up_blocks.{i}.upsamplers.0.conv"
            number += 1


def from_diffusers(names: Iterable[str]) -> dict[str, str]:
    """Latent diffusion's name of every given name of a UNet in diffusers' layout, whose blocks the names tell."""
    names = list(names)
    return to_ldm(names, _layout(set(names)))


def _layout(names: set[str]) -> UNetShape:
    """How many blocks there are and which have attention: all that matters for names."""
    middle = "mid_block.resnets.0.norm1.weight" in names
    return UNetShape(
        in_channels=0,
        out_channels=0,
        channels=(),
        depths=_levels(names, "down_blocks"),
        up_depths=_levels(names, "up_blocks"),
        middle=middle,
        middle_depth=1 if "mid_block.attentions.0.norm.weight" in names else None,
        context=None,
        linear_projection=False,
        adm=None,
    )


def _levels(names: set[str], kind: str) -> tuple[tuple[int, ...], ...]:
    levels: list[tuple[int, ...]] = []
    while f"{kind}.{len(levels)}.resnets.0.norm1.weight" in names:
        block, depths = f"{kind}.{len(levels)}", list[int]()
        while f"{block}.resnets.{len(depths)}.norm1.weight" in names:
            depths.append(int(f"{block}.attentions.{len(depths)}.norm.weight" in names))
        levels.append(tuple(depths))
    return tuple(levels)
