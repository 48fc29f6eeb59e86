"""Batches of pictures, masks or latents as lists, and back."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from graphcore import Image, Latent, Many, Mask, Text
from nodes.builtin.pack import pack

Batch = Image | Mask | Latent


class Size(NamedTuple):
    """How many there are."""

    size: int


@pack.node(id="BatchToList", title="Batch to List", category="utils/list")
def batch_to_list(batch: Batch) -> Many[Batch]:
    """Take a batch apart, so that what follows runs once for each item."""
    from nodes.imaging import any_batch

    return any_batch.split(batch)


@pack.node(id="ListToBatch", title="List to Batch", category="utils/list")
def list_to_batch(items: Many[Batch]) -> Batch:
    """Put everything in one batch; what has another size than the first is fitted to it."""
    from nodes.imaging import any_batch

    return any_batch.join(items)


@pack.node(id="SelectFromBatch", title="Select from Batch", category="utils/list")
def select_from_batch(batch: Batch, places: Annotated[str, Text(placeholder="0, 2, -1, 4:8")] = "0") -> Batch:
    """Take some items of a batch, in any order; a negative number counts from the end, 1:4 is 1, 2 and 3."""
    from nodes.imaging import any_batch

    return any_batch.select(batch, places)


@pack.node(id="BatchSize", title="Size of Batch", category="utils/list")
def batch_size(batch: Batch) -> Size:
    """How many items a batch has."""
    from nodes.imaging import any_batch

    return Size(any_batch.length(batch))
