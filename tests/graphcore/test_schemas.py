from __future__ import annotations

from typing import Any

import pytest

from graphcore import Annotated, Image, Many, Mask, Pack, Range
from graphcore.schemas import changes, schema_of


def schema(function: Any, version: int = 1) -> dict[str, Any]:
    pack = Pack("film")
    pack.node(id="n", version=version)(function)
    return schema_of(pack.nodes["film/n"])


def before(image: Image, size: Annotated[int, Range(1, 9)] = 3, mask: Mask | None = None) -> Image:
    """A node."""
    return image


def more(
    image: Image, size: Annotated[int, Range(0, 99)] = 5, mask: Mask | None = None, extra: Mask | None = None
) -> Image:
    """Takes whatever the other takes."""
    return image


def narrower(image: Image, size: Annotated[int, Range(2, 9)] = 3, mask: Mask | None = None) -> Image:
    """Takes less."""
    return image


def unlike(picture: Image, mask: Mask, size: Annotated[float, Range(1, 9)] = 3.0) -> Many[Image]:
    """Hardly anything is as it was."""
    return [picture]


def test_what_takes_more_breaks_nothing() -> None:
    assert changes(schema(before), schema(before)) == []
    assert changes(schema(before), schema(more)) == []


def test_narrower_limits_are_told() -> None:
    assert changes(schema(before), schema(narrower)) == ["Input 'size' has min 2, narrower than 1."]
    assert any("max 9, narrower than 99" in text for text in changes(schema(more), schema(before)))


@pytest.mark.parametrize(
    "says",
    [
        "Input 'image' is gone.", "Input 'picture' is new and required.", "Input 'size' was INT and is FLOAT.",
        "Input 'mask' was optional and is required.", "The outputs were IMAGE (IMAGE) and are IMAGE (IMAGE, a list).",
    ],
)  # fmt: skip
def test_every_break_is_told(says: str) -> None:
    assert says in changes(schema(before), schema(unlike))


def test_a_later_version_may_change_what_it_likes() -> None:
    assert changes(schema(before), schema(unlike, version=2)) == []
