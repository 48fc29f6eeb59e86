"""What the tensor names and shapes of a UNet in latent diffusion's layout say about its construction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphcore.errors import ModelError

Shapes = Mapping[str, tuple[int, ...]]

_DEPTH = re.compile(r"\.transformer_blocks\.(\d+)\.")


@dataclass(frozen=True)
class UNetShape:
    """The construction of a UNet, level 0 being the full resolution.

    `depths[i][j]` counts the transformer blocks after residual block j of level i (0: no attention), `up_depths` does
    the same on the way up, levels in the order of execution. `middle_depth` is None where the middle block is one
    residual block, or missing (`middle` False). `context` and `adm` are the widths of the cross-attention context and
    of the vector y.
    """

    in_channels: int
    out_channels: int
    channels: tuple[int, ...]
    depths: tuple[tuple[int, ...], ...]
    up_depths: tuple[tuple[int, ...], ...]
    middle: bool
    middle_depth: int | None
    context: int | None
    linear_projection: bool
    adm: int | None

    @property
    def model_channels(self) -> int:
        return self.channels[0]

    @property
    def flat_depths(self) -> tuple[int, ...]:
        """Depth after every residual block on the way down: the field's way to name a family's construction."""
        return tuple(depth for level in self.depths for depth in level)

    def diffusers_config(self, heads: tuple[int, ...], upcast_attention: bool = False) -> dict[str, Any]:
        """Arguments of diffusers' UNet2DConditionModel; `heads` attention heads for each level."""
        down = ["CrossAttnDownBlock2D" if any(level) else "DownBlock2D" for level in self.depths]
        up = ["CrossAttnUpBlock2D" if any(level) else "UpBlock2D" for level in self.up_depths]
        config: dict[str, Any] = {
            "in_channels": self.in_channels,
            "out_channels": self.out_channels,
            "down_block_types": tuple(down),
            "up_block_types": tuple(up),
            "block_out_channels": self.channels,
            "layers_per_block": [len(level) for level in self.depths],
            "transformer_layers_per_block": self._down_layers(),
            "reverse_transformer_layers_per_block": [level if any(level) else 1 for level in self.up_depths],
            "mid_block_type": self._mid_block_type(),
            "cross_attention_dim": self.context or 1,
            # diffusers calls the number of heads "attention_head_dim".
            "attention_head_dim": heads,
            "use_linear_projection": self.linear_projection,
            "upcast_attention": upcast_attention,
        }
        if self.adm is not None:
            embedding = {"addition_embed_type": "text_time", "addition_time_embed_dim": 256}
            config |= {**embedding, "projection_class_embeddings_input_dim": self.adm}
        return config

    def _down_layers(self) -> list[Any]:
        """Transformer depth per level; the last entry's first number is also the middle block's."""
        layers: list[Any] = [level if any(level) else 1 for level in self.depths]
        if not any(self.depths[-1]):
            layers[-1] = self.middle_depth or 1
        elif self.middle_depth is not None and self.depths[-1][0] != self.middle_depth:
            raise ModelError(
                f"The UNet's middle block has {self.middle_depth} transformer blocks where the level before it has "
                f"{self.depths[-1][0]}; such a UNet is not supported."
            )
        return layers

    def _mid_block_type(self) -> str | None:
        if not self.middle:
            return None
        return "UNetMidBlock2D" if self.middle_depth is None else "UNetMidBlock2DCrossAttn"


def infer_shape(shapes: Shapes) -> UNetShape:
    """The construction of a UNet from the shapes of its tensors, named as in latent diffusion without any prefix.

    Works for the encoder half alone too (a ControlNet). Raises ModelError for what is not such a UNet.
    """
    first = shapes.get("input_blocks.0.0.weight")
    if first is None or len(first) != 4:
        raise ModelError("There is no UNet in latent diffusion's layout: 'input_blocks.0.0.weight' is missing.")
    counts = _transformer_depths(shapes)
    channels, depths = _down_levels(shapes, counts, first[0])
    middle_depth = counts.get("middle_block.1")
    if middle_depth is None and "middle_block.2.in_layers.0.weight" in shapes:
        raise ModelError("The UNet's middle block has no cross-attention; such a UNet is not supported.")
    return UNetShape(
        in_channels=first[1],
        out_channels=_size(shapes, "out.2.weight", 0) or first[1],
        channels=channels,
        depths=depths,
        up_depths=_up_levels(shapes, counts),
        middle="middle_block.0.in_layers.0.weight" in shapes,
        middle_depth=middle_depth,
        context=_context_width(shapes),
        linear_projection=any(len(shape) == 2 for name, shape in shapes.items() if name.endswith(".proj_in.weight")),
        adm=_size(shapes, "label_emb.0.0.weight", 1),
    )


def _size(shapes: Shapes, name: str, dim: int) -> int | None:
    """One dimension of a tensor, None if there is no such tensor."""
    shape = shapes.get(name)
    if shape is not None and len(shape) <= dim:
        raise ModelError(f"The UNet's tensor '{name}' has the shape {list(shape)}, which makes no sense there.")
    return None if shape is None else shape[dim]


def _transformer_depths(shapes: Shapes) -> dict[str, int]:
    """Number of transformer blocks by the prefix of their spatial transformer ("input_blocks.1.1")."""
    counts: dict[str, int] = {}
    for name in shapes:
        if match := _DEPTH.search(name):
            prefix = name[: match.start()]
            counts[prefix] = max(counts.get(prefix, 0), int(match[1]) + 1)
    return counts


def _numbers(shapes: Shapes, kind: str) -> Iterator[int]:
    """The numbers of the blocks that are there, up to the first that is missing."""
    present = {
        int(name.split(".")[1]) for name in shapes if name.startswith(f"{kind}.") and name.split(".")[1].isdigit()
    }
    number = 0
    while number in present:
        yield number
        number += 1


def _down_levels(
    shapes: Shapes, counts: Mapping[str, int], model_channels: int
) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    channels, depths = [model_channels], [list[int]()]
    for n in _numbers(shapes, "input_blocks"):
        if f"input_blocks.{n}.0.op.weight" in shapes:
            channels.append(0)
            depths.append([])
        elif (width := _size(shapes, f"input_blocks.{n}.0.out_layers.3.weight", 0)) is not None:
            channels[-1] = width
            depths[-1].append(counts.get(f"input_blocks.{n}.1", 0))
    if not all(depths):
        raise ModelError("The UNet has a level without residual blocks; such a UNet is not supported.")
    return tuple(channels), tuple(tuple(level) for level in depths)


def _up_levels(shapes: Shapes, counts: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    levels: list[list[int]] = [[]]
    for n in _numbers(shapes, "output_blocks"):
        levels[-1].append(counts.get(f"output_blocks.{n}.1", 0))
        if any(f"output_blocks.{n}.{k}.conv.weight" in shapes for k in (1, 2)):
            levels.append([])
    return tuple(tuple(level) for level in levels)


def _context_width(shapes: Shapes) -> int | None:
    widths = (shape[1] for name, shape in shapes.items() if name.endswith("attn2.to_k.weight") and len(shape) == 2)
    return next(widths, None)
