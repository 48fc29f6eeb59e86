"""`GraphBuilder` and its helpers, under the field's names: how node classes write the graph that they expand into."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from graphcore.calls import CURRENT
from graphcore.node import Blocker as ExecutionBlocker
from graphcore.prompt import is_link

__all__ = ["ExecutionBlocker", "GraphBuilder", "Node", "add_graph_prefix", "is_link"]


class Node:
    """One node under construction."""

    def __init__(self, id: str, class_type: str, inputs: dict[str, Any]):
        self.id, self.class_type, self.inputs = id, class_type, inputs
        self.override_display_id: str | None = None

    def out(self, index: int) -> list[Any]:
        """The wire that carries output `index`."""
        return [self.id, index]

    def set_input(self, key: str, value: Any) -> None:
        """Give an input a value or a wire; None takes it away."""
        if value is None:
            self.inputs.pop(key, None)
        else:
            self.inputs[key] = value

    def get_input(self, key: str) -> Any:
        """The value or wire of an input, or None."""
        return self.inputs.get(key)

    def set_override_display_id(self, override_display_id: str) -> None:
        """Show this node's progress at another one."""
        self.override_display_id = override_display_id

    def serialize(self) -> dict[str, Any]:
        """The node in prompt form."""
        serialized: dict[str, Any] = {"class_type": self.class_type, "inputs": self.inputs}
        if self.override_display_id is not None:
            serialized["override_display_id"] = self.override_display_id
        return serialized


class GraphBuilder:
    """Collects nodes. Without a prefix, ids follow from the node that is being called, the call, and the builder.

    Inside a node the run itself hands out prefixes, so that calls that go on side by side do not mix theirs up.
    """

    _root: ClassVar[str] = ""
    _call_index: ClassVar[int] = 0
    _graph_index: ClassVar[int] = 0

    def __init__(self, prefix: str | None = None):
        self.prefix = GraphBuilder.alloc_prefix() if prefix is None else prefix
        self.nodes: dict[str, Node] = {}
        self.id_gen = 1

    @classmethod
    def set_default_prefix(cls, prefix_root: str, call_index: int, graph_index: int = 0) -> None:
        """What ids start with outside of a node's own call."""
        GraphBuilder._root, GraphBuilder._call_index, GraphBuilder._graph_index = prefix_root, call_index, graph_index

    @classmethod
    def alloc_prefix(
        cls, root: str | None = None, call_index: int | None = None, graph_index: int | None = None
    ) -> str:
        """A prefix that no other builder of this call has: `<node id>.<call>.<builder>.`"""
        run = CURRENT.get()
        if run is not None and root is None and call_index is None and graph_index is None:
            return run.graph().prefix
        if graph_index is None:
            graph_index = GraphBuilder._graph_index
            GraphBuilder._graph_index += 1
        root = GraphBuilder._root if root is None else root
        call_index = GraphBuilder._call_index if call_index is None else call_index
        return f"{root}.{call_index}.{graph_index}."

    def node(self, class_type: str, id: str | None = None, **kwargs: Any) -> Node:
        """Add a node; an `id` that exists already returns that node."""
        if id is None:
            id = str(self.id_gen)
            self.id_gen += 1
        id = self.prefix + id
        if id not in self.nodes:
            self.nodes[id] = Node(id, class_type, kwargs)
        return self.nodes[id]

    def lookup_node(self, id: str) -> Node | None:
        """The node of that id (without the prefix), or None."""
        return self.nodes.get(self.prefix + id)

    def finalize(self) -> dict[str, Any]:
        """The graph in prompt form."""
        return {id: node.serialize() for id, node in self.nodes.items()}

    def replace_node_output(self, node_id: str, index: int, new_value: Any) -> None:
        """Put a value or wire wherever an output is used; None takes those inputs away."""
        full = self.prefix + node_id
        for node in self.nodes.values():
            for key, value in list(node.inputs.items()):
                if is_link(value) and value[0] == full and value[1] == index:
                    node.set_input(key, new_value)

    def remove_node(self, id: str) -> None:
        """Take a node away."""
        del self.nodes[self.prefix + id]


def add_graph_prefix(
    graph: Mapping[str, Any], outputs: Sequence[Any], prefix: str
) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The same graph and outputs with a prefix before every inner id."""

    def moved(value: Any) -> Any:
        return [prefix + value[0], value[1]] if is_link(value) and value[0] in graph else value

    renamed: dict[str, Any] = {}
    for id, node in graph.items():
        inputs = {key: moved(value) for key, value in node["inputs"].items()}
        renamed[prefix + id] = {**copy.copy(dict(node)), "inputs": inputs}
    return renamed, tuple(moved(output) for output in outputs)
