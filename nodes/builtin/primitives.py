"""Values entered by hand, to feed several inputs at once."""

from __future__ import annotations

import sys
from typing import Annotated

from graphcore import Range, Text
from nodes.builtin.pack import pack


@pack.node(id="PrimitiveString", title="String", category="utils/primitive")
def primitive_string(value: str) -> str:
    """A line of text."""
    return value


@pack.node(id="PrimitiveStringMultiline", title="String (Multiline)", category="utils/primitive")
def primitive_string_multiline(value: Annotated[str, Text(multiline=True)]) -> str:
    """A text of several lines."""
    return value


@pack.node(id="PrimitiveInt", title="Int", category="utils/primitive")
def primitive_int(
    value: Annotated[int, Range(-sys.maxsize, sys.maxsize, extra={"control_after_generate": True})],
) -> int:
    """A whole number."""
    return value


@pack.node(id="PrimitiveFloat", title="Float", category="utils/primitive")
def primitive_float(value: Annotated[float, Range(-sys.maxsize, sys.maxsize)]) -> float:
    """A number."""
    return value


@pack.node(id="PrimitiveBoolean", title="Boolean", category="utils/primitive")
def primitive_boolean(value: bool) -> bool:
    """Yes or no."""
    return value
