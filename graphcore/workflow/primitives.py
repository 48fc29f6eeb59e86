"""PrimitiveNode: an editor's node that pushes its value into the widgets it is linked to, before conversion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphcore.workflow.editor import Graph, Link, Node
from graphcore.workflow.queued import Client, replace_text
from graphcore.workflow.shape import Model
from graphcore.workflow.virtual import PRIMITIVE


def push_values(model: Model, client: Client | None) -> None:
    """Let every PrimitiveNode of every level set the widgets it is linked to (in `model.pushed`)."""
    for graph in model.graphs():
        primitives = {node.id: node for node in graph.nodes.values() if node.type == PRIMITIVE}
        if not primitives:
            continue
        for link in graph.links.values():
            node = primitives.get(link.origin)
            if node is not None:
                _push(model, graph, node, link, client)


def first_value(node: Node) -> tuple[Any, ...]:
    """The value of a PrimitiveNode, as a tuple that is empty where the file has none."""
    values = node.raw.get("widgets_values")
    if isinstance(values, Mapping):
        values = list(values.values())
    return tuple(values[:1]) if isinstance(values, list) else ()


def _push(model: Model, graph: Graph, node: Node, link: Link, client: Client | None) -> None:
    target = graph.nodes.get(link.target)
    if target is None:
        return
    for value in first_value(node):
        if node.properties.get("Run widget replace on values") and isinstance(value, str):
            value = replace_text(value, graph, model, client)
        for slot in model.shape(target).inputs:
            if slot.link == link.id and slot.widget:
                model.pushed.setdefault(target, {})[slot.widget] = value
