"""What a prediction for several lists of conds takes: its pieces, which of them share a network call, their weights.

Nothing of it changes from step to step, so it is made once a sampling call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from nodes.guidance.model_conds import narrow
from nodes.guidance.pieces import Piece, piece_of, reaches
from nodes.guidance.prepare import Cond

NOTHING = 1e-37  # where no cond weighs anything the prediction is 0, not 0 / 0


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
    """Everything about a prediction but the latent and its noise level."""

    batches: Sequence[Batch]
    totals: Sequence[Tensor | None]  # one a list: the sum of weights; None where one cond covers everything evenly
    conds: Sequence[Cond]  # kept alive: plans are found by the identity of their conds


def make_plan(conds: Sequence[Sequence[Cond]], x: Tensor) -> Plan:
    """Pieces, batches and sums of weights for lists of conds that all apply, over latents like x [B,C,...]."""
    pieces: list[Piece] = []
    for index, items in enumerate(conds):
        items = [cond for cond in items if reaches(cond, x)]
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


def _total(pieces: Sequence[Piece], x: Tensor) -> Tensor | None:
    if not pieces or (len(pieces) == 1 and pieces[0].area is None and _is_even(pieces[0].weight)):
        return None  # a strength alone divides out
    total = torch.full((x.shape[0], 1, *x.shape[2:]), NOTHING, device=x.device)
    for piece in pieces:
        narrow(total, piece.area).add_(piece.weight)
    return total


def _is_even(weight: Tensor | float) -> bool:
    """Whether a weight is the same everywhere, and not nothing."""
    return isinstance(weight, float) and weight != 0.0


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
    return [replace(piece, weight=rest) for piece in plain]
