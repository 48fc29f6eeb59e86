"""`comfy.model_base`: models as packs read them, by family. Networks are Graphcore's own; other families are names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from nodes.compat.handles import parameterisation
from nodes.compat.handles.base_model import (
    OTHERS,
    SD21UNCLIP,
    SDXL,
    BaseModel,
    ModelType,
    SDXL_instructpix2pix,
    SDXLRefiner,
)
from nodes.compat.modules.comfy.ldm.modules.diffusionmodules.util import timestep_embedding
from nodes.models.unclip import NoiseAugmentor, embedded_level, signal_shares

__all__ = ["SD21UNCLIP", "SDXL", "BaseModel", "ModelType", "SDXLRefiner", "SDXL_instructpix2pix"]

globals().update(OTHERS)

# What a model predicts -> (which noise levels there are, what its output means).
KINDS = {
    ModelType.EPS: (parameterisation.ModelSamplingDiscrete, parameterisation.EPS),
    ModelType.V_PREDICTION: (parameterisation.ModelSamplingDiscrete, parameterisation.V_PREDICTION),
    ModelType.V_PREDICTION_EDM: (parameterisation.ModelSamplingContinuousEDM, parameterisation.V_PREDICTION),
    ModelType.FLOW: (parameterisation.ModelSamplingDiscreteFlow, parameterisation.CONST),
    ModelType.STABLE_CASCADE: (parameterisation.StableCascadeSampling, parameterisation.EPS),
    ModelType.EDM: (parameterisation.ModelSamplingContinuousEDM, parameterisation.EDM),
    ModelType.V_PREDICTION_CONTINUOUS: (parameterisation.ModelSamplingContinuousV, parameterisation.V_PREDICTION),
    ModelType.FLUX: (parameterisation.ModelSamplingFlux, parameterisation.CONST),
    ModelType.IMG_TO_IMG: (parameterisation.ModelSamplingDiscrete, parameterisation.IMG_TO_IMG),
}


def model_sampling(model_config: Any, model_type: ModelType) -> Any:
    """The parameterisation of a kind of model, with the settings of a configuration."""
    levels, meaning = KINDS[model_type]
    return type("ModelSampling", (levels, meaning), {})(model_config)


class Timestep(nn.Module):
    """Sinusoids of numbers: [B] -> [B,dim]."""

    def __init__(self, dim: int):
        super().__init__()
        self.dim = dim

    def forward(self, t: Tensor) -> Tensor:
        """Embed."""
        return timestep_embedding(t, self.dim)


class CLIPEmbeddingNoiseAugmentation(nn.Module):
    """Noises pictures' vectors, and says how much (https://arxiv.org/abs/2204.06125)."""

    def __init__(self, *args: Any, clip_stats_path: Any = None, timestep_dim: int = 256, **kwargs: Any):
        super().__init__()
        self.max_noise_level = int(dict(kwargs.get("noise_schedule_config") or {}).get("timesteps", 1000))
        self.timestep_dim = timestep_dim
        self.register_buffer("data_mean", torch.zeros(1, timestep_dim))
        self.register_buffer("data_std", torch.ones(1, timestep_dim))

    def forward(self, x: Tensor, noise_level: Tensor | None = None, seed: int | None = None) -> tuple[Tensor, Tensor]:
        """(noised vectors [B,D], embedded levels [B,timestep_dim])."""
        if noise_level is None:
            noise_level = torch.randint(0, self.max_noise_level, (x.shape[0],))
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        mean, std = (getattr(self, f"data_{name}").to(x) for name in ("mean", "std"))
        kept = signal_shares()[noise_level.cpu().long()].to(x).reshape(-1, 1)
        noise = torch.randn(x.shape, generator=generator).to(x)
        noised = kept.sqrt() * ((x - mean) / std) + (1 - kept).sqrt() * noise
        levels = torch.cat([embedded_level(int(level), self.timestep_dim) for level in noise_level])
        return noised * std + mean, levels.to(x)


def sdxl_pooled(args: Mapping[str, Any], noise_augmentor: Any) -> Tensor:
    """The vector that SDXL is told of a prompt: of its pictures, if it has any, else of its text."""
    pictures = args.get("unclip_conditioning")
    if pictures is None:
        pooled: Tensor = args["pooled_output"]
        return pooled
    from nodes.models.unclip import image_vector

    dim = pictures[0]["clip_vision_output"].image_embeds.shape[-1]
    seed = args.get("seed") or 0
    return image_vector(pictures, NoiseAugmentor(dim), args.get("noise_augment_merge", 0.05), seed)[:, :dim]
