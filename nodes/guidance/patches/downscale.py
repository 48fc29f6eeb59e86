"""Kohya's deep shrink: the deep blocks work on a smaller picture early on, so that large pictures stay coherent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.options import with_patch
from nodes.imaging.resize import common_upscale

if TYPE_CHECKING:
    from nodes.models.model import Model


def add_downscale(
    model: Model,
    block_number: int,
    downscale_factor: float,
    start_percent: float,
    end_percent: float,
    downscale_after_skip: bool,
    downscale_method: str,
    upscale_method: str,
) -> Model:
    """Shrink features at an input block by `downscale_factor` between two shares of the sampling; grow them back later.

    After the skip, the block's own skip connection stays large; otherwise it is shrunk as well.
    """
    first = model.sampling.percent_to_sigma(start_percent)
    last = model.sampling.percent_to_sigma(end_percent)

    def shrink(h: Tensor, extra_options: dict[str, Any]) -> Tensor:
        if extra_options["block"][1] != block_number or not last <= float(extra_options["sigmas"][0]) <= first:
            return h
        width, height = (round(size / downscale_factor) for size in (h.shape[-1], h.shape[-2]))
        return common_upscale(h, width, height, downscale_method)

    def grow(h: Tensor, skip: Tensor, extra_options: dict[str, Any]) -> tuple[Tensor, Tensor]:
        if h.shape[2] != skip.shape[2]:
            h = common_upscale(h, skip.shape[-1], skip.shape[-2], upscale_method)
        return h, skip

    point = "input_block_patch_after_skip" if downscale_after_skip else "input_block_patch"
    return with_patch(with_patch(model, point, shrink), "output_block_patch", grow)
