"""`comfy.model_detection`."""

from __future__ import annotations

import pytest

from nodes.compat.modules.comfy.model_detection import count_blocks, unet_prefix_from_state_dict


@pytest.mark.parametrize(
    ("prefix", "count", "found"),
    [
        ("model.diffusion_model.", 9, "model.diffusion_model."),
        ("net.", 9, "net."),
        ("net.", 3, "model."),
        ("other.", 9, "model."),
    ],
)
def test_the_prefix_is_that_of_most_parameters(prefix: str, count: int, found: str) -> None:
    names = [*(f"{prefix}{number}.weight" for number in range(count)), "first_stage_model.encoder.weight"]
    assert unet_prefix_from_state_dict(dict.fromkeys(names)) == found


def test_blocks_are_counted_as_far_as_they_follow_each_other() -> None:
    names = [f"double_blocks.{number}.weight" for number in (0, 1, 2, 11, 4)]
    assert count_blocks(dict.fromkeys(names).keys(), "double_blocks.{}.") == 3
    assert count_blocks([], "double_blocks.{}.") == 0
