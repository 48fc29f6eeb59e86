"""A workflow of either form as comparable facts: per node its type, title, mode, values and links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphcore.prompt import is_link, title_of
from graphcore.workflow.api import inputs_of, unwrap
from graphcore.workflow.catalogue import Catalogue
from graphcore.workflow.editor import Graph, Node
from graphcore.workflow.shape import Model
from graphcore.workflow.values import stored_values
from graphcore.workflow.widgets import UNDEFINED


@dataclass(slots=True)
class NodeFacts:
    """One node. `links`: input name -> (source id, output index); `place`: where and how large it is drawn."""

    id: str
    type: str
    title: str
    mode: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    links: dict[str, tuple[str, int]] = field(default_factory=dict)
    place: Any = None

    @property
    def label(self) -> str:
        """How to call the node in a sentence."""
        return f"node {self.id} ({self.title or self.type})"


def facts_of_prompt(prompt: Mapping[str, Mapping[str, Any]]) -> dict[str, NodeFacts]:
    """Facts of a prompt, by node id."""
    found = {}
    for id, node in prompt.items():
        facts = NodeFacts(id, str(node.get("class_type")), title_of(node))
        for name, value in inputs_of(node).items():
            if is_link(value):
                facts.links[name] = (value[0], int(value[1]))
            else:
                facts.values[name] = unwrap(value)
        found[id] = facts
    return found


def facts_of_editor(document: Mapping[str, Any], catalogue: Catalogue) -> dict[str, NodeFacts]:
    """Facts of an editor document, by node id; those inside a subgraph definition as `name/id`."""
    model = Model(document, catalogue)
    found = _facts_of_graph(model, model.root, "")
    for definition in model.definitions.values():
        found |= _facts_of_graph(model, definition.graph, f"{definition.name}/")
    return found


def _facts_of_graph(model: Model, graph: Graph, prefix: str) -> dict[str, NodeFacts]:
    found = {}
    for node in graph.nodes.values():
        shape = model.shape(node)
        title = node.title or (shape.type.title if shape.type else "")
        facts = NodeFacts(prefix + node.id, node.type, title, node.mode, _values(model, node))
        facts.place = (node.raw.get("pos"), node.raw.get("size"))
        for slot in shape.inputs:
            link = graph.links.get(slot.link) if slot.link is not None else None
            if link is not None:
                facts.links[slot.name] = (prefix + link.origin, link.origin_slot)
        found[facts.id] = facts
    return found


def _values(model: Model, node: Node) -> dict[str, Any]:
    """Widget values by name; by number where nobody knows the names."""
    shape = model.shape(node)
    if shape.type is not None:
        pairs = zip(shape.widgets, shape.values, strict=True)
        return {widget.name: value for widget, value in pairs if widget.in_values and value is not UNDEFINED}
    stored = stored_values(node.raw)
    numbered = {f"value {i + 1}": value for i, value in enumerate(stored.listed)}
    return numbered | dict(stored.named)
