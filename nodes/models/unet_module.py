"""UNets as modules: parameters by diffusers' names, made from what the shapes of a file tell.

They hold the layers; `nodes.models.unet` runs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from nodes.models.layers import Downsample, Embedding, Residual, Upsample, Waves
from nodes.models.transformer_layers import SpatialTransformer
from nodes.models.unet_shape import UNetShape


class Block(nn.Module):
    """One level: residual blocks, attention after each where the level has any, and a change of size at most."""

    def __init__(self, resnets: Sequence[Residual], attentions: Sequence[SpatialTransformer]):
        super().__init__()
        self.resnets = nn.ModuleList(resnets)
        if attentions:
            self.attentions = nn.ModuleList(attentions)
        self.downsamplers: nn.ModuleList | None = None
        self.upsamplers: nn.ModuleList | None = None


class EncoderHalf(nn.Module):
    """A UNet from its entry to its middle; all that a ControlNet shares with one.

    `skips` are the channels of what is handed across, in order.
    """

    def __init__(self, shape: UNetShape, heads: Sequence[int], upcast: bool):
        super().__init__()
        self._shape, self._heads, self._upcast = shape, heads, upcast
        self._emb = 4 * shape.model_channels
        self.conv_in = nn.Conv2d(shape.in_channels, shape.model_channels, 3, padding=1)
        self.time_proj = Waves(shape.model_channels)
        self.time_embedding = Embedding(shape.model_channels, self._emb)
        if shape.adm is not None:
            self.add_embedding = Embedding(shape.adm, self._emb)
        self.skips = [shape.model_channels]
        self.down_blocks = nn.ModuleList(self._down(level) for level in range(len(shape.channels)))
        self.mid_block = self._middle()

    def _down(self, level: int) -> Block:
        width, depths = self._shape.channels[level], self._shape.depths[level]
        resnets = []
        for _ in depths:
            resnets.append(Residual(self.skips[-1], width, self._emb))
            self.skips.append(width)
        block = Block(resnets, self._attentions(level, depths))
        if level < len(self._shape.channels) - 1:
            block.downsamplers = nn.ModuleList([Downsample(width)])
            self.skips.append(width)
        return block

    def _middle(self) -> Block | None:
        if not self._shape.middle:
            return None
        width, depth = self._shape.channels[-1], self._shape.middle_depth
        residuals = [Residual(width, width, self._emb) for _ in range(1 if depth is None else 2)]
        return Block(residuals, [] if depth is None else self._attentions(-1, [depth]))

    def _attentions(self, level: int, depths: Sequence[int]) -> list[SpatialTransformer]:
        if not any(depths):
            return []
        shape, width = self._shape, self._shape.channels[level]
        context, linear = shape.context or 1, shape.linear_projection
        return [SpatialTransformer(width, context, self._heads[level], depth, linear, self._upcast) for depth in depths]


class UNetModule(EncoderHalf):
    """A whole UNet. ValueError for halves that do not belong together."""

    def __init__(self, shape: UNetShape, heads: Sequence[int], upcast: bool):
        super().__init__(shape, heads, upcast)
        if sum(map(len, shape.up_depths)) != len(self.skips) or len(shape.up_depths) != len(shape.channels):
            raise ValueError(f"{shape.up_depths} blocks up for {shape.depths} down")
        waiting, width = list(self.skips), shape.channels[-1]
        self.up_blocks = nn.ModuleList()
        for number, depths in enumerate(shape.up_depths):
            level, resnets = len(shape.channels) - 1 - number, []
            for _ in depths:
                resnets.append(Residual(width + waiting.pop(), shape.channels[level], self._emb))
                width = shape.channels[level]
            block = Block(resnets, self._attentions(level, depths))
            if level:
                block.upsamplers = nn.ModuleList([Upsample(width)])
            self.up_blocks.append(block)
        self.conv_norm_out = nn.GroupNorm(32, width, 1e-5)
        self.conv_act = nn.SiLU()
        self.conv_out = nn.Conv2d(width, shape.out_channels, 3, padding=1)


class ControlNetModule(EncoderHalf):
    """A ControlNet: what looks at the hint, and a convolution for everything handed to the UNet."""

    def __init__(self, shape: UNetShape, heads: Sequence[int], upcast: bool, hint: int, widths: Sequence[int]):
        super().__init__(shape, heads, upcast)
        self.controlnet_cond_embedding = HintEmbedding(hint, widths, shape.model_channels)
        self.controlnet_down_blocks = nn.ModuleList(nn.Conv2d(width, width, 1) for width in self.skips)
        self.controlnet_mid_block = nn.Conv2d(shape.channels[-1], shape.channels[-1], 1)


class HintEmbedding(nn.Module):
    """A picture [B,C,8h,8w] as what a ControlNet adds to its first features; `widths` from full size down."""

    def __init__(self, channels: int, widths: Sequence[int], out: int):
        super().__init__()
        self.conv_in = nn.Conv2d(channels, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList()
        for width, wider in pairwise(widths):
            self.blocks.append(nn.Conv2d(width, width, 3, padding=1))
            self.blocks.append(nn.Conv2d(width, wider, 3, stride=2, padding=1))
        self.conv_out = nn.Conv2d(widths[-1], out, 3, padding=1)

    def forward(self, hint: Tensor) -> Tensor:
        h = F.silu(self.conv_in(hint))
        for conv in self.blocks:
            h = F.silu(conv(h))
        out: Tensor = self.conv_out(h)
        return out
