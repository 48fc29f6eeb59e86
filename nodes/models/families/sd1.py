"""Stable Diffusion 1.x, its inpainting and its instruction-following (InstructPix2Pix) variants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from nodes.models.conds import image_channels, inpaint_channels
from nodes.models.family import Candidate, Family, default_heads
from nodes.sampling.latent_formats import SD1
from nodes.sampling.model_sampling import discrete

TITLE = "Stable Diffusion 1"


def detect(candidate: Candidate) -> Family | None:
    shape = candidate.shape
    if shape.linear_projection or shape.adm is not None or shape.context is None:
        return None
    sampling = discrete(
        "v_prediction" if "v_pred" in candidate.marks else "eps", zero_terminal_snr="ztsnr" in candidate.marks
    )
    return Family("sd1", TITLE, shape, default_heads(shape), SD1, sampling, extra_channels(shape.in_channels))


def extra_channels(in_channels: int) -> Any:
    """The conditions of a UNet by how many channels it takes: 9 inpaint, 8 edit a picture, 4 need nothing."""

    def conditions(cond: Mapping[str, Any]) -> Mapping[str, Tensor]:
        if in_channels == 9:
            return {"c_concat": inpaint_channels(cond, SD1.process_in)}
        if in_channels == 8:
            return {"c_concat": image_channels(cond, lambda image: image)}
        return {}

    return conditions
