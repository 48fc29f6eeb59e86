"""`comfy.taesd.taesd`: small encoders and decoders (https://github.com/madebyollin/taesd)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from nodes.compat.stubs import ProvidedType
from nodes.models.taesd import load_taesd


def conv(n_in: int, n_out: int, **kwargs: Any) -> nn.Conv2d:
    """A 3 x 3 convolution that keeps the size."""
    return nn.Conv2d(n_in, n_out, 3, padding=1, **kwargs)


class Clamp(nn.Module):
    """Soft limits at -3 and 3."""

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,W]."""
        return torch.tanh(x / 3) * 3


class Block(nn.Module):
    """A residual block of three convolutions."""

    def __init__(self, n_in: int, n_out: int):
        super().__init__()
        self.conv = nn.Sequential(conv(n_in, n_out), nn.ReLU(), conv(n_out, n_out), nn.ReLU(), conv(n_out, n_out))
        self.skip = nn.Conv2d(n_in, n_out, 1, bias=False) if n_in != n_out else nn.Identity()
        self.fuse = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """[B,C,H,W]."""
        return self.fuse(self.conv(x) + self.skip(x))  # type: ignore[no-any-return]


def Encoder(latent_channels: int = 4) -> nn.Sequential:  # noqa: N802 - the field's own name
    """Pictures [B,3,H,W] in 0..1 to latents an eighth as wide."""
    half: list[Callable[[], nn.Module]] = [
        lambda: conv(64, 64, stride=2, bias=False), *[lambda: Block(64, 64)] * 3,
    ]  # fmt: skip
    down = [make() for make in half * 3]
    return nn.Sequential(conv(3, 64), Block(64, 64), *down, conv(64, latent_channels))


def Decoder(latent_channels: int = 4) -> nn.Sequential:  # noqa: N802
    """Latents to pictures [B,3,H,W] in 0..1."""
    double: list[Callable[[], nn.Module]] = [
        *[lambda: Block(64, 64)] * 3, lambda: nn.Upsample(scale_factor=2), lambda: conv(64, 64, bias=False),
    ]  # fmt: skip
    up = [make() for make in double * 3]
    return nn.Sequential(Clamp(), conv(latent_channels, 64), nn.ReLU(), *up, Block(64, 64), conv(64, 3))


class TAESD(nn.Module, metaclass=ProvidedType):
    """The two, with files of their weights if paths are given. Pictures are in -1..1 here."""

    latent_magnitude = 3
    latent_shift = 0.5

    def __init__(self, encoder_path: str | None = None, decoder_path: str | None = None, latent_channels: int = 4):
        super().__init__()
        self.taesd_encoder, self.taesd_decoder = Encoder(latent_channels), Decoder(latent_channels)
        self.vae_scale, self.vae_shift = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(0.0))
        self._files = None if decoder_path is None else load_taesd(decoder_path)
        if encoder_path is not None:
            from nodes.models.reader import WeightsFile

            self.taesd_encoder.load_state_dict(dict(WeightsFile(encoder_path)))

    @torch.no_grad()
    def decode(self, x: Tensor) -> Tensor:
        """Pictures [B,3,H,W] in -1..1 of latents."""
        latent = (x - self.vae_shift) * self.vae_scale
        picture = self.taesd_decoder(latent) if self._files is None else self._files.decode(latent)
        return (picture - 0.5) * 2

    @torch.no_grad()
    def encode(self, x: Tensor) -> Tensor:
        """Latents of pictures in -1..1."""
        return self.taesd_encoder(x * 0.5 + 0.5) / self.vae_scale + self.vae_shift  # type: ignore[no-any-return]
