"""Conditioning values are copied, never changed."""

from __future__ import annotations

import torch

from nodes.guidance import conditioning as c

PROMPT = [[torch.ones(1, 2, 3), {"pooled_output": None}]]


def test_set_area_is_in_latent_cells_height_first() -> None:
    options = c.set_area(PROMPT, width=80, height=64, x=16, y=8, strength=0.5)[0][1]
    assert options["area"] == (8, 10, 1, 2)
    assert (options["strength"], options["set_area_to_bounds"]) == (0.5, False)


def test_set_area_percentage_keeps_shares() -> None:
    options = c.set_area_percentage(PROMPT, (0.5, 0.25), (0.1, 0.2), 2.0)[0][1]
    assert options["area"] == ("percentage", 0.5, 0.25, 0.1, 0.2)


def test_a_flat_mask_becomes_a_batch() -> None:
    options = c.set_mask(PROMPT, torch.ones(4, 6), 0.7, bounds=True)[0][1]
    assert options["mask"].shape == (1, 4, 6)
    assert (options["mask_strength"], options["set_area_to_bounds"]) == (0.7, True)


def test_nothing_is_changed_in_place() -> None:
    first = c.set_values(PROMPT, {"reference_latents": [1]}, append=True)
    second = c.set_values(first, {"reference_latents": [2]}, append=True)
    assert "reference_latents" not in PROMPT[0][1]
    assert first[0][1]["reference_latents"] == [1]
    assert second[0][1]["reference_latents"] == [1, 2]
    assert second[0][0] is PROMPT[0][0]


def test_properties_without_a_mask_leave_strength_out() -> None:
    options = c.set_properties(PROMPT, strength=0.3, timesteps=(0.2, 0.8))[0][1]
    assert "mask_strength" not in options
    assert "strength" not in options
    assert (options["start_percent"], options["end_percent"]) == (0.2, 0.8)


def test_default_conds_are_marked() -> None:
    combined = c.combine_default(PROMPT, PROMPT)
    assert [options.get("default", False) for _, options in combined] == [False, True]


def test_timestep_ranges_cover_everything() -> None:
    assert c.timestep_ranges(0.2, 0.6) == ((0.2, 0.6), (0.0, 0.2), (0.6, 1.0))
