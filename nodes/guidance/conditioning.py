"""CONDITIONING values: a list of [tensor, options] entries, and the pure functions that set their options.

Nothing here changes a value in place: every function returns new entries with copied options, so a conditioning may
feed many nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

Entry = list[Any]  # [tensor | None, options]
Conditioning = list[Entry]
TimestepsRange = tuple[float, float]

LATENT_CELL = 8  # pixels a latent cell spans, the field's fixed convention for areas


def set_values(conditioning: Conditioning, values: Mapping[str, Any], *, append: bool = False) -> Conditioning:
    """Every entry with `values` set; with `append`, lists are added after the list an entry already has."""
    return [[tensor, {**options, **_merged(options, values, append)}, *rest] for tensor, options, *rest in conditioning]


def _merged(options: Mapping[str, Any], values: Mapping[str, Any], append: bool) -> Mapping[str, Any]:
    if not append:
        return values
    return {key: [*(options.get(key) or []), *value] for key, value in values.items()}


def set_area(
    conditioning: Conditioning, width: int, height: int, x: int, y: int, strength: float = 1.0
) -> Conditioning:
    """Apply only inside a rectangle given in pixels. `area` is (height, width, y, x) in latent cells."""
    cells = tuple(value // LATENT_CELL for value in (height, width, y, x))
    return set_values(conditioning, {"area": cells, "strength": strength, "set_area_to_bounds": False})


def set_area_percentage(
    conditioning: Conditioning, sizes: tuple[float, ...], offsets: tuple[float, ...], strength: float = 1.0
) -> Conditioning:
    """Apply only inside a box given in shares (0..1) of each latent dimension: (height, width), or (frames, h, w)."""
    area = ("percentage", *sizes, *offsets)
    return set_values(conditioning, {"area": area, "strength": strength, "set_area_to_bounds": False})


def set_mask(conditioning: Conditioning, mask: Tensor, strength: float = 1.0, *, bounds: bool = False) -> Conditioning:
    """Weight by a mask [B,H,W] or [H,W] of any resolution; `bounds` also confines the prediction to its box."""
    mask = mask.unsqueeze(0) if mask.dim() < 3 else mask
    return set_values(conditioning, {"mask": mask, "set_area_to_bounds": bounds, "mask_strength": strength})


def set_timestep_range(conditioning: Conditioning, start: float, end: float) -> Conditioning:
    """Apply only from share `start` to share `end` (0..1) of the sampling."""
    return set_values(conditioning, {"start_percent": start, "end_percent": end})


def timestep_ranges(start: float, end: float) -> tuple[TimestepsRange, TimestepsRange, TimestepsRange]:
    """The range itself, what comes before it and what comes after it."""
    return (start, end), (0.0, start), (end, 1.0)


def set_properties(
    conditioning: Conditioning,
    *,
    mask: Tensor | None = None,
    strength: float = 1.0,
    bounds: bool = False,
    hooks: Any = None,
    timesteps: TimestepsRange | None = None,
) -> Conditioning:
    """Hooks, mask and timesteps in one go, each only if given; without a mask, `strength` has no effect."""
    if hooks is not None:
        conditioning = add_hooks(conditioning, hooks)
    if mask is not None:
        conditioning = set_mask(conditioning, mask, strength, bounds=bounds)
    if timesteps is not None:
        conditioning = set_timestep_range(conditioning, *timesteps)
    return conditioning


def add_hooks(conditioning: Conditioning, hooks: Any) -> Conditioning:
    """Bind a hook group to every entry, together with the group an entry already has."""
    return [
        [tensor, {**options, "hooks": options["hooks"].combined(hooks) if options.get("hooks") else hooks}, *rest]
        for tensor, options, *rest in conditioning
    ]


def combine_default(conditioning: Conditioning, default: Conditioning, hooks: Any = None) -> Conditioning:
    """Append entries that apply only where, and as much as, the others leave the picture uncovered."""
    if hooks is not None:
        default = add_hooks(default, hooks)
    return conditioning + set_values(default, {"default": True})
