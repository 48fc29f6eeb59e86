"""The transformers inside a UNet: parameters by diffusers' names; `nodes.models.attention` computes with them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Projections of `channels` for `heads`; keys and values come from `context` channels."""

    def __init__(self, channels: int, context: int, heads: int, upcast: bool):
        super().__init__()
        if channels % heads:
            raise ValueError(f"{channels} channels are not divisible into {heads} heads")
        self.heads, self.upcast_attention = heads, upcast
        self.to_q = nn.Linear(channels, channels, bias=False)
        self.to_k = nn.Linear(context, channels, bias=False)
        self.to_v = nn.Linear(context, channels, bias=False)
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])


class GatedLinear(nn.Module):
    """A linear map times the GELU of another (https://arxiv.org/abs/2002.05202)."""

    def __init__(self, channels: int, out: int):
        super().__init__()
        self.proj = nn.Linear(channels, out * 2)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.proj(x).chunk(2, dim=-1)
        out: Tensor = value * F.gelu(gate)
        return out


class FeedForward(nn.Module):
    """Four times as wide in between. Number 1 of `net` is where training had its dropout."""

    def __init__(self, channels: int):
        super().__init__()
        inner = 4 * channels
        self.net = nn.Sequential(GatedLinear(channels, inner), nn.Identity(), nn.Linear(inner, channels))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


class TransformerBlock(nn.Module):
    """Attention to the picture, attention to the prompt, feed-forward."""

    def __init__(self, channels: int, context: int, heads: int, upcast: bool):
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(channels) for _ in range(3))
        self.attn1 = Attention(channels, channels, heads, upcast)
        self.attn2 = Attention(channels, context, heads, upcast)
        self.ff = FeedForward(channels)


class SpatialTransformer(nn.Module):
    """Transformer blocks between projections, which are convolutions or, in later families, linear."""

    def __init__(self, channels: int, context: int, heads: int, depth: int, linear: bool, upcast: bool):
        super().__init__()
        self.use_linear_projection = linear
        self.norm = nn.GroupNorm(32, channels, 1e-6)
        self.proj_in, self.proj_out = (
            nn.Linear(channels, channels) if linear else nn.Conv2d(channels, channels, 1) for _ in range(2)
        )
        self.transformer_blocks = nn.ModuleList(
            TransformerBlock(channels, context, heads, upcast) for _ in range(depth)
        )
