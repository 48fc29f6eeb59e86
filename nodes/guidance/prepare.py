"""Conditionings made ready for one sampling call: areas in latent cells, masks at latent size, ranges as sigmas.

Works on named lists of conds ("positive", "negative", ...). A cond is a dict with the keys of a conditioning's options,
plus `cross_attn` (the entry's tensor), `model_conds` (what the network is told) and `uuid`.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nodes.guidance.boxes import patches_of
from nodes.guidance.conditioning import Conditioning
from nodes.guidance.model_conds import Area, wrap

Cond = dict[str, Any]
Conds = dict[str, list[Cond]]

SMALLEST_BOUNDS = 8  # latent cells: a mask's bounding box is never smaller


def convert(conditioning: Conditioning) -> list[Cond]:
    """Conditioning entries as conds, each with an identity of its own."""
    return [
        {**options, "cross_attn": tensor, "model_conds": options.get("model_conds", {}), "uuid": uuid.uuid4()}
        for tensor, options, *_ in conditioning
    ]


def prepare(
    conds: Mapping[str, Sequence[Cond]],
    shape: Sequence[int],
    *,
    percent_to_sigma: Callable[[float], float],
    extra_conds: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    prepare_control: Callable[[Any], Any] = lambda control: control,
    prepare_gligen: Callable[[Any], Any] = patches_of,
    device: torch.device | None = None,
) -> Conds:
    """All lists ready for latents of `shape` [B,C,...]; the inputs stay as they are.

    `extra_conds(cond)` is the model family's own: the network arguments that a cond stands for. `prepare_control`
    readies a ControlNet for the call, `prepare_gligen` gives the network's patches for the boxes of a cond.
    """
    device = device or torch.device("cpu")
    ready: Conds = {
        name: [resolve_timesteps(resolve_area(cond, shape[2:], device), percent_to_sigma) for cond in items]
        for name, items in conds.items()
    }
    for name, items in ready.items():
        ready[name] = [with_model_conds(cond, name, shape, extra_conds) for cond in items]
    add_opposite_areas(ready)
    ready_controls(ready, prepare_control)
    spread_over_lists(ready, "control", only_if="control_apply_to_uncond")
    spread_over_lists(ready, "gligen")
    add_patches(ready, prepare_gligen)
    return ready


def resolve_area(cond: Cond, dims: Sequence[int], device: torch.device) -> Cond:
    """The cond with its area in latent cells and its mask at the latent's size [B,H,W]."""
    cond = dict(cond)
    area = cond.get("area")
    if area is not None and area[0] == "percentage":
        cond["area"] = area_of_shares(area[1:], dims)
    mask = cond.get("mask")
    if mask is not None:
        mask = fit_mask(mask.to(device=device, dtype=torch.float32), dims[-2:])
        if cond.get("set_area_to_bounds", False):
            cond["area"] = bounds_of(mask)
        cond["mask"] = mask
    return cond


def area_of_shares(shares: Sequence[float], dims: Sequence[int]) -> Area:
    """A box given as shares of each dimension (sizes, then offsets) in whole cells, at least one cell large.

    Of a box for videos, pictures take the last two dimensions.
    """
    middle = len(shares) // 2
    count = min(middle, len(dims))
    dims = dims[len(dims) - count :]
    sizes = (max(1, round(share * dim)) for share, dim in zip(shares[middle - count : middle], dims, strict=True))
    offsets = (round(share * dim) for share, dim in zip(shares[len(shares) - count :], dims, strict=True))
    return (*sizes, *offsets)


def fit_mask(mask: Tensor, dims: Sequence[int]) -> Tensor:
    """A mask [H,W] or [B,H,W] as [B,H,W] with the latent's height and width."""
    mask = mask.unsqueeze(0) if mask.dim() == 2 else mask
    if tuple(mask.shape[1:]) == tuple(dims):
        return mask
    size = (int(dims[0]), int(dims[1]))
    return torch.nn.functional.interpolate(mask.unsqueeze(1), size=size, mode="bilinear").squeeze(1)


def bounds_of(mask: Tensor) -> Area:
    """(height, width, y, x) of the box around everything that any mask of the batch marks. May overhang the latent."""
    marked = mask.abs().amax(dim=0) > 0
    if not bool(marked.any()):
        return SMALLEST_BOUNDS, SMALLEST_BOUNDS, 0, 0
    rows, columns = (torch.nonzero(marked.any(dim=dim)).flatten().tolist() for dim in (1, 0))
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    return max(SMALLEST_BOUNDS, height), max(SMALLEST_BOUNDS, width), rows[0], columns[0]


def resolve_timesteps(cond: Cond, percent_to_sigma: Callable[[float], float]) -> Cond:
    """The cond with `timestep_start` and `timestep_end`, the sigmas between which it applies, if it has limits."""
    limits = {
        "timestep_start": _tightest(cond, "start_percent", max),
        "timestep_end": _tightest(cond, "end_percent", min),
    }
    return {**cond, **{name: percent_to_sigma(share) for name, share in limits.items() if share is not None}}


def _tightest(cond: Cond, name: str, tighter: Callable[[list[float]], float]) -> float | None:
    shares = [cond[key] for key in (name, f"clip_{name}") if cond.get(key) is not None]
    return tighter(shares) if shares else None


def with_model_conds(
    cond: Cond, name: str, shape: Sequence[int], extra_conds: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Cond:
    """The cond with everything the network is told. Sizes default to the latent's, `prompt_type` to the list's name."""
    given = {"width": shape[-1] * 8, "height": shape[-2] * 8 if len(shape) > 3 else 0, "prompt_type": name, **cond}
    told = {key: wrap(key, value) for key, value in extra_conds(given).items() if value is not None}
    if cond.get("cross_attn_controlnet") is not None:
        told["crossattn_controlnet"] = wrap("crossattn_controlnet", cond["cross_attn_controlnet"])
    return {**cond, "model_conds": {**cond["model_conds"], **told}}


# -- areas on one side only ------------------------------------------------------------------------------------------


def add_opposite_areas(conds: Conds) -> None:
    """Give every area a counterpart in each other list, so that guidance compares like with like.

    A list that has no cond of exactly that area gets a copy of the area's cond carrying its own best cond's prompt. The
    lists grow while they are walked, on purpose: a counterpart needs counterparts in the remaining lists too.
    """
    for name, items in conds.items():
        for cond in items:
            for other in conds:
                if other != name:
                    _add_opposite(conds[other], cond)


def _add_opposite(items: list[Cond], cond: Cond) -> None:
    area = cond.get("area")
    if area is None:
        return
    best = _closest(items, area)
    if best is not None and best.get("area") != area:
        items.append({**cond, "model_conds": dict(best["model_conds"])})


def _closest(items: Sequence[Cond], area: Area) -> Cond | None:
    """The cond with the smallest area around `area`; one without area only if nothing encloses it."""
    best: Cond | None = None
    for cond in items:
        around = cond.get("area")
        if around is None:
            best = best or cond
        elif _encloses(around, area) and (best is None or best.get("area") is None or _larger(best["area"], around)):
            best = cond
    return best


def _encloses(outer: Area, inner: Area) -> bool:
    dims = len(inner) // 2
    return len(outer) == len(inner) and all(
        outer[dims + i] <= inner[dims + i] and outer[dims + i] + outer[i] >= inner[dims + i] + inner[i]
        for i in range(dims)
    )


def _larger(first: Area, second: Area) -> bool:
    dims = len(first) // 2
    return math.prod(first[:dims]) > math.prod(second[:dims])


# -- ControlNets -----------------------------------------------------------------------------------------------------


def ready_controls(conds: Conds, prepare_control: Callable[[Any], Any]) -> None:
    """Every ControlNet readied once: conds that share one still do."""
    ready: dict[int, Any] = {}
    for items in conds.values():
        for index, cond in enumerate(items):
            control = cond.get("control")
            if control is not None:
                if id(control) not in ready:
                    ready[id(control)] = prepare_control(control)
                items[index] = {**cond, "control": ready[id(control)]}


def add_patches(conds: Conds, prepare_gligen: Callable[[Any], Any]) -> None:
    """Conds with boxes get the patches that draw them; conds that share boxes share these, and so network calls."""
    ready: dict[int, Any] = {}
    for items in conds.values():
        for index, cond in enumerate(items):
            gligen = cond.get("gligen")
            if gligen is not None:
                if id(gligen) not in ready:
                    ready[id(gligen)] = prepare_gligen(gligen)
                items[index] = {**cond, "patches": ready[id(gligen)]}


# -- options on one side only ----------------------------------------------------------------------------------------


def spread_over_lists(conds: Conds, key: str, *, only_if: str | None = None) -> None:
    """Give the positive conds' `key` to the other lists' whole-picture conds, in order, unless a list has its own."""
    sources = [
        cond[key]
        for cond in conds.get("positive", ())
        if cond.get(key) is not None and cond.get("area") is None and (only_if is None or cond.get(only_if) is True)
    ]
    for name, items in conds.items():
        whole = [index for index, cond in enumerate(items) if cond.get("area") is None]
        if name == "positive" or not whole or any(items[index].get(key) is not None for index in whole):
            continue
        for i, value in enumerate(sources):
            index = whole[i % len(whole)]
            items[index] = {**items[index], key: value}
