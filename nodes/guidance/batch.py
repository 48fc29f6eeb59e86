"""One prediction for several lists of conds: which of them apply, the network calls, and how the parts add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from nodes.guidance.model_conds import narrow
from nodes.guidance.pieces import Piece
from nodes.guidance.plan import Batch, Plan, make_plan
from nodes.guidance.predictor import Predictor
from nodes.guidance.prepare import Cond
from nodes.guidance.wrappers import wrapped

MOST_PLANS = 64  # a patch that copies its conds at every step would make a plan for each

Lists = Sequence[Sequence[Cond] | None]


def calc_cond_batch(
    model: Predictor, conds: Lists, x: Tensor, timestep: Tensor, model_options: Mapping[str, Any]
) -> list[Tensor]:
    """The denoised prediction of x [B,C,...] at sigma `timestep` [B], once for each list; zeros for an empty one."""
    options = model_options.get("transformer_options", {})
    calculate = wrapped(_calc_cond_batch, "calc_cond_batch", options)
    predictions: list[Tensor] = calculate(model, conds, x, timestep, model_options)
    return predictions


def _calc_cond_batch(
    model: Predictor, conds: Lists, x: Tensor, sigma: Tensor, model_options: Mapping[str, Any]
) -> list[Tensor]:
    plan = plan_of(model, active(conds, sigma), x)
    predictions: list[Tensor | None] = [None] * len(conds)
    pending = list(plan.batches)
    while pending:
        batch = pending.pop(0)
        try:
            with model.hooked(batch.pieces[0].cond.get("hooks"), sigma):
                outputs = predict(model, batch, x, sigma, model_options)
        except torch.OutOfMemoryError:
            if len(batch.pieces) == 1:
                raise
            pending[:0] = batch.halves()
            continue
        for piece, output in zip(batch.pieces, outputs, strict=True):
            _accumulate(predictions, piece, output, plan.totals[piece.index], x)
    return [
        torch.zeros_like(x) if prediction is None else prediction if total is None else prediction / total
        for prediction, total in zip(predictions, plan.totals, strict=True)
    ]


def _accumulate(
    predictions: list[Tensor | None], piece: Piece, output: Tensor, total: Tensor | None, x: Tensor
) -> None:
    if total is None:
        predictions[piece.index] = output
        return
    prediction = predictions[piece.index]
    if prediction is None:
        prediction = predictions[piece.index] = torch.zeros_like(x)
    narrow(prediction, piece.area).add_(output * piece.weight)


def active(conds: Lists, sigma: Tensor) -> list[list[Cond]]:
    """The conds of each list whose range holds the first sigma; both ends belong to a range."""
    limited = any("timestep_start" in cond or "timestep_end" in cond for items in conds for cond in items or ())
    if not limited:  # reading a sigma back from a GPU waits for it
        return [list(items or ()) for items in conds]
    now = float(sigma[0])
    return [
        [cond for cond in items or () if cond.get("timestep_end", now) <= now <= cond.get("timestep_start", now)]
        for items in conds
    ]


def plan_of(model: Predictor, conds: Sequence[Sequence[Cond]], x: Tensor) -> Plan:
    """The plan for these conds and this shape, made once a sampling call."""
    key = (x.shape, x.device, tuple(tuple(id(cond) for cond in items) for items in conds))
    if key not in model.plans:
        if len(model.plans) >= MOST_PLANS:
            model.plans.clear()
        model.plans[key] = make_plan(conds, x)
    found: Plan = model.plans[key]
    return found


def predict(
    model: Predictor, batch: Batch, x: Tensor, sigma: Tensor, model_options: Mapping[str, Any]
) -> Sequence[Tensor]:
    """The prediction of every piece of a batch, in one network call."""
    pieces = batch.pieces
    count = len(pieces)
    parts = torch.cat([narrow(x, piece.area) for piece in pieces]) if count > 1 else narrow(x, pieces[0].area)
    sigmas = torch.cat([sigma] * count) if count > 1 else sigma
    lists = [piece.index for piece in pieces]
    told = dict(batch.told)
    options = transformer_options(batch, sigma, model_options)
    told["transformer_options"] = options
    control = pieces[0].cond.get("control")
    residuals = None if control is None else model.residuals(control, parts, sigmas, told, count)
    told.pop("crossattn_controlnet", None)
    if control is not None:
        told["control"] = residuals
    wrapper = model_options.get("model_function_wrapper")
    if wrapper is None:
        output = model.apply_model(parts, sigmas, **told)
    else:
        args = {"input": parts, "timestep": sigmas, "c": told, "cond_or_uncond": lists}
        output = wrapper(model.apply_model, args)
    return output.chunk(count)


def transformer_options(batch: Batch, sigma: Tensor, model_options: Mapping[str, Any]) -> dict[str, Any]:
    """What patches inside the network may look at: a copy of the model's own, and where in the sampling this is."""
    options = dict(model_options.get("transformer_options", {}))
    patches = batch.pieces[0].cond.get("patches")
    if patches is not None:
        options["patches"] = merge_patches(options.get("patches", {}), patches)
    options["cond_or_uncond"] = [piece.index for piece in batch.pieces]
    options["uuids"] = [piece.cond["uuid"] for piece in batch.pieces]
    options["sigmas"] = sigma
    return options


def merge_patches(first: Mapping[str, list[Any]], second: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Patches by name, those of `first` before those of `second`."""
    return {name: [*first.get(name, ()), *second.get(name, ())] for name in {**first, **second}}
