"""`comfy.sd.VAE`: pictures to latents and back, as packs use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from nodes.compat.handles.network import FirstStage
from nodes.compat.stubs import ProvidedType
from nodes.models.vae import ENCODE_OVERLAP, ENCODE_TILE, OVERLAP, TILE, Vae


class VAE(metaclass=ProvidedType):
    """`VAE(sd=tensors)`, or the form of one of ours. Pictures [B,H,W,C] in 0..1, latents as the VAE writes them."""

    origin: Vae | None = None
    latent_dim = 2
    extra_1d_channel = None
    output_channels = 3
    not_video = True
    crop_input = True
    disable_offload = False

    def __init__(
        self,
        sd: Mapping[str, Tensor] | None = None,
        device: Any = None,
        config: Any = None,
        dtype: Any = None,
        metadata: Any = None,
    ):
        self._native = Vae.from_tensors(sd or {}, config=config or {})

    @classmethod
    def of(cls, native: Vae) -> VAE:
        """The form of one of ours."""
        self = cls.__new__(cls)
        self.origin = self._native = native
        return self

    def graphcore_native(self) -> Any:
        """Ours; a class of a pack that changes how it works is itself."""
        return self._native if type(self) is VAE else self

    def throw_exception_if_invalid(self) -> None:
        """It is a VAE, or it would not have been made."""

    # -- work ----------------------------------------------------------------------------------------------------------

    def encode(self, pixel_samples: Tensor) -> Tensor:
        """The latent [B,C,h,w] of pictures."""
        return self._native.encode(pixel_samples)

    def decode(self, samples_in: Tensor, vae_options: Any = None) -> Tensor:
        """The pictures of a latent."""
        return self._native.decode(samples_in)

    def encode_tiled(
        self,
        pixel_samples: Tensor,
        tile_x: int | None = None,
        tile_y: int | None = None,
        overlap: int | None = None,
        tile_t: int | None = None,
        overlap_t: int | None = None,
    ) -> Tensor:
        """The same tile by tile; sizes in pixels."""
        overlap = ENCODE_OVERLAP if overlap is None else overlap
        return self._native.encode_tiled(pixel_samples, tile_x or ENCODE_TILE, tile_y or ENCODE_TILE, overlap)

    def decode_tiled(
        self,
        samples: Tensor,
        tile_x: int | None = None,
        tile_y: int | None = None,
        overlap: int | None = None,
        tile_t: int | None = None,
        overlap_t: int | None = None,
    ) -> Tensor:
        """The same tile by tile; sizes in latent cells."""
        return self._native.decode_tiled(
            samples, tile_x or TILE, tile_y or TILE, OVERLAP if overlap is None else overlap
        )

    def decode_tiled_(self, samples: Tensor, tile_x: int = TILE, tile_y: int = TILE, overlap: int = OVERLAP) -> Tensor:
        """The same."""
        return self.decode_tiled(samples, tile_x, tile_y, overlap)

    def encode_tiled_(
        self, pixel_samples: Tensor, tile_x: int = ENCODE_TILE, tile_y: int = ENCODE_TILE, overlap: int = ENCODE_OVERLAP
    ) -> Tensor:
        """The same."""
        return self.encode_tiled(pixel_samples, tile_x, tile_y, overlap)

    def vae_encode_crop_pixels(self, pixels: Tensor) -> Tensor:
        """Pictures cut to whole cells."""
        from nodes.compat.native_class import whole_cells

        cut: Tensor = whole_cells(pixels)
        return cut

    def process_input(self, image: Tensor) -> Tensor:
        """0..1 as the network has it."""
        return image * 2.0 - 1.0

    def process_output(self, image: Tensor) -> Tensor:
        """What the network gives, in 0..1."""
        return ((image + 1.0) / 2.0).clamp(0.0, 1.0)

    # -- what packs read -----------------------------------------------------------------------------------------------

    @property
    def downscale_ratio(self) -> int:
        """Pixels a latent cell."""
        return self._native.ratio

    upscale_ratio = downscale_ratio

    def spacial_compression_encode(self) -> int:
        """Pixels a latent cell."""
        return self._native.ratio

    spacial_compression_decode = spacial_compression_encode

    def temporal_compression_decode(self) -> int | None:
        """Frames a latent frame; None for pictures."""
        return None

    temporal_compression_encode = temporal_compression_decode

    @property
    def latent_channels(self) -> int:
        """Channels of a latent."""
        return self._native.shape.latent_channels

    @property
    def vae_dtype(self) -> torch.dtype:
        """How it computes."""
        return self._native.weights.dtype

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self._native.weights.device

    working_dtypes = (torch.bfloat16, torch.float32)

    @property
    def output_device(self) -> torch.device:
        """Where results lie."""
        return torch.device("cpu")

    offload_device = output_device

    def memory_used_encode(self, shape: Any, dtype: Any = None) -> float:
        """Bytes that encoding [B,C,H,W] takes, roughly."""
        return self._native.memory(shape[-2], shape[-1])

    def memory_used_decode(self, shape: Any, dtype: Any = None) -> float:
        """Bytes that decoding [B,C,h,w] takes, roughly."""
        return self._native.memory(shape[-2] * self._native.ratio, shape[-1] * self._native.ratio)

    @property
    def first_stage_model(self) -> Any:
        """The network, loaded by asking for it."""
        return FirstStage(self._native)

    @property
    def patcher(self) -> Any:
        """What holds the weights, for loading them."""
        from nodes.compat.handles.model_patcher import ModelPatcher

        return ModelPatcher(self.first_stage_model, self.device, self.device)

    def get_sd(self) -> dict[str, Tensor]:
        """Every weight by name, in latent diffusion's layout."""
        from nodes.models.vae_keys import to_ldm

        weights = self._native.weights.weights.load()
        names = to_ldm(weights)
        return {names.get(name, name): tensor for name, tensor in weights.items()}
