"""Latent formats under the field's names: what `comfy.latent_formats` holds, and what `model.latent_format` gives."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from nodes.compat.stubs import ProvidedType
from nodes.sampling import latent_formats as ours


class LatentFormat(metaclass=ProvidedType):
    """How stored latents relate to those that a model samples; one of ours is behind it."""

    native: ClassVar[ours.LatentFormat] = ours.LatentFormat("custom")
    scale_factor: float = 1.0
    latent_channels: int = 4
    latent_dimensions: int = 2
    latent_rgb_factors: Any = None
    latent_rgb_factors_bias: Any = None
    latent_rgb_factors_reshape: Any = None
    taesd_decoder_name: str | None = None

    def process_in(self, latent: Tensor) -> Tensor:
        """Into model space."""
        native = type(self).native
        return latent * self.scale_factor if native.name == "custom" else native.process_in(latent)

    def process_out(self, latent: Tensor) -> Tensor:
        """Back to what the VAE reads."""
        native = type(self).native
        return latent / self.scale_factor if native.name == "custom" else native.process_out(latent)

    def graphcore_native(self) -> ours.LatentFormat:
        """Ours; one made of these attributes for a format that a pack has written."""
        native = type(self).native
        if native.name != "custom":
            return native
        return ours.LatentFormat("custom", self.latent_channels, self.scale_factor, dimensions=self.latent_dimensions)


def _format(name: str, native: ours.LatentFormat) -> type[LatentFormat]:
    members: dict[str, Any] = {
        "native": native,
        "scale_factor": native.scale,
        "latent_channels": native.channels,
        "latent_dimensions": native.dimensions,
        "taesd_decoder_name": None if native.taesd is None else f"{native.taesd}_decoder",
        "__module__": "comfy.latent_formats",
        "__doc__": f"The format of {native.name}.",
    }
    if not isinstance(native.shift, float):
        members["shift_factor"] = 0.0
    else:
        members["shift_factor"] = native.shift
    if native.preview is not None:
        factors, bias = ours.preview_factors(native.preview)
        members |= {"latent_rgb_factors": factors.tolist(), "latent_rgb_factors_bias": bias.tolist()}
    return type(name, (LatentFormat,), members)


FORMATS = {
    name: _format(name, native)
    for name, native in {
        "SD15": ours.SD1,
        "SDXL": ours.SDXL,
        "SDXL_Playground_2_5": ours.SDXL_PLAYGROUND,
        "SD_X4": ours.SD_X4,
        "SC_Prior": ours.CASCADE_PRIOR,
        "SC_B": ours.CASCADE_B,
        "SD3": ours.SD3,
        "StableAudio1": ours.STABLE_AUDIO,
        "Flux": ours.FLUX,
        "Mochi": ours.MOCHI,
        "LTXV": ours.LTXV,
        "HunyuanVideo": ours.HUNYUAN_VIDEO,
        "Cosmos1CV8x8x8": ours.COSMOS,
        "Wan21": ours.WAN_21,
        "Hunyuan3Dv2": ours.HUNYUAN_3D,
        "Hunyuan3Dv2_1": ours.HUNYUAN_3D_21,
        "Hunyuan3Dv2mini": ours.HUNYUAN_3D_MINI,
        "ACEAudio": ours.ACE,
        "HunyuanImage21": ours.HUNYUAN_IMAGE,
        "HunyuanImage21Refiner": ours.HUNYUAN_IMAGE_REFINER,
    }.items()
}


def format_of(native: ours.LatentFormat) -> LatentFormat:
    """The field's object for one of ours."""
    for kind in FORMATS.values():
        if kind.native == native:
            return kind()
    return _format(native.name, native)()
