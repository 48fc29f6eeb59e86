"""Conditionings in the middle of a sampling call, as packs that replace parts of it take them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nodes.guidance.pieces import Piece, piece_of
from nodes.guidance.prepare import convert, prepare


class CondObject(NamedTuple):
    """One cond over its part of the latent."""

    input_x: Tensor
    mult: Tensor
    conditioning: dict[str, Any]
    area: Any
    control: Any
    patches: Any
    uuid: Any
    hooks: Any


def get_area_and_mult(conds: Mapping[str, Any], x_in: Tensor, timestep_in: Tensor) -> CondObject | None:
    """A prepared cond's part of the latent, and how much it counts there; None if it does not apply at that time."""
    sigma = float(timestep_in.flatten()[0])
    start, end = conds.get("timestep_start"), conds.get("timestep_end")
    if (start is not None and sigma > start) or (end is not None and sigma < end):
        return None
    piece = piece_of(0, dict(conds), x_in)
    part = x_in
    if piece.area is not None:
        dims = len(piece.area) // 2
        for dim in range(dims):
            part = part.narrow(dim + 2, piece.area[dims + dim], piece.area[dim])
    mult = torch.ones_like(part) * piece.weight
    return CondObject(
        part, mult, dict(piece.told), piece.area, conds.get("control"), conds.get("patches"), conds.get("uuid"),
        conds.get("hooks"),
    )  # fmt: skip


def can_concat_cond(c1: CondObject, c2: CondObject) -> bool:
    """Whether two of them can be one network call."""
    if c1.input_x.shape != c2.input_x.shape:
        return False
    one, two = (
        Piece(0, {"control": c.control, "hooks": c.hooks, "patches": c.patches}, None, (), 1.0, c.conditioning)
        for c in (c1, c2)
    )
    return one.joins(two)


def cond_cat(c_list: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What several of them tell the network, as one batch."""
    names = dict.fromkeys(name for told in c_list for name in told)
    found = {name: [told[name] for told in c_list if name in told] for name in names}
    return {name: first.concat(others) for name, (first, *others) in found.items()}


def process_conds(
    model: Any, noise: Tensor, conds: Mapping[str, Any], device: Any = None, latent_image: Tensor | None = None,
    denoise_mask: Tensor | None = None, seed: int | None = None, latent_shapes: Any = None,
) -> dict[str, list[dict[str, Any]]]:  # fmt: skip
    """Conditionings by name, ready for latents like `noise`."""
    listed = {
        name: [dict(cond) for cond in items] if items and isinstance(items[0], dict) else convert(items)
        for name, items in conds.items()
        if items is not None
    }
    told = {"noise": noise, "latent_image": latent_image, "denoise_mask": denoise_mask, "seed": seed, "device": device}

    def extra_conds(cond: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = model.extra_conds(**{**told, **cond}) if hasattr(model, "extra_conds") else {}
        return found

    return prepare(
        listed, noise.shape, percent_to_sigma=model.model_sampling.percent_to_sigma, extra_conds=extra_conds,
        device=torch.device(device) if device is not None else None,
    )  # fmt: skip


def pre_run_control(model: Any, conds: Sequence[Mapping[str, Any]]) -> None:
    """Have ControlNets get ready: ours do when a sampling call prepares its conds."""
    for cond in conds:
        ready = getattr(cond.get("control"), "pre_run", None)
        if ready is not None:
            ready(model, model.model_sampling.percent_to_sigma)
