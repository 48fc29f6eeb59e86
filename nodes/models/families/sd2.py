"""Stable Diffusion 2.x, base (eps) and 768 (v), and the inpainting variant."""

from __future__ import annotations

from nodes.models.families.sd1 import extra_channels
from nodes.models.family import Candidate, Family, default_heads
from nodes.sampling.latent_formats import SD1
from nodes.sampling.model_sampling import discrete

TITLE = "Stable Diffusion 2"
# The file does not state its parameterisation; training for v left this norm's biases with a larger spread.
_TELLTALE = "output_blocks.11.1.transformer_blocks.0.norm1.bias"
_V_SPREAD = 0.09


def detect(candidate: Candidate) -> Family | None:
    shape = candidate.shape
    if not shape.linear_projection or shape.adm is not None or shape.context is None:
        return None
    prediction = "v_prediction" if _predicts_v(candidate) else "eps"
    conditions = extra_channels(shape.in_channels)
    heads = default_heads(shape)
    return Family("sd2", TITLE, shape, heads, SD1, discrete(prediction), conditions, upcast_attention=True)


def _predicts_v(candidate: Candidate) -> bool:
    bias = candidate.unet.get(_TELLTALE)
    if candidate.shape.in_channels != 4 or bias is None or bias.numel() == 0:
        return False
    return float(bias.float().std(unbiased=False)) > _V_SPREAD
