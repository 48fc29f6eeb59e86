"""SDXL and its distilled forms (SSD-1B, Segmind Vega, KOALA), Playground 2.5, v-prediction and EDM fine-tunes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from nodes.models.conds import image_channels, inpaint_channels, sdxl_vector
from nodes.models.family import Candidate, Family, default_heads
from nodes.models.unet_shape import UNetShape
from nodes.sampling.latent_formats import SDXL, SDXL_PLAYGROUND, LatentFormat
from nodes.sampling.model_sampling import ModelSampling, continuous_edm, discrete

TITLE = "SDXL"


def detect(candidate: Candidate) -> Family | None:
    shape = candidate.shape
    if not shape.linear_projection or shape.adm is None or shape.context is None:
        return None
    if any(shape.depths[0]) or not any(shape.depths[-1]):
        return None
    latent_format, sampling = parameterisation(candidate.marks)
    edits_model_space = "edm_vpred.sigma_max" in candidate.marks
    conditions = _conditions(shape, shape.adm, latent_format, edits_model_space)
    return Family("sdxl", TITLE, shape, default_heads(shape), latent_format, sampling, conditions)


def parameterisation(marks: Mapping[str, Tensor]) -> tuple[LatentFormat, ModelSampling]:
    """Latent format and sigmas, from the tensors by which fine-tunes state that they differ."""
    if "edm_mean" in marks and "edm_std" in marks:
        return SDXL_PLAYGROUND, continuous_edm("edm", sigma_min=0.002, sigma_max=80.0, sigma_data=0.5)
    if "edm_vpred.sigma_max" in marks:
        high = float(marks["edm_vpred.sigma_max"].float().reshape(-1)[0])
        low = marks.get("edm_vpred.sigma_min")
        sigma_min = 0.002 if low is None else float(low.float().reshape(-1)[0])
        return SDXL, continuous_edm("v_prediction", sigma_min=sigma_min, sigma_max=high)
    if "v_pred" in marks:
        return SDXL, discrete("v_prediction", zero_terminal_snr="ztsnr" in marks)
    return SDXL, discrete("eps")


def _conditions(
    shape: UNetShape, width: int, latent_format: LatentFormat, edits_model_space: bool
) -> Callable[[Mapping[str, Any]], Mapping[str, Tensor]]:
    def conditions(cond: Mapping[str, Any]) -> Mapping[str, Tensor]:
        told = {"y": sdxl_vector(cond, width)}
        if shape.in_channels == 9:
            told["c_concat"] = inpaint_channels(cond, latent_format.process_in)
        elif shape.in_channels == 8:
            # CosXL's editor was trained on scaled latents, diffusers' on latents as the VAE writes them.
            into = latent_format.process_in if edits_model_space else lambda image: image
            told["c_concat"] = image_channels(cond, into)
        return told

    return conditions
