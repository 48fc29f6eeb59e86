from typing import Any

import pytest
import torch

from nodes.imaging.latent_batch import (
    join_latents,
    latent_from_batch,
    rebatch_latents,
    repeat_latent,
    seed_behavior,
    set_noise_mask,
)
from nodes.imaging.shapes import ImagingError


def latent(*shape: int, **more: Any) -> dict[str, Any]:
    return {"samples": torch.randn(shape), **more}


def test_joining_keeps_everybodys_noise() -> None:
    joined = join_latents(latent(2, 4, 6, 8), latent(1, 4, 3, 3, batch_index=[9]))
    assert joined["samples"].shape == (3, 4, 6, 8)
    assert joined["batch_index"] == [0, 1, 9]
    with pytest.raises(ImagingError, match="different model families"):
        join_latents(latent(1, 4, 6, 8), latent(1, 16, 6, 8))


def test_seeds() -> None:
    source = latent(3, 4, 2, 2, batch_index=[5, 6, 7])
    assert seed_behavior(source, "fixed")["batch_index"] == [5, 5, 5]
    assert "batch_index" not in seed_behavior(source, "random")
    assert source["batch_index"] == [5, 6, 7]


@pytest.mark.parametrize(
    ("masks", "start", "length", "values"), [(1, 1, 2, [0]), (4, 1, 2, [1, 2]), (2, 1, 3, [1, 0, 1]), (4, 99, 5, [3])]
)
def test_parts_keep_mask_and_noise(masks: int, start: int, length: int, values: list[int]) -> None:
    mask = torch.arange(float(masks)).view(masks, 1, 1, 1)
    part = latent_from_batch(latent(4, 4, 2, 2, noise_mask=mask), start, length)
    assert part["noise_mask"].flatten().tolist() == values
    assert part["batch_index"] == list(range(4))[min(start, 3) :][:length]
    assert part["samples"].shape[0] == len(part["batch_index"])


def test_repetitions_draw_further_noise() -> None:
    mask = torch.arange(2.0).view(2, 1, 1, 1)
    repeated = repeat_latent(latent(2, 4, 2, 2, batch_index=[3, 5], noise_mask=mask), 3)
    assert repeated["samples"].shape[0] == 6
    assert repeated["batch_index"] == [3, 5, 6, 8, 9, 11]
    assert repeated["noise_mask"].flatten().tolist() == [0, 1, 0, 1, 0, 1]
    assert "batch_index" not in repeat_latent(latent(2, 4, 2, 2), 3)


def test_noise_masks_gain_a_channel() -> None:
    assert set_noise_mask(latent(1, 4, 2, 2), torch.rand(16, 16))["noise_mask"].shape == (1, 1, 16, 16)


def test_regrouping_runs_numbers_on_and_splits_at_other_sizes() -> None:
    batches = rebatch_latents([latent(3, 4, 2, 2), latent(2, 4, 2, 2), latent(1, 4, 3, 2)], 4)
    assert [batch["samples"].shape[0] for batch in batches] == [4, 1, 1]
    assert [batch["batch_index"] for batch in batches] == [[0, 1, 2, 3], [4], [5]]
    assert "noise_mask" not in batches[0]


def test_regrouping_keeps_masks() -> None:
    masked = latent(2, 4, 2, 2, noise_mask=torch.zeros(1, 1, 16, 16))
    batches = rebatch_latents([latent(1, 4, 2, 2), masked], 2)
    assert batches[0]["noise_mask"].mean(dim=(1, 2, 3)).tolist() == [1, 0]
    assert batches[1]["noise_mask"].shape == (1, 1, 16, 16)
