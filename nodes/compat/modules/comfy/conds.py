"""`comfy.conds`: values that the network is told, which know how to share a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from nodes.compat.modules.comfy.utils import repeat_to_batch_size
from nodes.compat.stubs import ProvidedType
from nodes.guidance import model_conds


class CONDRegular(metaclass=ProvidedType):
    """A tensor, the same for every part of a picture."""

    def __init__(self, cond: Any):
        self.cond = cond

    def _copy_with(self, cond: Any) -> Any:
        return type(self)(cond)

    def process_cond(self, batch_size: int, device: Any = None, area: Any = None, **_: Any) -> Any:
        """For a batch of so many."""
        return self._copy_with(repeat_to_batch_size(self.cond, batch_size).to(device))

    def can_concat(self, other: Any) -> bool:
        """Whether both may share a call."""
        return bool(self.cond.shape == other.cond.shape)

    def concat(self, others: Sequence[Any]) -> Tensor:
        """All in one batch."""
        return torch.cat([self.cond, *(other.cond for other in others)])

    def size(self) -> list[int]:
        """Its shape."""
        return list(self.cond.size())


class CONDNoiseShape(CONDRegular):
    """A tensor of the latent's shape: parts of a picture get their part."""

    def process_cond(self, batch_size: int, device: Any = None, area: Any = None, **_: Any) -> Any:
        data = self.cond
        if area is not None:
            dims = len(area) // 2
            for dim in range(dims):
                data = data.narrow(dim + 2, area[dim + dims], area[dim])
        return self._copy_with(repeat_to_batch_size(data, batch_size).to(device))


class CONDCrossAttn(CONDRegular):
    """A prompt: shorter ones are repeated to the length of longer ones."""

    def can_concat(self, other: Any) -> bool:
        one, two = self.cond.shape, other.cond.shape
        if one == two:
            return True
        if one[0] != two[0] or one[2] != two[2]:
            return False
        return bool(math.lcm(one[1], two[1]) // min(one[1], two[1]) <= 4)

    def concat(self, others: Sequence[Any]) -> Tensor:
        conds = [self.cond, *(other.cond for other in others)]
        length = math.lcm(*(cond.shape[1] for cond in conds))
        return torch.cat([cond.repeat(1, length // cond.shape[1], 1) for cond in conds])


class CONDConstant(CONDRegular):
    """Something that is no tensor."""

    def process_cond(self, batch_size: int, device: Any = None, area: Any = None, **_: Any) -> Any:
        return self._copy_with(self.cond)

    def can_concat(self, other: Any) -> bool:
        return bool(self.cond == other.cond)

    def concat(self, others: Sequence[Any]) -> Any:
        return self.cond

    def size(self) -> list[int]:
        return [1]


# What our own sampling prepares is told by these names too.
CONDRegular.register(model_conds.ModelCond)
CONDNoiseShape.register(model_conds.LatentCond)
CONDCrossAttn.register(model_conds.ContextCond)
