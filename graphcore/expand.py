"""Expansion: a node may return a graph that runs in its place. Building that graph, and splicing it in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from graphcore.errors import GraphcoreError
from graphcore.prompt import Prompt, is_link


@dataclass(frozen=True, slots=True)
class Expansion:
    """A graph to run in a node's place. `results`, one an output: a link into the graph, or a plain value."""

    graph: Prompt
    results: tuple[Any, ...]


@dataclass(slots=True)
class GraphNode:
    """One node under construction."""

    id: str
    type: str
    inputs: dict[str, Any] = field(default_factory=dict)
    display: str | None = None

    def out(self, index: int = 0) -> list[Any]:
        """The wire that carries output `index`."""
        return [self.id, index]

    def serialize(self) -> dict[str, Any]:
        """The node in prompt form."""
        node: dict[str, Any] = {"class_type": self.type, "inputs": dict(self.inputs)}
        if self.display is not None:
            node["override_display_id"] = self.display
        return node


class GraphBuilder:
    """Builds an expansion. Ids are deterministic: `prefix` and a running number, or the `id` that the author gives."""

    def __init__(self, prefix: str):
        self.prefix = prefix
        self._nodes: dict[str, GraphNode] = {}

    def node(self, type: str, /, id: str | None = None, **inputs: Any) -> GraphNode:
        """Add a node; an `id` that exists already returns that node unchanged."""
        full = self.prefix + (id if id is not None else str(len(self._nodes) + 1))
        if id is None or full not in self._nodes:
            self._nodes[full] = GraphNode(full, type, inputs)
        return self._nodes[full]

    def result(self, *results: Any) -> Expansion:
        """Finish: what the expanding node returns."""
        return Expansion({node.id: node.serialize() for node in self._nodes.values()}, results)


def check_ids(expansion: Expansion, taken: Callable[[str], bool]) -> None:
    """Refuse inner ids that are taken already."""
    for id in expansion.graph:
        if taken(id):
            raise GraphcoreError(f"The expansion adds a node '{id}', but that id exists; let run.graph() make the ids.")


def check_nodes(expansion: Expansion, known: Callable[[str], bool]) -> None:
    """Refuse inner nodes that are none, or of a type that does not exist."""
    for id, node in expansion.graph.items():
        if not isinstance(node, Mapping) or not isinstance(node.get("inputs"), Mapping):
            raise GraphcoreError(f"The expansion's node '{id}' is no node; it needs a class_type and inputs.")
        kind = node.get("class_type")
        if not isinstance(kind, str) or not known(kind):
            raise GraphcoreError(f"It expands into a node of type '{kind}', which does not exist.")


def check_wires(expansion: Expansion, outputs: Callable[[str], int | None]) -> None:
    """Refuse wires from outputs that do not exist. `outputs(id)`: how many a node has; None if that is not known."""
    inner = (value for node in expansion.graph.values() for value in node["inputs"].values())
    for wire in filter(is_link, chain(inner, expansion.results)):
        count = outputs(wire[0])
        if count is not None and not 0 <= int(wire[1]) < count:
            raise GraphcoreError(f"The expansion wires output {wire[1]} of node '{wire[0]}', which has {count}.")


def sources(expansion: Expansion) -> list[str]:
    """Ids of the nodes whose outputs the expansion's results name."""
    return [item[0] for item in expansion.results if is_link(item)]
