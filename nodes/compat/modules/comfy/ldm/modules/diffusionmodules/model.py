"""`comfy.ldm.modules.diffusionmodules.model`: blocks of latent diffusion's autoencoder, for networks of packs' own.

Structure and parameter names as in https://github.com/CompVis/latent-diffusion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention, silu

from nodes.compat.stubs import ProvidedType

EPSILON = 1e-6


def nonlinearity(x: Tensor) -> Tensor:
    """x times its sigmoid."""
    return silu(x)


def Normalize(in_channels: int, num_groups: int = 32) -> nn.GroupNorm:  # noqa: N802 - the field's own name
    """Normalisation over groups of channels."""
    return nn.GroupNorm(num_groups, in_channels, eps=EPSILON, affine=True)


def vae_attention() -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """The function that attends over the places of a picture: q, k, v [B,C,H,W] to [B,C,H,W]."""
    return pytorch_attention


def pytorch_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """One head over all places."""
    query, key, value = (part.flatten(2).transpose(1, 2).unsqueeze(1) for part in (q, k, v))
    return scaled_dot_product_attention(query, key, value).squeeze(1).transpose(1, 2).reshape(q.shape)


class ResnetBlock(nn.Module, metaclass=ProvidedType):
    """A residual block; with `temb_channels` it is told the time."""

    def __init__(
        self, *, in_channels: int, out_channels: int | None = None, conv_shortcut: bool = False, dropout: float = 0.0,
        temb_channels: int = 512, conv_op: Any = nn.Conv2d, norm_op: Any = Normalize, **_: Any,
    ):  # fmt: skip
        super().__init__()
        out = in_channels if out_channels is None else out_channels
        self.in_channels, self.out_channels, self.use_conv_shortcut = in_channels, out, conv_shortcut
        self.norm1, self.conv1 = norm_op(in_channels), conv_op(in_channels, out, kernel_size=3, stride=1, padding=1)
        if temb_channels > 0:
            self.temb_proj = nn.Linear(temb_channels, out)
        self.norm2, self.dropout = norm_op(out), nn.Dropout(dropout)
        self.conv2 = conv_op(out, out, kernel_size=3, stride=1, padding=1)
        if in_channels != out:
            name, size, padding = ("conv_shortcut", 3, 1) if conv_shortcut else ("nin_shortcut", 1, 0)
            self.add_module(name, conv_op(in_channels, out, kernel_size=size, stride=1, padding=padding))

    def forward(self, x: Tensor, temb: Tensor | None = None) -> Tensor:
        """x [B,C,H,W], temb [B,D]."""
        h = self.conv1(silu(self.norm1(x)))
        if temb is not None:
            h = h + self.temb_proj(silu(temb))[:, :, None, None]
        h = self.conv2(self.dropout(silu(self.norm2(h))))
        if self.in_channels != self.out_channels:
            x = self.get_submodule("conv_shortcut" if self.use_conv_shortcut else "nin_shortcut")(x)
        return x + h  # type: ignore[no-any-return]
