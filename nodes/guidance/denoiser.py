"""The object that samplers call: a guider with everything prepared, so that a step costs a model call and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.cfg import Guided, Step
from nodes.guidance.guiders import Guider
from nodes.guidance.predictor import Predictor
from nodes.guidance.prepare import Conds
from nodes.guidance.wrappers import wrapped

if TYPE_CHECKING:
    from nodes.sampling.model_sampling import ModelSampling


class GuidedDenoiser:
    """A model with its guidance during one sampling call. x is [B,C,...] in model space, sigma [B]."""

    def __init__(self, guider: Guider, predictor: Predictor, conds: Conds, model_options: Mapping[str, Any]):
        self.guider, self.predictor, self.conds = guider, predictor, conds
        self.model_options = model_options
        self._always_uncond = {**model_options, "disable_cfg1_optimization": True}

    @property
    def model_sampling(self) -> ModelSampling:
        return self.predictor.model_sampling

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        return self._predict(x, sigma, self.model_options).denoised

    def with_uncond(self, x: Tensor, sigma: Tensor) -> tuple[Tensor, Tensor]:
        """The guided prediction, and the one without the prompt (zeros if the guider has none)."""
        return self._predict(x, sigma, self._always_uncond)

    def _predict(self, x: Tensor, sigma: Tensor, model_options: Mapping[str, Any]) -> Guided:
        predict = wrapped(self._guide, "predict_noise", model_options.get("transformer_options", {}), self)
        guided: Guided = predict(x, sigma, model_options)
        return guided

    def _guide(self, x: Tensor, sigma: Tensor, model_options: Mapping[str, Any]) -> Guided:
        return self.guider.predict(Step(self.predictor, x, sigma, model_options), self.conds)
