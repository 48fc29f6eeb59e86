"""The prompt form: node id -> {"class_type", "inputs", "_meta"}; what an engine executes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphcore.prompt import Prompt, is_link

WRAPPER = "__value__"
"""A list that is a value, not a link, travels as {"__value__": [...]}."""


def is_prompt(document: Any) -> bool:
    """Whether `document` is in prompt form: not empty, and every value is an object with a class type."""
    if not isinstance(document, dict) or not document:
        return False
    return all(isinstance(node, dict) and node.get("class_type") for node in document.values())


def wrap(value: Any) -> Any:
    """A widget value as it stands in a prompt: lists wrapped, everything else as it is."""
    return {WRAPPER: value} if isinstance(value, list) else value


def unwrap(value: Any) -> Any:
    """The inverse of `wrap`."""
    return value[WRAPPER] if isinstance(value, dict) and WRAPPER in value else value


def inputs_of(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The inputs of a prompt node; empty where the file has none or something else."""
    inputs = node.get("inputs")
    return inputs if isinstance(inputs, dict) else {}


def links_of(prompt: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, str, int]]:
    """Every link as (target id, input name, source id, output index)."""
    for target, node in prompt.items():
        for name, value in inputs_of(node).items():
            if is_link(value):
                yield target, name, value[0], int(value[1])


def without_fingerprints(prompt: Mapping[str, Mapping[str, Any]]) -> Prompt:
    """A copy without the `is_changed` keys that servers leave behind in embedded prompts (often NaN)."""
    return {id: {key: value for key, value in node.items() if key != "is_changed"} for id, node in prompt.items()}
