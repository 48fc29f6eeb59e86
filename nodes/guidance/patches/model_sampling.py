"""Another sigma parameterisation for a model, where its file does not say or a distillation changed it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nodes.sampling import model_sampling as kinds
from nodes.sampling.latent_formats import SDXL_PLAYGROUND
from nodes.sampling.predictions import Flow, ImageToImage
from nodes.sampling.sigma_tables import Flux

if TYPE_CHECKING:
    from nodes.models.model import Model

LTXV_TOKENS = (1024, 4096)  # latent cells at which `base_shift` and `max_shift` apply


def sampling_discrete(model: Model, sampling: str, zero_terminal_snr: bool) -> Model:
    """A table of trained sigmas. `sampling`: eps, v_prediction, lcm, x0 or img_to_img."""
    if sampling == "img_to_img":
        table = kinds.discrete("x0", zero_terminal_snr=zero_terminal_snr)
        return model.with_sampling(replace(table, prediction=ImageToImage()))
    return model.with_sampling(kinds.discrete(sampling, zero_terminal_snr=zero_terminal_snr))


def sampling_continuous_edm(model: Model, sampling: str, sigma_max: float, sigma_min: float) -> Model:
    """EDM's range. `sampling`: v_prediction, edm, edm_playground_v2.5 (with its latent format), eps or cosmos_rflow."""
    if sampling == "cosmos_rflow":
        return model.with_sampling(kinds.cosmos(sigma_min, sigma_max))
    edm = sampling.startswith("edm")
    chosen = kinds.continuous_edm(
        "edm" if edm else sampling, sigma_min=sigma_min, sigma_max=sigma_max, sigma_data=0.5 if edm else 1.0
    )
    return model.with_sampling(chosen, SDXL_PLAYGROUND if sampling == "edm_playground_v2.5" else None)


def sampling_continuous_v(model: Model, sampling: str, sigma_max: float, sigma_min: float) -> Model:
    """A continuous range told to the network as an angle."""
    return model.with_sampling(kinds.continuous_v(sampling, sigma_min=sigma_min, sigma_max=sigma_max))


def sampling_flow(model: Model, shift: float, multiplier: float) -> Model:
    """Rectified flow with shifted time: SD3 (multiplier 1000), AuraFlow (1)."""
    return model.with_sampling(kinds.flow(shift, multiplier))


def sampling_cascade(model: Model, shift: float) -> Model:
    """Stable Cascade's cosine schedule."""
    return model.with_sampling(kinds.cascade(shift))


def sampling_flux(model: Model, max_shift: float, base_shift: float, width: int, height: int) -> Model:
    """Flux's time shift for a picture of that size in pixels."""
    return model.with_sampling(kinds.ModelSampling(Flow(), Flux.for_size(width, height, base_shift, max_shift)))


def sampling_ltxv(model: Model, max_shift: float, base_shift: float, tokens: int) -> Model:
    """Flux's time shift for a video of that many latent cells (LTX-Video)."""
    low, high = LTXV_TOKENS
    slope = (max_shift - base_shift) / (high - low)
    return model.with_sampling(kinds.flux(tokens * slope + base_shift - low * slope))
