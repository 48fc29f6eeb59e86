"""Perp-Neg as a model patch, for the sampling nodes that take a positive and a negative only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.batch import calc_cond_batch
from nodes.guidance.conditioning import Conditioning
from nodes.guidance.guiders import perp_neg as combine
from nodes.guidance.options import with_cfg_function

if TYPE_CHECKING:
    from nodes.models.model import Model


def perp_neg(model: Model, empty: Conditioning, neg_scale: float) -> Model:
    """Guide from the prediction for `empty`; the negative counts as far as it is perpendicular to the positive."""

    def cfg(args: dict[str, Any]) -> Tensor:
        predictor, x = args["model"], args["input"]
        conds = predictor.prepare("negative", empty, x)
        (nothing,) = calc_cond_batch(predictor, [conds], x, args["sigma"], args["model_options"])
        positive, negative = args["cond_denoised"], args["uncond_denoised"]
        denoised = combine(positive, negative, nothing, cond_scale=args["cond_scale"], neg_scale=neg_scale)
        result: Tensor = x - denoised
        return result

    return with_cfg_function(model, cfg)
