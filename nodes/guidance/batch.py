"""One prediction for several lists of conds: which of them apply, what shares a network call, how the parts add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nodes.guidance.model_conds import Area, ModelCond, narrow, repeat_to_batch
from nodes.guidance.predictor import Predictor
from nodes.guidance.prepare import Cond
from nodes.guidance.wrappers import wrapped

FEATHER = 8  # latent cells over which an area fades at the edges it does not share with the latent
NOTHING = 1e-37  # where no cond weighs anything the prediction is 0, not 0 / 0
MOST_PLANS = 64  # a patch that copies its conds at every step would make a plan for each

Lists = Sequence[Sequence[Cond] | None]


@dataclass(frozen=True, eq=False)
class Piece:
    """One cond over one part of the latent."""

    index: int  # which of the lists it belongs to
    cond: Cond
    area: Area | None
    weight: Tensor | float  # broadcasts against the part [B,C,...]
    told: Mapping[str, ModelCond]

    def joins(self, other: Piece) -> bool:
        """Whether both can be one network call."""
        sizes = (self.area or ())[: len(self.area or ()) // 2], (other.area or ())[: len(other.area or ()) // 2]
        return (
            sizes[0] == sizes[1]
            and self.cond.get("control") is other.cond.get("control")
            and self.cond.get("hooks") == other.cond.get("hooks")
            and self.cond.get("patches") is other.cond.get("patches")
            and self.told.keys() == other.told.keys()
            and all(value.can_concat(other.told[name]) for name, value in self.told.items())
        )


@dataclass(frozen=True, eq=False)
class Batch:
    """Pieces that share a network call, with what the network is told, joined once."""

    pieces: Sequence[Piece]
    told: Mapping[str, Any]

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> Batch:
        names = pieces[0].told
        return cls(pieces, {n: pieces[0].told[n].concat([piece.told[n] for piece in pieces[1:]]) for n in names})

    def halves(self) -> tuple[Batch, Batch]:
        """The same work in two calls, for want of memory."""
        middle = len(self.pieces) // 2
        return Batch.of(self.pieces[:middle]), Batch.of(self.pieces[middle:])


@dataclass(frozen=True, eq=False)
class Plan:
    """Everything about a prediction that does not change from step to step."""

    batches: Sequence[Batch]
    totals: Sequence[Tensor | None]  # one a list: the sum of weights; None where one cond covers everything evenly
    conds: Sequence[Cond]  # kept alive: plans are found by the identity of their conds


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


# -- which conds apply -----------------------------------------------------------------------------------------------


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


# -- plans -----------------------------------------------------------------------------------------------------------


def plan_of(model: Predictor, conds: Sequence[Sequence[Cond]], x: Tensor) -> Plan:
    """The plan for these conds and this shape, made once a sampling call."""
    key = (x.shape, x.device, tuple(tuple(id(cond) for cond in items) for items in conds))
    if key not in model.plans:
        if len(model.plans) >= MOST_PLANS:
            model.plans.clear()
        model.plans[key] = make_plan(conds, x)
    found: Plan = model.plans[key]
    return found


def make_plan(conds: Sequence[Sequence[Cond]], x: Tensor) -> Plan:
    """Pieces, batches and sums of weights for lists of conds that all apply, over latents like x [B,C,...]."""
    pieces: list[Piece] = []
    for index, items in enumerate(conds):
        items = [cond for cond in items if _reaches(cond, x)]
        own = [piece_of(index, cond, x) for cond in items if not cond.get("default", False)]
        pieces += own + _default_pieces(index, [cond for cond in items if cond.get("default", False)], own, x)
    totals = [_total([piece for piece in pieces if piece.index == index], x) for index in range(len(conds))]
    return Plan(group(pieces), totals, [cond for items in conds for cond in items])


def group(pieces: Sequence[Piece]) -> list[Batch]:
    """Pieces by network call: each call takes the first piece left and all that can join it, last piece first."""
    waiting, batches = list(pieces), []
    while waiting:
        first = waiting[0]
        together = [piece for piece in waiting if piece is first or first.joins(piece)]
        waiting = [piece for piece in waiting if piece not in together]
        batches.append(Batch.of(together[::-1]))
    return batches


def piece_of(index: int, cond: Cond, x: Tensor) -> Piece:
    """One cond of list `index`, cut to its area of latents like x."""
    area = fit_area(cond["area"], x) if cond.get("area") is not None else None
    weight = weight_of(cond, area, x)
    told = {name: value.process(x.shape[0], area, x.device) for name, value in cond["model_conds"].items()}
    return Piece(index, cond, area, weight, told)


def _reaches(cond: Cond, x: Tensor) -> bool:
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


def _total(pieces: Sequence[Piece], x: Tensor) -> Tensor | None:
    if not pieces or (len(pieces) == 1 and pieces[0].area is None and isinstance(pieces[0].weight, float)):
        return None  # a strength alone divides out
    total = torch.full((x.shape[0], 1, *x.shape[2:]), NOTHING, device=x.device)
    for piece in pieces:
        narrow(total, piece.area).add_(piece.weight)
    return total


def _default_pieces(index: int, conds: Sequence[Cond], own: Sequence[Piece], x: Tensor) -> list[Piece]:
    """Default conds fill what the list's other conds leave uncovered."""
    if not conds:
        return []
    rest = torch.ones((x.shape[0], 1, *x.shape[2:]), device=x.device)
    for piece in own:
        narrow(rest, piece.area).sub_(piece.weight)
    rest = rest.relu()
    if not bool(rest.any()):
        return []
    plain = (piece_of(index, {**cond, "area": None, "mask": None, "strength": 1.0}, x) for cond in conds)
    return [Piece(index, piece.cond, None, rest, piece.told) for piece in plain]


# -- running a plan --------------------------------------------------------------------------------------------------


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
    own_context = told.pop("crossattn_controlnet", told.get("c_crossattn"))
    control = pieces[0].cond.get("control")
    if control is not None:
        told["control"] = model.residuals(control, parts, sigmas, own_context, told.get("y"), count)
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
