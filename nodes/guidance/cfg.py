"""Classifier-free guidance (https://arxiv.org/abs/2207.12598), with the functions that models carry around it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor

from nodes.guidance.batch import calc_cond_batch as calc_cond_batch  # packs may exchange it
from nodes.guidance.predictor import Predictor
from nodes.guidance.prepare import Cond

ListOrNone = Sequence[Cond] | None


class Guided(NamedTuple):
    """A prediction after guidance, and the one without the prompt that it was guided away from."""

    denoised: Tensor
    uncond: Tensor


@dataclass(frozen=True, eq=False)
class Step:
    """Where a sampling call is: the latent x [B,C,...], its noise level sigma [B], the model and its options."""

    model: Predictor
    x: Tensor
    sigma: Tensor
    model_options: Mapping[str, Any]

    @property
    def skips_uncond(self) -> bool:
        """Whether predictions that cancel out may be left away; not if something else wants to see them."""
        return not self.model_options.get("disable_cfg1_optimization", False)

    def args(self) -> dict[str, Any]:
        """What every guidance function is told, under the field's names."""
        return {"input": self.x, "sigma": self.sigma, "model": self.model, "model_options": self.model_options}


def guide(step: Step, cond: Sequence[Cond], uncond: ListOrNone, cond_scale: float) -> Guided:
    """The prediction for `cond`, guided away from `uncond`. At scale 1 the latter cancels out and is not evaluated."""
    conds = [cond, None if step.skips_uncond and math.isclose(cond_scale, 1.0) else uncond]
    outputs = predict(step, conds, cond_scale)
    denoised = combine(step, outputs[0], outputs[1], cond_scale, cond=cond, uncond=conds[1])
    return Guided(denoised, outputs[1])


def predict(step: Step, conds: Sequence[ListOrNone], cond_scale: float) -> list[Tensor]:
    """A prediction for each list, after every function that the model wants applied before they are combined."""
    calculate = step.model_options.get("sampler_calc_cond_batch_function")
    if calculate is None:
        outputs = calc_cond_batch(step.model, conds, step.x, step.sigma, step.model_options)
    else:
        outputs = calculate({**step.args(), "conds": conds})
    for function in step.model_options.get("sampler_pre_cfg_function", ()):
        own = {"conds": conds, "conds_out": outputs, "cond_scale": cond_scale, "timestep": step.sigma}
        outputs = function({**step.args(), **own})
    return outputs


def combine(
    step: Step, cond_pred: Tensor, uncond_pred: Tensor, cond_scale: float, *, cond: ListOrNone, uncond: ListOrNone
) -> Tensor:
    """Two predictions combined: by the model's own rule if it has one, then every function it wants applied after."""
    own = step.model_options.get("sampler_cfg_function")
    if own is None:
        denoised = uncond_pred + (cond_pred - uncond_pred) * cond_scale
    else:
        args = {
            "cond": step.x - cond_pred,
            "uncond": step.x - uncond_pred,
            "cond_denoised": cond_pred,
            "uncond_denoised": uncond_pred,
            "cond_scale": cond_scale,
            "timestep": step.sigma,
            "input_cond": cond,
            "input_uncond": uncond,
        }
        denoised = step.x - own({**step.args(), **args})
    return after(step, denoised, cond_pred, uncond_pred, cond_scale, cond=cond, uncond=uncond)


def after(
    step: Step,
    denoised: Tensor,
    cond_pred: Tensor,
    uncond_pred: Tensor,
    cond_scale: float,
    *,
    cond: ListOrNone,
    uncond: ListOrNone,
) -> Tensor:
    """`denoised` after every function that the model wants applied to it, in the order they were added."""
    for function in step.model_options.get("sampler_post_cfg_function", ()):
        args = {
            "denoised": denoised,
            "cond": cond,
            "uncond": uncond,
            "cond_scale": cond_scale,
            "uncond_denoised": uncond_pred,
            "cond_denoised": cond_pred,
        }
        denoised = function({**step.args(), **args})
    return denoised
