"""Overrides: give inputs of a workflow other values, by `NODE.INPUT`. Pure.

NODE is an id, a title, or a type that occurs once; wrong names are answered with the nearest.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from graphcore.errors import UserError
from graphcore.node import NodeSpec
from graphcore.prompt import Prompt, title_of


def parse(setting: str) -> tuple[str, str]:
    """'KSampler.seed=5' as ('KSampler.seed', '5')."""
    place, equals, value = setting.partition("=")
    if not equals or "." not in place:
        raise UserError(f"'{setting}' is not a setting; write NODE.INPUT=VALUE, such as KSampler.seed=5.")
    return place.strip(), value


def override(prompt: Mapping[str, Any], registry: Mapping[str, NodeSpec], values: Mapping[str, Any]) -> Prompt:
    """A copy of the prompt with `values` ('NODE.INPUT' -> value) put in. Texts are read as the input's type wants."""
    for id, node in prompt.items():
        if not _is_sound(node):
            raise UserError(f"Node {id} is no node: it needs a 'class_type' and an object of 'inputs'.")
    changed: Prompt = {id: {**node, "inputs": dict(node.get("inputs", {}))} for id, node in prompt.items()}
    for place, value in values.items():
        id, name = locate(changed, registry, place)
        changed[id]["inputs"][name] = _read(value, registry.get(changed[id]["class_type"]), name)
    return changed


def _is_sound(node: object) -> bool:
    if not isinstance(node, Mapping):
        return False
    return isinstance(node.get("class_type"), str) and isinstance(node.get("inputs", {}), Mapping)


def locate(prompt: Prompt, registry: Mapping[str, NodeSpec], place: str) -> tuple[str, str]:
    """The (node id, input name) that 'NODE.INPUT' means; both parts may contain dots."""
    splits = [(place[:i], place[i + 1 :]) for i, letter in enumerate(place) if letter == "."]
    for node, name in splits:
        for id in _nodes(prompt, node):
            if name in prompt[id]["inputs"] or _declares(registry, prompt[id], name):
                return id, name
    for node, name in splits:
        found = _nodes(prompt, node)
        if found:
            raise UserError(_no_input(prompt[found[0]], registry, found[0], name))
    raise UserError(_no_node(prompt, place))


def _nodes(prompt: Prompt, node: str) -> list[str]:
    """The nodes that a name means: an id, else a title, else a type. UserError if it means several."""
    if node in prompt:
        return [node]
    lowered = node.casefold()
    titled = [id for id, item in prompt.items() if title_of(item).casefold() == lowered]
    found = titled or [id for id, item in prompt.items() if item["class_type"].casefold() == lowered]
    if len(found) > 1:
        raise UserError(f"'{node}' means several nodes ({', '.join(found)}); use one of these ids instead.")
    return found


def _declares(registry: Mapping[str, NodeSpec], node: Mapping[str, Any], name: str) -> bool:
    spec = registry.get(node["class_type"])
    return spec is not None and spec.port(name) is not None


def _no_input(node: Mapping[str, Any], registry: Mapping[str, NodeSpec], id: str, name: str) -> str:
    spec = registry.get(node["class_type"])
    known = list(dict.fromkeys([*node["inputs"], *(spec.inputs if spec else ())]))
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"It has {', '.join(known) or 'none'}."
    return f"Node {id} ({title_of(node)}) has no input '{name}'. {hint}"


def _no_node(prompt: Prompt, place: str) -> str:
    name = place.partition(".")[0]
    known = list(dict.fromkeys([*prompt, *map(title_of, prompt.values()), *(n["class_type"] for n in prompt.values())]))
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(known[:12])}."
    return f"The workflow has no node '{name}'. {hint}"


def _read(value: Any, spec: NodeSpec | None, name: str) -> Any:
    port = spec.port(name) if spec is not None else None
    if not isinstance(value, str) or (port is not None and port.type == "STRING"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def assignments(settings: Iterable[str]) -> dict[str, str]:
    """The settings of a command line as 'NODE.INPUT' -> text; the last one wins."""
    return dict(parse(setting) for setting in settings)
