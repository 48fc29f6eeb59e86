"""The layers that UNets, ControlNets and VAEs are made of. Parameters have diffusers' names (docs/adr: own-modules)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Residual(nn.Module):
    """Two convolutions beside a short cut, the first one told the time embedding [B,E] where there is one."""

    def __init__(self, channels: int, out: int, emb: int | None, groups: int = 32, eps: float = 1e-5):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, channels, eps)
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1)
        if emb is not None:
            self.time_emb_proj = nn.Linear(emb, out)
        self.norm2 = nn.GroupNorm(groups, out, eps)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(channels, out, 1) if channels != out else None

    def forward(self, x: Tensor, emb: Tensor | None = None) -> Tensor:
        h = self.conv1(F.silu(self.norm1(x)))
        if emb is not None:
            h = h + self.time_emb_proj(F.silu(emb))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        out: Tensor = (x if self.conv_shortcut is None else self.conv_shortcut(x)) + h
        return out


class Downsample(nn.Module):
    """Half the size. `padding` 0 pads right and below alone, as VAEs do."""

    def __init__(self, channels: int, padding: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2, padding=padding)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv(x if any(self.conv.padding) else F.pad(x, (0, 1, 0, 1)))
        return out


class Upsample(nn.Module):
    """Twice the size, or `size` where that is given."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor, size: Sequence[int] | None = None) -> Tensor:
        height, width = size or (2 * x.shape[2], 2 * x.shape[3])
        out: Tensor = self.conv(F.interpolate(x, size=(height, width), mode="nearest"))
        return out


class Embedding(nn.Module):
    """A vector [B,C] as an embedding [B,E]."""

    def __init__(self, channels: int, out: int):
        super().__init__()
        self.linear_1 = nn.Linear(channels, out)
        self.linear_2 = nn.Linear(out, out)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear_2(F.silu(self.linear_1(x)))
        return out


class Waves(nn.Module):
    """Numbers [B] as cosines and sines of falling frequency [B,C], float32 (DDPM's positions, cosines first)."""

    def __init__(self, channels: int):
        super().__init__()
        self.channels = channels

    def forward(self, numbers: Tensor) -> Tensor:
        half = self.channels // 2
        steps = torch.arange(half, dtype=torch.float32, device=numbers.device)
        angles = numbers[:, None].float() * torch.exp(-math.log(10000) * steps / half)
        return torch.cat((angles.cos(), angles.sin()), dim=-1)
