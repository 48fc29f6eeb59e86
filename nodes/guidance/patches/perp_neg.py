"""Perp-Neg as a model patch, for the sampling nodes that take a positive and a negative only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from torch import Tensor

from nodes.guidance.batch import calc_cond_batch
from nodes.guidance.conditioning import Conditioning
from nodes.guidance.guiders import perp_neg as combine
from nodes.guidance.options import with_cfg_function
from nodes.guidance.predictor import Predictor
from nodes.guidance.prepare import Conds

if TYPE_CHECKING:
    from nodes.models.model import Model


def perp_neg(model: Model, empty: Conditioning, neg_scale: float) -> Model:
    """Guide from the prediction for `empty`; the negative counts as far as it is perpendicular to the positive."""

    prepared: WeakKeyDictionary[Predictor, Conds] = WeakKeyDictionary()

    def cfg(args: dict[str, Any]) -> Tensor:
        predictor, x = args["model"], args["input"]
        if predictor not in prepared:
            prepared[predictor] = predictor.prepare({"negative": empty})
        (nothing,) = calc_cond_batch(
            predictor, [*prepared[predictor].values()], x, args["sigma"], args["model_options"]
        )
        positive, negative = args["cond_denoised"], args["uncond_denoised"]
        denoised = combine(positive, negative, nothing, cond_scale=args["cond_scale"], neg_scale=neg_scale)
        result: Tensor = x - denoised
        return result

    return with_cfg_function(model, cfg)
