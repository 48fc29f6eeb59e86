"""Skip-layer guidance: guide away from the prediction of a transformer with some of its blocks skipped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.batch import calc_cond_batch
from nodes.guidance.options import options_with_replacement, with_option, with_post_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model


def layer_numbers(text: str) -> list[int]:
    """All whole numbers in a text such as "7, 8, 9"."""
    return [int(number) for number in re.findall(r"\d+", text)]


def skip(args: Any, extra_options: dict[str, Any]) -> Any:
    """A block that hands its input on."""
    return args


def skipping(model_options: Mapping[str, Any], double: Sequence[int], single: Sequence[int]) -> Mapping[str, Any]:
    """Model options with these double and single blocks skipped."""
    for kind, layers in (("double_block", double), ("single_block", single)):
        for layer in layers:
            model_options = options_with_replacement(model_options, "dit", (kind, layer), skip)
    return model_options


def skip_layer_guidance(
    model: Model,
    double: Sequence[int],
    single: Sequence[int],
    scale: float,
    start_percent: float,
    end_percent: float,
    rescaling_scale: float = 0.0,
) -> Model:
    """Guide away from the prediction with blocks skipped, `scale` times, between two shares of the sampling.

    `rescaling_scale` (0..1) brings the result's standard deviation back towards the conditional prediction's.
    """
    if not double and not single:
        return model
    inside = _between(model, start_percent, end_percent)

    def post_cfg(args: dict[str, Any]) -> Tensor:
        denoised: Tensor = args["denoised"]
        if scale <= 0 or not inside(args["sigma"]):
            return denoised
        options = skipping(args["model_options"], double, single)
        (skipped,) = calc_cond_batch(args["model"], [args["cond"]], args["input"], args["sigma"], options)
        cond = args["cond_denoised"]
        denoised = denoised + (cond - skipped) * scale
        if rescaling_scale == 0:
            return denoised
        factor: Tensor = rescaling_scale * (cond.std() / denoised.std()) + 1 - rescaling_scale
        return denoised * factor

    return with_post_cfg(model, post_cfg)


def skip_layer_uncond(
    model: Model, double: Sequence[int], single: Sequence[int], start_percent: float, end_percent: float
) -> Model:
    """Make the unconditional prediction with blocks skipped, between two shares of the sampling."""
    if not double and not single:
        return model
    inside = _between(model, start_percent, end_percent)

    def calculate(args: dict[str, Any]) -> list[Tensor]:
        conds, options = args["conds"], args["model_options"]
        if len(conds) < 2 or conds[1] is None or not inside(args["sigma"]):
            return calc_cond_batch(args["model"], conds, args["input"], args["sigma"], options)
        skipped = skipping(options, double, single)
        (cond,) = calc_cond_batch(args["model"], [conds[0]], args["input"], args["sigma"], options)
        (uncond,) = calc_cond_batch(args["model"], [conds[1]], args["input"], args["sigma"], skipped)
        return [cond, uncond]

    return with_option(model, "sampler_calc_cond_batch_function", calculate)


def _between(model: Model, start_percent: float, end_percent: float) -> Callable[[Tensor], bool]:
    first = model.sampling.percent_to_sigma(start_percent)
    last = model.sampling.percent_to_sigma(end_percent)
    return lambda sigma: last <= float(sigma[0]) <= first
