"""Boxes on conditionings: which GLIGEN model puts what where.

An entry's option `gligen` is the field's ("position", model, boxes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphcore.errors import RunError
from nodes.guidance.conditioning import LATENT_CELL, Conditioning

if TYPE_CHECKING:
    from nodes.models.gligen import Gligen
    from nodes.text.clip import Clip


def with_box(
    conditioning: Conditioning, clip: Clip, model: Gligen, text: str, size: tuple[int, int], corner: tuple[int, int]
) -> Conditioning:
    """Every entry with one more box, of height and width `size` at y and x `corner`, in pixels.

    Raises ModelError for a CLIP of another family than the model's, RunError for more boxes than the model has places.
    """
    from nodes.models.gligen import SLOTS, Box

    _, pooled = clip.encode(text, unprojected=True)
    assert pooled is not None
    model.check_text(pooled)
    box = Box(pooled, *(value // LATENT_CELL for value in (*size, *corner)))
    result = []
    for tensor, options, *rest in conditioning:
        boxes = [*_boxes(options), box]
        if len(boxes) > SLOTS:
            raise RunError(f"GLIGEN has places for {SLOTS} boxes, and this would be one more; leave some out.")
        result.append([tensor, {**options, "gligen": ("position", model, boxes)}, *rest])
    return result


def patches_of(gligen: Any) -> dict[str, list[Any]]:
    """What the network is to be patched with for the option `gligen` of a conditioning."""
    _, model, boxes = gligen
    return {"middle_patch": [model.patch(boxes)]}


def _boxes(options: dict[str, Any]) -> list[Any]:
    present = options.get("gligen")
    return list(present[2]) if present is not None else []
