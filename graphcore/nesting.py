"""How deep data may be nested, so that everything behind may recurse over it safely. Pure, and iterative itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 200
"""Deepest nesting of lists and objects, the outermost included."""
CONTAINERS = (dict, list)


def too_deep(value: Any) -> bool:
    """Whether lists and objects are nested more than MAX_DEPTH deep; data that contains itself is."""
    level = [value] if isinstance(value, CONTAINERS) else []
    for _ in range(MAX_DEPTH):
        children = [child for container in level for child in _inside(container) if child.__class__ in CONTAINERS]
        if not children:
            return False
        level = list({id(child): child for child in children}.values())  # what occurs often is looked into once
    return True


def _inside(container: Any) -> Any:
    return container.values() if isinstance(container, Mapping) else container
