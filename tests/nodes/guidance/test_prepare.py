"""Areas, masks, ranges and counterparts, as a sampling call wants them."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nodes.guidance.prepare import (
    Conds,
    add_opposite_areas,
    area_of_shares,
    bounds_of,
    fit_mask,
    prepare,
    resolve_area,
    resolve_timesteps,
    spread_over_lists,
)
from tests.nodes.guidance.fakes import FakeModel, entry

CPU = torch.device("cpu")


def test_shares_are_rounded_to_even_and_at_least_one_cell() -> None:
    assert area_of_shares((0.5, 0.5, 0.0, 0.5), (5, 7)) == (2, 4, 0, 4)
    assert area_of_shares((0.01, 0.01, 0.99, 0.0), (8, 8)) == (1, 1, 8, 0)


def test_shares_of_a_video_name_frames_first() -> None:
    assert area_of_shares((0.5, 1.0, 1.0, 0.5, 0.0, 0.0), (4, 8, 10)) == (2, 8, 10, 2, 0, 0)


def test_a_box_for_videos_applies_to_pictures_without_its_frames() -> None:
    assert area_of_shares((0.5, 1.0, 0.5, 0.5, 0.0, 0.5), (8, 10)) == (8, 5, 0, 5)


def test_masks_are_scaled_bilinearly_to_the_latent() -> None:
    mask = torch.zeros(4, 4)
    mask[:, 2:] = 1
    assert fit_mask(mask, (2, 2)).tolist() == [[[0.0, 1.0], [0.0, 1.0]]]
    assert fit_mask(mask, (4, 4)).shape == (1, 4, 4)


@pytest.mark.parametrize(
    ("rows", "columns", "box"),
    [(slice(2, 12), slice(3, 14), (10, 11, 2, 3)), (slice(5, 6), slice(15, 16), (8, 8, 5, 15))],
)
def test_bounds_hold_every_marked_cell_of_every_mask(rows: slice, columns: slice, box: tuple[int, ...]) -> None:
    mask = torch.zeros(2, 16, 16)
    mask[1, rows, columns] = -0.2
    assert bounds_of(mask) == box


def test_bounds_of_an_empty_mask() -> None:
    assert bounds_of(torch.zeros(1, 16, 16)) == (8, 8, 0, 0)


def test_mask_bounds_override_the_area() -> None:
    mask = torch.zeros(1, 16, 16)
    mask[:, 4:14, 4:14] = 1
    cond = {"area": (2, 2, 0, 0), "mask": mask, "set_area_to_bounds": True}
    assert resolve_area(cond, (16, 16), CPU)["area"] == (10, 10, 4, 4)
    assert cond["area"] == (2, 2, 0, 0)


def test_ranges_become_sigmas_within_the_hooks_limits() -> None:
    cond = {"start_percent": 0.2, "end_percent": 0.8, "clip_start_percent": 0.3, "clip_end_percent": 0.9}
    ready = resolve_timesteps(cond, lambda percent: 10 * (1 - percent))
    assert (ready["timestep_start"], ready["timestep_end"]) == pytest.approx((7, 2))
    assert "timestep_start" not in resolve_timesteps({}, float)


def test_the_family_is_told_sizes_and_the_lists_name() -> None:
    told: dict[str, Any] = {}

    def extra_conds(cond: Any) -> dict[str, Any]:
        told.update(cond)
        return {"c_crossattn": cond["cross_attn"], "y": None}

    conds = [{"cross_attn": torch.ones(1, 2, 3), "model_conds": {}, "uuid": 0}]
    ready = prepare({"negative": conds}, (1, 4, 6, 8), percent_to_sigma=float, extra_conds=extra_conds)
    assert (told["width"], told["height"], told["prompt_type"]) == (64, 48, "negative")
    assert list(ready["negative"][0]["model_conds"]) == ["c_crossattn"]
    assert conds[0]["model_conds"] == {}


# -- opposite areas --------------------------------------------------------------------------------------------------


def _cond(name: str, area: tuple[int, ...] | None = None, **options: Any) -> dict[str, Any]:
    return {"model_conds": {"name": name}, **({"area": area} if area else {}), **options}


def _names(conds: Conds, key: str) -> list[tuple[str, Any]]:
    return [(cond["model_conds"]["name"], cond.get("area")) for cond in conds[key]]


def test_an_area_gets_a_counterpart_with_its_own_strength() -> None:
    box = (4, 4, 0, 0)
    conds = {"positive": [_cond("A"), _cond("B", box, strength=0.5)], "negative": [_cond("N")]}
    add_opposite_areas(conds)
    assert _names(conds, "negative") == [("N", None), ("N", box)]
    assert conds["negative"][1]["strength"] == 0.5
    assert _names(conds, "positive") == [("A", None), ("B", box)]


def test_the_smallest_enclosing_area_is_preferred() -> None:
    negative = [_cond("whole"), _cond("large", (8, 8, 0, 0)), _cond("small", (6, 6, 0, 0)), _cond("far", (4, 4, 9, 9))]
    conds = {"positive": [_cond("P", (4, 4, 1, 1))], "negative": negative}
    add_opposite_areas(conds)
    assert _names(conds, "negative")[-1] == ("small", (4, 4, 1, 1))


def test_the_same_area_needs_no_counterpart() -> None:
    box = (4, 4, 1, 1)
    conds = {"positive": [_cond("P", box)], "negative": [_cond("N", box)]}
    add_opposite_areas(conds)
    assert [len(items) for items in conds.values()] == [1, 1]


def test_nothing_fits_nothing_is_added() -> None:
    conds = {"positive": [_cond("P", (4, 4, 1, 1))], "negative": [_cond("N", (2, 2, 0, 0))]}
    add_opposite_areas(conds)
    assert [len(items) for items in conds.values()] == [1, 1]


# -- control ---------------------------------------------------------------------------------------------------------


def test_control_goes_to_the_other_side_in_turn() -> None:
    conds = {
        "positive": [_cond("A", control="c1", control_apply_to_uncond=True)],
        "negative": [_cond("area", (2, 2, 0, 0)), _cond("N")],
    }
    spread_over_lists(conds, "control", only_if="control_apply_to_uncond")
    assert [cond.get("control") for cond in conds["negative"]] == [None, "c1"]


@pytest.mark.parametrize("options", [{}, {"control_apply_to_uncond": False}])
def test_control_stays_without_the_flag(options: dict[str, bool]) -> None:
    conds = {"positive": [_cond("A", control="c1", **options)], "negative": [_cond("N")]}
    spread_over_lists(conds, "control", only_if="control_apply_to_uncond")
    assert "control" not in conds["negative"][0]


def test_a_list_with_control_of_its_own_keeps_it() -> None:
    conds = {
        "positive": [_cond("A", control="c1", control_apply_to_uncond=True)],
        "negative": [_cond("N", control="own"), _cond("M")],
    }
    spread_over_lists(conds, "control", only_if="control_apply_to_uncond")
    assert [cond.get("control") for cond in conds["negative"]] == ["own", None]


def test_prepare_leaves_its_input_alone() -> None:
    model = FakeModel()
    conds = {
        "positive": [{"cross_attn": entry(1.0)[0], "model_conds": {}, "uuid": 1, "area": ("percentage", 1, 1, 0, 0)}]
    }
    prepare(conds, (1, 4, 8, 8), percent_to_sigma=float, extra_conds=model.extra_conds)
    assert conds["positive"][0]["area"][0] == "percentage"
