"""Batches of any kind."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from graphcore.testing import call
from nodes.imaging.any_batch import join, select, split
from nodes.imaging.shapes import ImagingError

BATCHES: dict[str, Any] = {
    "images": torch.rand(3, 4, 6, 3),
    "masks": torch.rand(3, 4, 6),
    "latents": {"samples": torch.rand(3, 4, 2, 2), "batch_index": [5, 6, 7], "noise_mask": torch.rand(3, 1, 16, 16)},
}


def samples(batch: Any) -> torch.Tensor:
    tensor: torch.Tensor = batch["samples"] if isinstance(batch, dict) else batch
    return tensor


@pytest.mark.parametrize("kind", BATCHES)
def test_what_is_taken_apart_goes_together_again(kind: str) -> None:
    batch = BATCHES[kind]
    parts = call("BatchToList", batch=batch)[0]
    assert len(parts) == call("BatchSize", batch=batch).size == 3
    assert torch.equal(samples(call("ListToBatch", items=parts)[0]), samples(batch))
    assert torch.equal(samples(call("SelectFromBatch", batch=batch, places="-1, 0")[0]), samples(batch)[[2, 0]])


def test_latents_keep_their_noise() -> None:
    assert split(BATCHES["latents"])[1]["batch_index"] == [6]  # type: ignore[index]
    assert select(BATCHES["latents"], "2, 0")["batch_index"] == [7, 5]  # type: ignore[index]


@pytest.mark.parametrize(
    ("places", "numbers"), [("1:", [1, 2]), (":-1", [0, 1]), (":", [0, 1, 2]), ("0,0", [0, 0]), ("2:9, 0", [2, 0])]
)
def test_places(places: str, numbers: list[int]) -> None:
    images = BATCHES["images"]
    assert torch.equal(samples(select(images, places)), images[numbers])


@pytest.mark.parametrize(
    ("places", "says"), [("3", "from 0 to 2"), ("one", "is no place"), ("2:1", "names no item"), ("", "is no place")]
)
def test_bad_places(places: str, says: str) -> None:
    with pytest.raises(ImagingError, match=says):
        select(BATCHES["images"], places)


def test_other_sizes_are_fitted_to_the_first() -> None:
    assert samples(join([torch.rand(2, 4, 6, 3), torch.rand(1, 8, 8, 3)])).shape == (3, 4, 6, 3)
    assert samples(join([torch.rand(2, 4, 6), torch.rand(1, 8, 8)])).shape == (3, 4, 6)


@pytest.mark.parametrize(("items", "says"), [([], "is empty"), ([torch.rand(1, 4, 4, 3), torch.rand(1, 4, 4)], "kind")])
def test_what_makes_no_batch(items: list[Any], says: str) -> None:
    with pytest.raises(ImagingError, match=says):
        join(items)
