"""The VAE of models that work on pixels themselves: latents are pictures, stretched to -1..1."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from graphcore.errors import ModelError


class PixelSpace:
    """What `Vae` does, without weights: pictures [B,H,W,3] in 0..1, latents [B,3,H,W] in -1..1 of the same size."""

    ratio = 1

    def encode(self, pixels: Tensor) -> Tensor:
        """The latent of pictures, without alpha."""
        if pixels.dim() != 4 or pixels.shape[-1] < 3:
            raise ModelError(f"A VAE encodes pictures [B,H,W,3]; this one is {list(pixels.shape)}.")
        return pixels[..., :3].movedim(-1, 1) * 2 - 1

    def decode(self, latent: Tensor) -> Tensor:
        """The pictures of a latent."""
        if latent.dim() != 4 or latent.shape[1] != 3:
            raise ModelError(
                f"'pixel_space' decodes latents of 3 channels; this one is {list(latent.shape)}: "
                "use the VAE of the family that made the latent."
            )
        return ((latent + 1) / 2).clamp(0, 1).movedim(1, -1)

    def encode_tiled(
        self, pixels: Tensor, tile_x: int, tile_y: int, overlap: int, on_tile: Callable[[], None] | None = None
    ) -> Tensor:
        """`encode`: pixels do not depend on each other, so tiles change nothing."""
        return self.encode(pixels)

    def decode_tiled(
        self, latent: Tensor, tile_x: int, tile_y: int, overlap: int, on_tile: Callable[[], None] | None = None
    ) -> Tensor:
        """`decode`: pixels do not depend on each other, so tiles change nothing."""
        return self.decode(latent)
