"""Names of VAE parameters: latent diffusion's and diffusers', and the construction that they tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphcore.errors import ModelError
from nodes.models.names import inverse, renamed

_ATTENTION = {"norm": "group_norm", "q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0"}
# diffusers' names before version 0.15.
_OLD_ATTENTION = {"query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0"}
_RESIDUAL = ("norm1", "conv1", "norm2", "conv2", "nin_shortcut")


@dataclass(frozen=True)
class VaeShape:
    """The construction of a VAE: `channels` per level from full resolution down, `layers` residual blocks per level.

    `groups` of the norms do not show in shapes: published VAEs have 32.
    """

    channels: tuple[int, ...]
    layers: int
    latent_channels: int
    quant_conv: bool
    post_quant_conv: bool
    groups: int = 32

    @property
    def ratio(self) -> int:
        """Pixels per latent cell along one side."""
        return int(2 ** (len(self.channels) - 1))


def infer_shape(shapes: Mapping[str, tuple[int, ...]]) -> VaeShape:
    """The construction of a VAE from the shapes of its tensors (latent diffusion's names). ModelError if it is none."""
    last = shapes.get("decoder.conv_in.weight", ())
    widths: list[int] = []
    while (shape := shapes.get(f"encoder.down.{len(widths)}.block.0.conv1.weight")) is not None and shape:
        widths.append(shape[0])
    layers = sum(f"encoder.down.0.block.{n}.conv1.weight" in shapes for n in range(16))
    if len(last) != 4 or not widths or not layers:
        raise ModelError(
            "There is no VAE for pictures in this file: 'decoder.conv_in.weight' or the encoder's blocks are missing "
            "or unusual. Use a VAE in latent diffusion's or diffusers' layout."
        )
    quant, post_quant = ("quant_conv.weight" in shapes), ("post_quant_conv.weight" in shapes)
    return VaeShape(tuple(widths), layers, last[1], quant, post_quant)


def module_map(levels: int, layers: int) -> dict[str, str]:
    """Latent diffusion's module prefix -> diffusers' module prefix, for every module of the VAE."""
    pairs = [("quant_conv", "quant_conv"), ("post_quant_conv", "post_quant_conv")]
    for half, direction, count in (("encoder", "down", layers), ("decoder", "up", layers + 1)):
        pairs += [(f"{half}.conv_{end}", f"{half}.conv_{end}") for end in ("in", "out")]
        pairs += [(f"{half}.norm_out", f"{half}.conv_norm_out"), *_middle(half)]
        for i in range(levels):
            # The decoder's levels are numbered by resolution here and by order of execution there.
            here = f"{half}.{direction}.{i if half == 'encoder' else levels - 1 - i}"
            there = f"{half}.{direction}_blocks.{i}"
            pairs += [pair for j in range(count) for pair in _residual(f"{here}.block.{j}", f"{there}.resnets.{j}")]
            pairs.append((f"{here}.{direction}sample.conv", f"{there}.{direction}samplers.0.conv"))
    return dict(pairs)


def to_diffusers(names: Iterable[str], shape: VaeShape) -> dict[str, str]:
    """diffusers' name of every given latent diffusion name that belongs to the VAE."""
    return renamed(names, module_map(len(shape.channels), shape.layers))


def to_ldm(names: Iterable[str]) -> dict[str, str]:
    """Latent diffusion's name of every given diffusers name, of any version, that belongs to the VAE."""
    modern = {name: _modern(name) for name in names}
    levels = _count(modern.values(), r"decoder\.up_blocks\.(\d+)\.")
    layers = _count(modern.values(), r"encoder\.down_blocks\.0\.resnets\.(\d+)\.")
    there = renamed(modern.values(), inverse(module_map(levels, layers)))
    return {name: there[new] for name, new in modern.items() if new in there}


def _middle(half: str) -> Iterator[tuple[str, str]]:
    for n in range(2):
        yield from _residual(f"{half}.mid.block_{n + 1}", f"{half}.mid_block.resnets.{n}")
    for here, there in _ATTENTION.items():
        yield f"{half}.mid.attn_1.{here}", f"{half}.mid_block.attentions.0.{there}"


def _residual(here: str, there: str) -> Iterator[tuple[str, str]]:
    for part in _RESIDUAL:
        yield f"{here}.{part}", f"{there}.{part.replace('nin', 'conv')}"


def _modern(name: str) -> str:
    """A name as diffusers has it since version 0.15."""
    head, _, kind = name.rpartition(".")
    head, _, part = head.rpartition(".")
    return f"{head}.{_OLD_ATTENTION[part]}.{kind}" if part in _OLD_ATTENTION and "attentions" in head else name


def _count(names: Iterable[str], pattern: str) -> int:
    """How many different numbers the pattern finds at the beginning of names."""
    return len({match[1] for name in names if (match := re.match(pattern, name))})
