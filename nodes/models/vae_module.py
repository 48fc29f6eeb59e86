"""VAEs as modules: parameters by diffusers' names, made from what the shapes of a file tell (arXiv:2112.10752)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from nodes.models.attention import attention
from nodes.models.layers import Downsample, Residual, Upsample
from nodes.models.vae_keys import VaeShape

EPS = 1e-6


class Attention(nn.Module):
    """Every place of a feature map looks at all others; one head."""

    def __init__(self, channels: int, groups: int):
        super().__init__()
        self.group_norm = nn.GroupNorm(groups, channels, EPS)
        self.to_q, self.to_k, self.to_v = (nn.Linear(channels, channels) for _ in range(3))
        self.to_out = nn.ModuleList([nn.Linear(channels, channels)])

    def forward(self, x: Tensor) -> Tensor:
        n = self.group_norm(x).flatten(2).transpose(1, 2)
        out = self.to_out[0](attention(self.to_q(n), self.to_k(n), self.to_v(n), heads=1))
        changed: Tensor = x + out.transpose(1, 2).reshape(x.shape)
        return changed


class Middle(nn.Module):
    """Attention between two residual blocks."""

    def __init__(self, channels: int, groups: int):
        super().__init__()
        self.resnets = nn.ModuleList(Residual(channels, channels, None, groups, EPS) for _ in range(2))
        self.attentions = nn.ModuleList([Attention(channels, groups)])

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.resnets[1](self.attentions[0](self.resnets[0](x)))
        return out


class Level(nn.Module):
    """Residual blocks, and after them the change of size."""

    def __init__(self, channels: int, out: int, layers: int, groups: int):
        super().__init__()
        self.resnets = nn.ModuleList(
            Residual(out if number else channels, out, None, groups, EPS) for number in range(layers)
        )
        self.downsamplers: nn.ModuleList | None = None
        self.upsamplers: nn.ModuleList | None = None

    def forward(self, h: Tensor) -> Tensor:
        for layer in (*self.resnets, *(self.downsamplers or ()), *(self.upsamplers or ())):
            h = layer(h)
        return h


class Encoder(nn.Module):
    """Pictures [B,3,H,W] in -1..1 to the parameters of latents [B,2C,h,w]: means, then logarithms of variances."""

    def __init__(self, shape: VaeShape):
        super().__init__()
        widths, groups = shape.channels, shape.groups
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        self.down_blocks = nn.ModuleList(
            Level(before, width, shape.layers, groups)
            for before, width in zip((widths[0], *widths), widths, strict=False)
        )
        for level, width in zip(self.down_blocks[:-1], widths, strict=False):
            level.downsamplers = nn.ModuleList([Downsample(width, padding=0)])
        self.mid_block = Middle(widths[-1], groups)
        self.conv_norm_out = nn.GroupNorm(groups, widths[-1], EPS)
        self.conv_out = nn.Conv2d(widths[-1], 2 * shape.latent_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv_in(x)
        for level in self.down_blocks:
            h = level(h)
        out: Tensor = self.conv_out(F.silu(self.conv_norm_out(self.mid_block(h))))
        return out


class Decoder(nn.Module):
    """Latents [B,C,h,w] to pictures [B,3,H,W] around -1..1."""

    def __init__(self, shape: VaeShape):
        super().__init__()
        widths, groups = shape.channels[::-1], shape.groups
        self.conv_in = nn.Conv2d(shape.latent_channels, widths[0], 3, padding=1)
        self.mid_block = Middle(widths[0], groups)
        self.up_blocks = nn.ModuleList(
            Level(before, width, shape.layers + 1, groups)
            for before, width in zip((widths[0], *widths), widths, strict=False)
        )
        for level, width in zip(self.up_blocks[:-1], widths, strict=False):
            level.upsamplers = nn.ModuleList([Upsample(width)])
        self.conv_norm_out = nn.GroupNorm(groups, widths[-1], EPS)
        self.conv_out = nn.Conv2d(widths[-1], 3, 3, padding=1)

    def forward(self, latent: Tensor) -> Tensor:
        h = self.mid_block(self.conv_in(latent))
        for level in self.up_blocks:
            h = level(h)
        out: Tensor = self.conv_out(F.silu(self.conv_norm_out(h)))
        return out


class VaeModule(nn.Module):
    """Both halves, and the 1x1 convolutions around the latent where the file has them."""

    def __init__(self, shape: VaeShape):
        super().__init__()
        self.encoder, self.decoder = Encoder(shape), Decoder(shape)
        channels = shape.latent_channels
        self.quant_conv = nn.Conv2d(2 * channels, 2 * channels, 1) if shape.quant_conv else None
        self.post_quant_conv = nn.Conv2d(channels, channels, 1) if shape.post_quant_conv else None
