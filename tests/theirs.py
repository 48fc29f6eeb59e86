"""The networks of diffusers around the weights of ours: what ours are compared with."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.controlnets.controlnet import ControlNetModel
from diffusers.models.embeddings import get_timestep_embedding
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from nodes.models.control_network import ControlWeights
from nodes.models.family import default_heads
from nodes.models.model import Model
from nodes.models.vae import Vae
from nodes.models.vae_keys import VaeShape


def unet(model: Model) -> Any:
    """UNet2DConditionModel with copies of a model's weights, patches merged in."""
    family = model.family
    config = family.shape.diffusers_config(family.heads, family.upcast_attention)
    return _filled(UNet2DConditionModel(**config), model.network().module)


def control(weights: ControlWeights) -> Any:
    """ControlNetModel with copies of a ControlNet's weights."""
    shape = weights.shape
    config = shape.diffusers_config(default_heads(shape.unet), shape.unet.linear_projection)
    return _filled(ControlNetModel(**config), weights.network().module)


def vae(vae: Vae) -> Any:
    """AutoencoderKL with copies of a VAE's weights."""
    return _filled(AutoencoderKL(**vae_config(vae.shape)), vae.weights.network())


def vae_config(shape: VaeShape) -> dict[str, Any]:
    """Arguments of AutoencoderKL."""
    levels = len(shape.channels)
    return {
        "down_block_types": ("DownEncoderBlock2D",) * levels,
        "up_block_types": ("UpDecoderBlock2D",) * levels,
        "block_out_channels": shape.channels,
        "layers_per_block": shape.layers,
        "latent_channels": shape.latent_channels,
        "use_quant_conv": shape.quant_conv,
        "use_post_quant_conv": shape.post_quant_conv,
        "norm_num_groups": shape.groups,
    }


def waves(numbers: Tensor) -> Tensor:
    """Numbers [B,N] as the vectors [B,256N] that SDXL is told."""
    embedded = get_timestep_embedding(numbers.flatten(), 256, flip_sin_to_cos=True, downscale_freq_shift=0)
    told: Tensor = embedded.reshape(len(numbers), -1)
    return told


def _filled(module: Any, ours: torch.nn.Module) -> Any:
    module.load_state_dict({name: tensor.clone() for name, tensor in ours.state_dict().items()})
    return module.eval().requires_grad_(False)
