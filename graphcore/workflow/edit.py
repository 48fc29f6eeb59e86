"""Edits of editor documents: copies in which only what was asked for differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcore.prompt import is_link
from graphcore.workflow.api import inputs_of, unwrap
from graphcore.workflow.catalogue import Catalogue, as_catalogue
from graphcore.workflow.editor import Node, id_text
from graphcore.workflow.shape import Model, Shape
from graphcore.workflow.upgrade import versioned
from graphcore.workflow.widgets import UNDEFINED


def with_values(
    document: Mapping[str, Any],
    catalogue: Mapping[str, Any] | Catalogue | None,
    prompt: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """An editor document that shows the values of `prompt`, as its conversion or with some of them overridden.

    For embedding in results: what ran (chosen random prompts, values set on the command line) is then what an editor
    shows. Only top-level nodes that the catalogue has are touched, only where a value differs, and nothing else in
    them, except that they say of which version they are; nodes inside subgraphs are shared between instances and stay.
    """
    model = Model(document, as_catalogue(catalogue))
    nodes = [_with_values(raw, model, prompt) for raw in document.get("nodes", ())]
    return {**document, "nodes": nodes}


def _with_values(raw: Any, model: Model, prompt: Mapping[str, Mapping[str, Any]]) -> Any:
    node = model.root.nodes.get(id_text(raw.get("id"))) if isinstance(raw, dict) else None
    ran = prompt.get(node.id) if node is not None else None
    if node is None or ran is None or node.raw is not raw:
        return raw
    shape = model.shape(node)
    wanted = {name: unwrap(value) for name, value in inputs_of(ran).items() if not is_link(value)}
    changed = {
        i: wanted[widget.name]
        for i, (widget, value) in enumerate(zip(shape.widgets, shape.values, strict=True))
        if widget.in_prompt and widget.in_values and widget.name in wanted and not _same(wanted[widget.name], value)
    }
    shown = {**raw, "widgets_values": _stored(node, shape, changed)} if changed else raw
    return shown if shape.type is None else versioned(shown, shape.type, shape.widgets)


def _stored(node: Node, shape: Shape, changed: Mapping[int, Any]) -> Any:
    """The stored values with some widgets changed, in the shape in which the file had them."""
    stored = node.raw.get("widgets_values")
    if isinstance(stored, dict):
        return {**stored, **{shape.widgets[i].name: value for i, value in changed.items()}}
    values = [changed.get(i, value) for i, value in enumerate(shape.values)]
    kept = [v for widget, v in zip(shape.widgets, values, strict=True) if widget.in_values]
    rest = stored[len(kept) :] if isinstance(stored, list) else []
    return [None if value is UNDEFINED else value for value in kept] + rest


def _same(left: Any, right: Any) -> bool:
    """Equal, and of the same kind: 1, 1.0 and true are three values."""
    return type(left) is type(right) and left == right
