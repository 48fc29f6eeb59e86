"""`comfy.diffusers_convert`: networks from diffusers' layout to latent diffusion's."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from nodes.models.unet_keys import from_diffusers


def convert_unet_state_dict(unet_state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a UNet by latent diffusion's names, without a prefix."""
    return {here: unet_state_dict[there] for there, here in from_diffusers(unet_state_dict).items()}
