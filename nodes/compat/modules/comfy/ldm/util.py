"""`comfy.ldm.util`."""

from __future__ import annotations

from typing import Any


def exists(x: Any) -> bool:
    """Whether a value is there."""
    return x is not None


def default(val: Any, d: Any) -> Any:
    """A value, or what stands in for it (maybe a function that gives it)."""
    if exists(val):
        return val
    return d() if callable(d) and not isinstance(d, type) else d
