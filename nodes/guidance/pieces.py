"""One cond over its part of the latent: where it applies, and how much it weighs at each place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nodes.guidance.model_conds import Area, ModelCond, narrow, repeat_to_batch
from nodes.guidance.prepare import Cond

FEATHER = 8  # latent cells over which an area fades at the edges it does not share with the latent


@dataclass(frozen=True, eq=False)
class Piece:
    """One cond over one part of the latent."""

    index: int  # which of the lists it belongs to
    cond: Cond
    area: Area | None
    size: tuple[int, ...]  # of the part's spatial dimensions
    weight: Tensor | float  # broadcasts against the part [B,C,...]
    told: Mapping[str, ModelCond]

    def joins(self, other: Piece) -> bool:
        """Whether both can be one network call."""
        return (
            self.size == other.size
            and self.cond.get("control") is other.cond.get("control")
            and self.cond.get("hooks") == other.cond.get("hooks")
            and self.cond.get("patches") is other.cond.get("patches")
            and self.told.keys() == other.told.keys()
            and all(value.can_concat(other.told[name]) for name, value in self.told.items())
        )


def piece_of(index: int, cond: Cond, x: Tensor) -> Piece:
    """One cond of list `index`, cut to its area of latents like x."""
    area = fit_area(cond["area"], x) if cond.get("area") is not None else None
    weight = weight_of(cond, area, x)
    told = {name: value.process(x.shape[0], area, x.device) for name, value in cond["model_conds"].items()}
    size = tuple(x.shape[2:]) if area is None else area[: len(area) // 2]
    return Piece(index, cond, area, size, weight, told)


def reaches(cond: Cond, x: Tensor) -> bool:
    """Whether the cond's area begins inside the latent at all."""
    area = cond.get("area")
    return area is None or min(fit_area(area, x)[: x.dim() - 2]) > 0


def fit_area(area: Sequence[int], x: Tensor) -> Area:
    """The area clipped to the latent; dimensions that it does not mention (frames) are taken whole."""
    dims = x.shape[2:]
    count = min(len(area) // 2, len(dims))
    middle = len(area) // 2
    sizes = [*dims[: len(dims) - count], *area[middle - count : middle]]
    offsets = [0] * (len(dims) - count) + list(area[len(area) - count :])
    return (*(min(d - o, s) for d, o, s in zip(dims, offsets, sizes, strict=True)), *offsets)


def weight_of(cond: Cond, area: Area | None, x: Tensor) -> Tensor | float:
    """How much the cond counts at each place: its mask or its area's faded edges, times its strength."""
    strength = float(cond.get("strength", 1.0))
    mask = cond.get("mask")
    if mask is not None:
        return mask_weight(mask, area, x) * float(cond.get("mask_strength", 1.0)) * strength
    return feather(area, x) * strength if area is not None else strength


def mask_weight(mask: Tensor, area: Area | None, x: Tensor) -> Tensor:
    """The mask [B,H,W] cut to the area, as a factor of the part [B,C,...,H,W]."""
    cut = narrow(mask[: x.shape[0]], (*_last(area, 0), *_last(area, 1)) if area is not None else None)
    return repeat_to_batch(cut, x.shape[0]).reshape(x.shape[0], *[1] * (x.dim() - 3), *cut.shape[1:])


def _last(area: Area, half: int) -> Area:
    middle = len(area) // 2
    return area[:middle][-2:] if half == 0 else area[middle:][-2:]


def feather(area: Area, x: Tensor) -> Tensor:
    """Ones over an area [1,1,...], fading linearly towards every edge that is not an edge of the latent."""
    dims, count = x.shape[2:], len(area) // 2
    weight = torch.ones((1, 1, *area[:count]), device=x.device)
    for i in range(count):
        size, offset = area[i], area[count + i]
        width = min(FEATHER, size // 4)
        for t in range(width):
            if offset != 0:
                weight.narrow(2 + i, t, 1).mul_((t + 1) / width)
            if offset + size < dims[i]:
                weight.narrow(2 + i, size - 1 - t, 1).mul_((t + 1) / width)
    return weight
