"""FreeU (https://arxiv.org/abs/2309.11497): strengthen the backbone's features, damp the skips' low frequencies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nodes.guidance.options import with_patch

if TYPE_CHECKING:
    from nodes.models.model import Model


def free_u(model: Model, b1: float, b2: float, s1: float, s2: float, *, version: int = 2) -> Model:
    """Scale features by b and skips by s at the two deepest widths: 4 (b1, s1) and 2 (b2, s2) times the base width.

    Version 2 scales features by how strong they are at each place, version 1 evenly.
    """
    width = model.family.model_channels
    scales = {width * 4: (b1, s1), width * 2: (b2, s2)}
    strengthen: Callable[[Tensor, float], Tensor] = strengthened if version == 2 else evenly_strengthened

    def output_block(h: Tensor, skip: Tensor, extra_options: dict[str, Any]) -> tuple[Tensor, Tensor]:
        if h.shape[1] not in scales:
            return h, skip
        b, s = scales[h.shape[1]]
        return strengthen(h, b), damped(skip, s)

    return with_patch(model, "output_block_patch", output_block)


def evenly_strengthened(h: Tensor, b: float) -> Tensor:
    """h [B,C,H,W] with the first half of its channels times b."""
    half = h.shape[1] // 2
    return torch.cat((h[:, :half] * b, h[:, half:]), dim=1)


def strengthened(h: Tensor, b: float) -> Tensor:
    """h [B,C,H,W] with the first half of its channels times 1..b, by the mean over channels at each place."""
    mean = h.mean(dim=1, keepdim=True)
    low, high = mean.amin(dim=(1, 2, 3), keepdim=True), mean.amax(dim=(1, 2, 3), keepdim=True)
    share = (mean - low) / (high - low)
    half = h.shape[1] // 2
    return torch.cat((h[:, :half] * ((b - 1) * share + 1), h[:, half:]), dim=1)


def damped(skip: Tensor, scale: float) -> Tensor:
    """skip [B,C,H,W] with its lowest frequencies (the middle 2 x 2 of the shifted spectrum) times `scale`."""
    spectrum = torch.fft.fftshift(torch.fft.fftn(skip.float(), dim=(-2, -1)), dim=(-2, -1))
    row, column = skip.shape[-2] // 2, skip.shape[-1] // 2
    spectrum[..., max(0, row - 1) : row + 1, max(0, column - 1) : column + 1] *= scale
    filtered: Tensor = torch.fft.ifftn(torch.fft.ifftshift(spectrum, dim=(-2, -1)), dim=(-2, -1)).real
    return filtered.to(skip.dtype)
