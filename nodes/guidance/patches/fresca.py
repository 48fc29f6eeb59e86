"""FreSca (https://arxiv.org/abs/2504.02154): scale low and high frequencies of the guidance apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nodes.guidance.options import with_pre_cfg

if TYPE_CHECKING:
    from nodes.models.model import Model


def fresca(model: Model, scale_low: float, scale_high: float, freq_cutoff: int) -> Model:
    """Multiply the guidance's frequencies up to `freq_cutoff` (in cycles a latent) and those above it."""

    def pre_cfg(args: dict[str, Any]) -> list[Tensor]:
        outputs: list[Tensor] = args["conds_out"]
        if len(args["conds"]) < 2 or args["conds"][1] is None:
            return outputs
        cond, uncond, *others = outputs
        return [filtered(cond - uncond, scale_low, scale_high, freq_cutoff) + uncond, uncond, *others]

    return with_pre_cfg(model, pre_cfg)


def filtered(guidance: Tensor, scale_low: float, scale_high: float, cutoff: int) -> Tensor:
    """guidance [...,H,W] with a square of 2 * cutoff around the spectrum's centre times `scale_low`, the rest high."""
    spectrum = torch.fft.fftshift(torch.fft.fftn(guidance.float(), dim=(-2, -1)), dim=(-2, -1))
    row, column = spectrum.shape[-2] // 2, spectrum.shape[-1] // 2
    scales = torch.full(spectrum.shape[-2:], scale_high, device=guidance.device)
    scales[max(0, row - cutoff) : row + cutoff, max(0, column - cutoff) : column + cutoff] = scale_low
    result: Tensor = torch.fft.ifftn(torch.fft.ifftshift(spectrum * scales, dim=(-2, -1)), dim=(-2, -1)).real
    return result.to(guidance.dtype)
