"""The prompt form: what the engine runs. Node id -> {"class_type", "inputs", "_meta"?}, as JSON has it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

PLAIN = (dict, Mapping)  # for isinstance: asking for the plain type first takes a tenth of the time
PromptNode = dict[str, Any]
Prompt = dict[str, PromptNode]


def is_link(value: object) -> bool:
    """Whether an input value is a wire: a list of a node id (text) and an output index (number)."""
    return (
        type(value) is list
        and len(value) == 2
        and isinstance(value[0], str)
        and (type(value[1]) is int or (type(value[1]) is float and math.isfinite(value[1])))
    )


def links_of(node: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """(input name, source node id, output index) of every wire into a node; none into what is no node."""
    inputs = node.get("inputs") if isinstance(node, dict) else None
    if not isinstance(inputs, dict):
        return []
    return [(name, value[0], int(value[1])) for name, value in inputs.items() if is_link(value)]


def title_of(node: Mapping[str, Any]) -> str:
    """What people call the node: its own title, else its type."""
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, PLAIN) else None
    return str(title or node.get("class_type", ""))
