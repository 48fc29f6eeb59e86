"""Conds over their part of the latent."""

from __future__ import annotations

import pytest
import torch

from nodes.guidance.pieces import feather, fit_area, piece_of
from nodes.guidance.plan import make_plan
from tests.nodes.guidance.fakes import FakeModel, entry, prepared

SHAPE = (1, 4, 16, 16)


def test_an_overhanging_area_is_clipped() -> None:
    assert fit_area((8, 8, 12, 10), torch.zeros(SHAPE)) == (4, 6, 12, 10)


def test_an_area_of_a_picture_takes_all_frames_of_a_video() -> None:
    assert fit_area((8, 8, 0, 2), torch.zeros(1, 4, 5, 16, 16)) == (5, 8, 8, 0, 0, 2)


def test_feather_is_at_most_eight_cells_wide() -> None:
    weight = feather((64, 64, 8, 0), torch.zeros(1, 4, 72, 72))[0, 0]
    assert weight[:9, 0].tolist() == pytest.approx([t / 8 for t in range(1, 9)] + [1.0])
    assert weight[-1, 0] == 1.0  # the latent's own edge
    assert weight[20, -8:].tolist() == pytest.approx([t / 8 for t in range(8, 0, -1)])


def test_an_area_as_large_as_the_latent_joins_what_has_none() -> None:
    x = torch.zeros(SHAPE)
    conds = prepared(FakeModel(), SHAPE, entry(1.0), entry(2.0, area=(16, 16, 0, 0)), entry(3.0, area=(16, 8, 0, 0)))
    whole, full, half = (piece_of(0, cond, x) for cond in conds)
    assert whole.joins(full)
    assert not whole.joins(half)
    assert [len(batch.pieces) for batch in make_plan([conds], x).batches] == [2, 1]


def test_a_lone_cond_needs_no_sum_of_weights() -> None:
    x = torch.zeros(SHAPE)
    plain, weighted = (
        prepared(FakeModel(), SHAPE, entry(1.0, **options)) for options in ({"strength": 0.3}, {"area": (8, 8, 0, 0)})
    )
    plan = make_plan([plain, weighted, []], x)
    assert [total is None for total in plan.totals] == [True, False, True]
