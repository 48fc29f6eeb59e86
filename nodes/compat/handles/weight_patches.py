"""Changes of weights in the forms that packs write them, as patches of ours.

A patch is `("diff", (tensor,))`, `("set", (tensor,))`, `("lora", (up, down, alpha, mid, dora, reshape))`, and so on;
the bare `(tensor,)` is a difference; a list `[(weight, convert), patch, ...]` is another model's weight with its
patches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.adapters import Difference, Glora, LoHa, LoKr, Lora, Oft, Replacement
from nodes.models.patches import Adapter, WeightPatch, apply_patches


class Target(NamedTuple):
    """One weight: of which network (where there are several), and its name there."""

    owner: str
    name: str


@dataclass(frozen=True, eq=False)
class Ready:
    """An adapter of a pack's own, which computes the new weight itself."""

    adapter: Any

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        changed: Tensor = self.adapter.calculate_weight(
            weight.clone(), "", strength, 1.0, None, lambda value: value, torch.float32, None
        )
        return changed


@dataclass(frozen=True, eq=False)
class Whole:
    """W + strength * another model's weight with its own patches."""

    weight: Any
    patches: Sequence[WeightPatch]

    def apply(self, weight: Tensor, strength: float) -> Tensor:
        value = self.weight() if callable(self.weight) else self.weight
        other = apply_patches(value.to(weight.device, torch.float32), self.patches)
        return torch.add(weight, other.reshape(weight.shape), alpha=strength)


def as_patches(
    patches: Mapping[Any, Any], strength: float, model_strength: float, targets: Mapping[str, Any]
) -> dict[Any, tuple[WeightPatch, ...]]:
    """Target -> patch, for the weights that there are. A key is a name, or (name, (dim, start, length))."""
    found: dict[Any, tuple[WeightPatch, ...]] = {}
    for key, value in patches.items():
        name, window = (key, None) if isinstance(key, str) else (key[0], key[1] if len(key) > 1 else None)
        if name in targets:
            patch = WeightPatch(adapter_of(value), strength, model_strength, tuple(window) if window else None)
            found[targets[name]] = (*found.get(targets[name], ()), patch)
    return found


def weight_keys(patches: Mapping[Any, Any], targets: Mapping[str, Any]) -> list[Any]:
    """The keys of patches for weights that there are."""
    return [key for key in patches if (key if isinstance(key, str) else key[0]) in targets]


def adapter_of(value: Any) -> Adapter:
    """What a patch does. ModelError for a form that is not known."""
    if hasattr(value, "apply") and not isinstance(value, tuple | list | Tensor):
        return value  # type: ignore[no-any-return]  # ours, which went round
    if hasattr(value, "calculate_weight"):
        return Ready(value)
    if isinstance(value, list):
        first, *rest = value
        weight, convert = first if isinstance(first, tuple) else (first, None)
        return Whole(_converted(weight, convert), [again(patch) for patch in rest])
    if isinstance(value, Tensor):
        return Difference(value)
    if len(value) == 1:
        return Difference(value[0])
    kind, parts = value[0], value[1]
    if kind not in KINDS:
        raise ModelError(f"A weight patch of the kind '{kind}' is not supported; there are {', '.join(KINDS)}.")
    made: Adapter = KINDS[kind](*parts)
    return made


def _converted(weight: Any, convert: Callable[..., Any] | None) -> Any:
    return weight if convert is None or callable(weight) else lambda: convert(weight, inplace=False)


def again(patch: Any) -> WeightPatch:
    """A patch as a list of patches holds it: (strength, patch, model strength, window, function)."""
    if isinstance(patch, WeightPatch):
        return patch
    strength, value, model_strength, *rest = patch
    return WeightPatch(adapter_of(value), strength, model_strength, rest[0] if rest else None)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _difference(weight: Tensor, *_: Any) -> Adapter:
    return Difference(weight)


def _lora(
    up: Tensor, down: Tensor, alpha: Any = None, mid: Any = None, dora: Any = None, reshape: Any = None
) -> Adapter:
    shape = None if reshape is None else tuple(int(size) for size in reshape)
    return Lora(up=up, down=down, alpha=_number(alpha), mid=mid, dora_scale=dora, reshape=shape)


def _loha(w1a: Any, w1b: Any, alpha: Any, w2a: Any, w2b: Any, t1: Any = None, t2: Any = None, dora: Any = None) -> Any:
    cores = None if t1 is None or t2 is None else (t1, t2)
    return LoHa(w1=(w1a, w1b), w2=(w2a, w2b), alpha=_number(alpha), cores=cores, dora_scale=dora)


def _lokr(
    w1: Any, w2: Any, alpha: Any, w1a: Any = None, w1b: Any = None, w2a: Any = None, w2b: Any = None, t2: Any = None,
    dora: Any = None,
) -> Any:  # fmt: skip
    first, second = (w1 if w1 is not None else (w1a, w1b)), (w2 if w2 is not None else (w2a, w2b))
    return LoKr(w1=first, w2=second, alpha=_number(alpha), core=t2, dora_scale=dora)


def _glora(a1: Any, a2: Any, b1: Any, b2: Any, alpha: Any = None, dora: Any = None) -> Any:
    return Glora(a1=a1, a2=a2, b1=b1, b2=b2, alpha=_number(alpha), dora_scale=dora)


KINDS: dict[str, Callable[..., Any]] = {
    "diff": _difference,
    "set": lambda weight, *_: Replacement(weight),
    "lora": _lora,
    "loha": _loha,
    "lokr": _lokr,
    "glora": _glora,
    "oft": lambda blocks, rescale=None, alpha=None, *_: Oft(blocks, _number(alpha)),
}
