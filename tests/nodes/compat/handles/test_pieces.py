"""Conditionings taken apart: areas, times, sharing a call."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch

from nodes.compat.handles.pieces import can_concat_cond, cond_cat, get_area_and_mult, process_conds
from nodes.guidance.model_conds import wrap

X = torch.zeros(1, 4, 16, 16)
MODEL = SimpleNamespace(
    model_sampling=SimpleNamespace(percent_to_sigma=lambda share: 10 * (1 - share)),
    extra_conds=lambda **cond: {"c_crossattn": wrap("c_crossattn", cond["cross_attn"])},
)


def ready(**options: Any) -> list[dict[str, Any]]:
    conds = {"positive": [[torch.ones(1, 77, 8), options]], "negative": [[torch.zeros(1, 77, 8), {}]]}
    return process_conds(MODEL, X, conds, "cpu")["positive"]


def test_an_area_is_cut_out_and_fades_at_its_inner_edges() -> None:
    (cond,) = ready(area=(8, 16, 8, 0), strength=0.5)
    found = get_area_and_mult(cond, X, torch.tensor([5.0]))
    assert found is not None
    assert found.input_x.shape == (1, 4, 8, 16)
    assert float(found.mult[0, 0, -1, 0]) == 0.5
    assert float(found.mult[0, 0, 0, 0]) == 0.25


def test_times_that_are_over_give_nothing() -> None:
    (cond,) = ready(start_percent=0.5, end_percent=0.8)
    assert get_area_and_mult(cond, X, torch.tensor([9.0])) is None
    assert get_area_and_mult(cond, X, torch.tensor([4.0])) is not None
    assert get_area_and_mult(cond, X, torch.tensor([1.0])) is None


def test_conds_of_one_shape_share_a_call() -> None:
    one, two = (get_area_and_mult(ready()[0], X, torch.tensor([5.0])) for _ in range(2))
    part = get_area_and_mult(ready(area=(8, 8, 0, 0))[0], X, torch.tensor([5.0]))
    assert one is not None
    assert two is not None
    assert part is not None
    assert can_concat_cond(one, two)
    assert not can_concat_cond(one, part)
    assert cond_cat([one.conditioning, two.conditioning])["c_crossattn"].shape == (2, 77, 8)
