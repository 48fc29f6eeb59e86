"""What the network is told beside the latent, as values that know how to share a batch with others.

Each kind can be fitted to a batch (`process`), compared with another (`can_concat`) and joined with others (`concat`).
The attribute `cond` is the value itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# Prompts of different lengths share a batch if repeating them to a common length costs at most this factor.
MAX_CONTEXT_REPEAT = 4

Area = tuple[int, ...]  # sizes of the spatial dimensions, then offsets


def repeat_to_batch(tensor: Tensor, batch: int) -> Tensor:
    """`tensor` with exactly `batch` rows: cut if it has more, else tiled and cut."""
    rows = tensor.shape[0]
    if rows == batch:
        return tensor
    if rows == 1:
        return tensor.expand(batch, *tensor.shape[1:])
    if rows > batch:
        return tensor[:batch]
    return tensor.repeat(math.ceil(batch / rows), *[1] * (tensor.dim() - 1))[:batch]


def narrow(tensor: Tensor, area: Area | None) -> Tensor:
    """The part of a tensor whose last dimensions are the latent's that lies inside `area`."""
    if area is None:
        return tensor
    dims = len(area) // 2
    for i in range(dims):
        tensor = tensor.narrow(tensor.dim() - dims + i, area[dims + i], area[i])
    return tensor


@dataclass(frozen=True, eq=False)
class ModelCond:
    """A tensor whose first dimension is the batch."""

    cond: Any

    def process(self, batch: int, area: Area | None, device: torch.device) -> ModelCond:
        """Fitted to a batch of `batch` latents cut to `area`."""
        return type(self)(repeat_to_batch(self.cond, batch).to(device))

    def can_concat(self, other: ModelCond) -> bool:
        return type(other) is type(self) and bool(self.cond.shape == other.cond.shape)

    def concat(self, others: Sequence[ModelCond]) -> Any:
        """This value and `others`, one batch."""
        return torch.cat([self.cond, *(other.cond for other in others)])


@dataclass(frozen=True, eq=False)
class LatentCond(ModelCond):
    """A tensor laid out like the latent [B,C,...]: cut to the area with it."""

    def process(self, batch: int, area: Area | None, device: torch.device) -> ModelCond:
        return type(self)(repeat_to_batch(narrow(self.cond, area), batch).to(device))


@dataclass(frozen=True, eq=False)
class ContextCond(ModelCond):
    """Cross-attention context [B,T,C]. Repeating all tokens does not change attention, so lengths may differ."""

    def can_concat(self, other: ModelCond) -> bool:
        if type(other) is not type(self):
            return False
        (b1, t1, c1), (b2, t2, c2) = self.cond.shape, other.cond.shape
        return (b1, c1) == (b2, c2) and math.lcm(t1, t2) // min(t1, t2) <= MAX_CONTEXT_REPEAT

    def concat(self, others: Sequence[ModelCond]) -> Tensor:
        contexts = [self.cond, *(other.cond for other in others)]
        length = math.lcm(*(context.shape[1] for context in contexts))
        return torch.cat([context.repeat(1, length // context.shape[1], 1) for context in contexts])


@dataclass(frozen=True, eq=False)
class ConstantCond(ModelCond):
    """A value that is the same for the whole batch."""

    def process(self, batch: int, area: Area | None, device: torch.device) -> ModelCond:
        return self

    def can_concat(self, other: ModelCond) -> bool:
        return type(other) is type(self) and bool(self.cond == other.cond)

    def concat(self, others: Sequence[ModelCond]) -> Any:
        return self.cond


@dataclass(frozen=True, eq=False)
class ListCond(ModelCond):
    """A list of tensors, such as reference latents."""

    def process(self, batch: int, area: Area | None, device: torch.device) -> ModelCond:
        return type(self)([repeat_to_batch(item, batch).to(device) for item in self.cond])

    def can_concat(self, other: ModelCond) -> bool:
        return type(other) is type(self) and [t.shape for t in self.cond] == [t.shape for t in other.cond]

    def concat(self, others: Sequence[ModelCond]) -> list[Tensor]:
        return [torch.cat(items) for items in zip(self.cond, *(other.cond for other in others), strict=True)]


KINDS: dict[str, type[ModelCond]] = {
    "c_crossattn": ContextCond,
    "crossattn_controlnet": ContextCond,
    "c_concat": LatentCond,
}


def wrap(name: str, value: Any) -> ModelCond:
    """A model family's value for the network argument `name`, as the kind that fits it."""
    if isinstance(value, ModelCond):
        return value
    if isinstance(value, Tensor):
        return KINDS.get(name, ModelCond)(value)
    if isinstance(value, list) and value and all(isinstance(item, Tensor) for item in value):
        return ListCond(value)
    return ConstantCond(value)
