"""`Vae`, the value of a VAE socket: pictures to latents and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.device import compute_device, vae_dtype
from nodes.models.loadable import Loadable
from nodes.models.memory import room
from nodes.models.soundness import is_finite
from nodes.models.streaming import stream
from nodes.models.tiling import tiled
from nodes.models.unet import construct
from nodes.models.vae_keys import VaeShape, infer_shape, to_diffusers, to_ldm
from nodes.models.vae_module import VaeModule
from nodes.models.weights import Weights

PREFIX = "first_stage_model."
TILE, OVERLAP = 64, 16  # of a latent, when decoding falls back to tiles
ENCODE_TILE, ENCODE_OVERLAP = 512, 64  # of a picture, when encoding does
# Peak memory of a pass is close to this many feature maps of the second level's width at full resolution.
_MAPS = 8
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, eq=False)
class Vae:
    """Immutable handle; weights are loaded on first use.

    Pictures are [B,H,W,C] in 0..1, latents [B,C,h,w] as the VAE writes them (not scaled for any model).
    """

    shape: VaeShape
    weights: VaeWeights

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], prefix: str = "", config: Mapping[str, Any] = _NOTHING) -> Vae:
        """The VAE under `prefix` in `tensors`, in either layout. ModelError if there is none.

        `config` states what shapes cannot tell: `norm_num_groups`, 32 by default.
        """
        own = {name.removeprefix(prefix): name for name in tensors if name.startswith(prefix)}
        if any(name.startswith("decoder.up_blocks.") for name in own):
            own = {here: own[name] for name, here in to_ldm(own).items()}
        shape = infer_shape({name: tuple(tensors[there].shape) for name, there in own.items()})
        shape = replace(shape, groups=config.get("norm_num_groups", shape.groups))
        names = {there: own[here] for here, there in to_diffusers(own, shape).items()}
        device = compute_device()
        return cls(shape, VaeWeights(shape, Weights(tensors, names, vae_dtype(device), device, _as_linear)))

    def prefetch(self) -> None:
        """Load ahead of use; the engine asks for it while the node that uses this waits for something else."""
        self.weights.prefetch()

    @property
    def ratio(self) -> int:
        """Pixels per latent cell along one side."""
        return self.shape.ratio

    @torch.no_grad()
    def encode(self, pixels: Tensor) -> Tensor:
        """The mean latent [B,C,h,w] of pictures; cut to whole cells around the centre, without alpha."""
        pixels = self._prepared(pixels)
        height, width = pixels.shape[-2:]
        if self.memory(height, width) > room(self.weights.device):
            return self._tiled_encode(pixels, ENCODE_TILE, ENCODE_TILE, ENCODE_OVERLAP)
        try:
            return torch.cat([self._encode(picture[None]) for picture in pixels])
        except torch.OutOfMemoryError:
            return self._tiled_encode(pixels, ENCODE_TILE, ENCODE_TILE, ENCODE_OVERLAP)

    @torch.no_grad()
    def decode(self, latent: Tensor) -> Tensor:
        """The pictures of a latent."""
        self._check(latent)
        height, width = (size * self.ratio for size in latent.shape[-2:])
        if self.memory(height, width) > room(self.weights.device):
            return self.decode_tiled(latent)
        try:
            decoded = torch.cat([self._decode(item[None]) for item in latent])
        except torch.OutOfMemoryError:
            return self.decode_tiled(latent)
        if not is_finite(decoded):
            self.weights.check()
        return _to_pictures(decoded)

    @torch.no_grad()
    def encode_tiled(
        self,
        pixels: Tensor,
        tile_x: int = ENCODE_TILE,
        tile_y: int = ENCODE_TILE,
        overlap: int = ENCODE_OVERLAP,
        on_tile: Callable[[], None] | None = None,
    ) -> Tensor:
        """`encode` tile by tile: the average of three passes with tiles of different proportions. Sizes in pixels."""
        return self._tiled_encode(self._prepared(pixels), tile_x, tile_y, overlap, on_tile)

    @torch.no_grad()
    def decode_tiled(
        self,
        latent: Tensor,
        tile_x: int = TILE,
        tile_y: int = TILE,
        overlap: int = OVERLAP,
        on_tile: Callable[[], None] | None = None,
    ) -> Tensor:
        """`decode` tile by tile: the average of three passes with tiles of different proportions. Sizes in cells."""
        self._check(latent)
        total = torch.zeros(())
        for tile in ((tile_y * 2, tile_x // 2), (tile_y // 2, tile_x * 2), (tile_y, tile_x)):
            total = total + tiled(latent, self._decode, tile, overlap, self.ratio, 3, on_tile)
        return _to_pictures(total / 3)

    def memory(self, height: int, width: int) -> float:
        """Bytes that one picture of that size takes beyond the weights, roughly, either way."""
        channels = self.shape.channels[min(1, len(self.shape.channels) - 1)]
        return float(_MAPS * channels * height * width * self.weights.dtype.itemsize)

    def _prepared(self, pixels: Tensor) -> Tensor:
        """Pictures [B,H,W,C] as [B,3,H,W], cut to whole cells."""
        if pixels.dim() != 4 or pixels.shape[-1] < 3:
            raise ModelError(f"A VAE encodes pictures [B,H,W,3]; this one is {list(pixels.shape)}.")
        for dim in (1, 2):
            size = pixels.shape[dim] // self.ratio * self.ratio
            if not size:
                raise ModelError(f"A picture needs at least {self.ratio} pixels a side; this is {list(pixels.shape)}.")
            pixels = pixels.narrow(dim, pixels.shape[dim] % self.ratio // 2, size)
        return pixels[..., :3].movedim(-1, 1)

    def _check(self, latent: Tensor) -> None:
        if latent.dim() != 4 or latent.shape[1] != self.shape.latent_channels:
            raise ModelError(
                f"This VAE decodes latents of {self.shape.latent_channels} channels; this one is {list(latent.shape)}: "
                "use the VAE of the family that made the latent."
            )

    def _tiled_encode(
        self, pixels: Tensor, tile_x: int, tile_y: int, overlap: int, on_tile: Callable[[], None] | None = None
    ) -> Tensor:
        total = torch.zeros(())
        for tile in ((tile_y, tile_x), (tile_y // 2, tile_x * 2), (tile_y * 2, tile_x // 2)):
            channels = self.shape.latent_channels
            total = total + tiled(pixels, self._encode, tile, overlap, 1 / self.ratio, channels, on_tile)
        return total / 3

    def _encode(self, pixels: Tensor) -> Tensor:
        module = self.weights.network()
        moments = module.encoder((pixels * 2 - 1).to(self.weights.device, self.weights.dtype))
        if module.quant_conv is not None:
            moments = module.quant_conv(moments)
        mean: Tensor = moments.chunk(2, dim=1)[0].float().cpu()
        return mean

    def _decode(self, latent: Tensor) -> Tensor:
        """The decoder's own output [B,3,H,W], around -1..1."""
        module = self.weights.network()
        latent = latent.to(self.weights.device, self.weights.dtype)
        if module.post_quant_conv is not None:
            latent = module.post_quant_conv(latent)
        decoded: Tensor = module.decoder(latent).float().cpu()
        return decoded


class VaeWeights(Loadable[Any]):
    """A VAE's weights; its network is a `VaeModule`."""

    def __init__(self, shape: VaeShape, weights: Weights):
        super().__init__(weights, "VAE")
        self.dtype, self.device = weights.dtype, weights.device
        self._shape = shape

    def make(self) -> Any:
        module = construct(lambda: VaeModule(self._shape), self.weights.load(), "VAE", self.path)
        return stream(module, self.device, self.dtype)


def _as_linear(name: str, tensor: Tensor) -> Tensor:
    """Attention's 1x1 convolutions as the linear layers that diffusers has there."""
    return tensor.flatten(1) if ".attentions." in name and tensor.dim() == 4 else tensor


def _to_pictures(decoded: Tensor) -> Tensor:
    return ((decoded + 1) / 2).clamp(0, 1).movedim(1, -1)
