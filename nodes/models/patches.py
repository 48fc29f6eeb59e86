"""Weight patches: what is to be done to one weight, as a value, and how patches are applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from torch import Tensor


class Adapter(Protocol):
    """A change of one weight, hashable by identity. See `nodes.models.adapters` for the kinds."""

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        """A new tensor; `weight` (float32) stays as it is."""
        ...


@dataclass(frozen=True, slots=True)
class WeightPatch:
    """One change of one weight: first `weight * model_strength`, then `adapter` with `strength`.

    `window` (dim, start, length) restricts both to a slice of the weight, where a file keeps several weights fused.
    Patches that hold the same adapter with the same numbers are equal.
    """

    adapter: Adapter | None
    strength: float = 1.0
    model_strength: float = 1.0
    window: tuple[int, int, int] | None = None

    def apply(self, weight: Tensor) -> Tensor:
        """The patched weight as a new tensor, or `weight` itself if nothing changes."""
        if self.window is not None:
            patched = weight.clone()
            patched.narrow(*self.window).copy_(self._change(weight.narrow(*self.window)))
            return patched
        return self._change(weight)

    def _change(self, weight: Tensor) -> Tensor:
        if self.model_strength != 1.0:
            weight = weight * self.model_strength
        if self.adapter is None or self.strength == 0.0:
            return weight
        return self.adapter.apply(weight, self.strength)


Patches: TypeAlias = Mapping[str, tuple[WeightPatch, ...]]
"""Weight name -> its patches, in the order of application."""


def apply_patches(weight: Tensor, patches: Sequence[WeightPatch]) -> Tensor:
    """`weight` (float32, unchanged) with all patches applied in order. The result may be `weight` itself."""
    for patch in patches:
        weight = patch.apply(weight)
    return weight


def joined(first: Patches, then: Patches) -> dict[str, tuple[WeightPatch, ...]]:
    """Both sets of patches, those of `then` applied after those of `first`."""
    names = [*first, *(name for name in then if name not in first)]
    return {name: (*first.get(name, ()), *then.get(name, ())) for name in names}


def multiplied(names: Sequence[str], factor: float) -> dict[str, tuple[WeightPatch, ...]]:
    """Patches that multiply each named weight by `factor`."""
    return {name: (WeightPatch(None, model_strength=factor),) for name in names}
