"""What the converter knows about each node of a document: its sockets as an editor rebuilds them, and its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphcore.errors import Problem, WorkflowError
from graphcore.workflow.catalogue import Catalogue, NodeType
from graphcore.workflow.editor import Graph, Node, Slot, read_graph
from graphcore.workflow.groupnode import read_group_node
from graphcore.workflow.subgraph import Definition, InstanceValues, instance_values, read_definitions
from graphcore.workflow.values import stored_values, widget_values
from graphcore.workflow.virtual import VIRTUAL
from graphcore.workflow.widgets import Template, Widget, template_of

_MAX_GROUPED = 20_000


@dataclass(eq=False, slots=True)
class Shape:
    """A node as an editor rebuilds it after loading.

    `inputs` are all sockets, in the order that bypassing counts in: plain sockets first, then those of widgets;
    `outputs` their types. `type` is None for nodes that the catalogue does not have.
    """

    inputs: list[Slot]
    outputs: Sequence[str]
    type: NodeType | None = None
    definition: Definition | None = None
    widgets: tuple[Widget, ...] = ()
    values: list[Any] = field(default_factory=list)


class Model:
    """An editor document read against a catalogue: graphs, definitions and the shape of every node."""

    def __init__(self, document: Mapping[str, Any], catalogue: Catalogue):
        self.catalogue = catalogue
        self.root = read_graph(document)
        self.definitions = read_definitions(document)
        self.pushed: dict[Node, dict[str, Any]] = {}
        """Widget values that other nodes of the document set, by widget name."""
        self._groups: dict[Node, Definition] = {}
        self._shapes: dict[Node, Shape] = {}
        self._templates: dict[str, Template] = {}
        self._read_group_nodes(document)
        for definition in self._innermost_first():
            self._find_promoted(definition)

    def graphs(self) -> Iterator[Graph]:
        """The root level, then every definition."""
        yield self.root
        for definition in (*self.definitions.values(), *self._groups.values()):
            yield definition.graph

    def warnings(self) -> Iterator[Problem]:
        """What the document holds that conversion cannot honour."""
        extra = self.root.raw.get("extra")
        if isinstance(extra, dict) and extra.get("ue_links"):
            message = "Links that 'Use Everywhere' nodes draw only in a browser are not applied."
            yield Problem("browser_links", message, hint="Draw these links, or use the pack's 'convert to real links'.")
        for graph in self.graphs():
            if graph.unreadable_links:
                yield Problem("unreadable_link", f"{len(graph.unreadable_links)} links make no sense and are skipped.")

    def definition_of(self, node: Node) -> Definition | None:
        """The definition that a node is an instance of, or None."""
        return self._groups.get(node) or self.definitions.get(node.type)

    def is_virtual(self, node: Node) -> bool:
        """Whether a node never reaches an engine: helpers of the editor, and instances of subgraphs."""
        if node.type in self.definitions or node in self._groups:
            return True
        return node.type in VIRTUAL and node.type not in self.catalogue

    def shape(self, node: Node) -> Shape:
        """The shape of a node; worked out once."""
        shape = self._shapes.get(node)
        if shape is None:
            shape = self._shapes[node] = self._shape(node)
        return shape

    def instance_values(self, node: Node, definition: Definition) -> InstanceValues:
        """The values that one instance sets."""
        # The values of a group node are in its inner nodes already.
        return InstanceValues({}, {}) if node in self._groups else instance_values(node, definition)

    def _shape(self, node: Node) -> Shape:
        definition = self.definition_of(node)
        if definition is not None:
            return _instance_shape(node, definition)
        type = None if self.is_virtual(node) else self.catalogue.get(node.type)
        if type is None:
            return Shape(node.inputs, node.outputs)
        if type.name not in self._templates:
            self._templates[type.name] = template_of(type)
        template, values = widget_values(self._templates[type.name], stored_values(node.raw))
        return Shape(_sockets(node, template), type.outputs, type, None, template.widgets, values)

    def _read_group_nodes(self, document: Mapping[str, Any]) -> None:
        count = 0
        for graph in (self.root, *(definition.graph for definition in self.definitions.values())):
            for node in graph.nodes.values():
                definition = read_group_node(node, document, self.catalogue)
                if definition is not None:
                    self._groups[node] = definition
                    count += len(definition.graph.nodes)
                    if count > _MAX_GROUPED:
                        raise WorkflowError(
                            f"The group nodes hold more than {_MAX_GROUPED:,} nodes; split the workflow."
                        )

    def _innermost_first(self) -> Iterator[Definition]:
        """Definitions after those that they use; in a circle the order is arbitrary."""
        yield from self._groups.values()
        done: set[str] = set()
        for id in self.definitions:
            pending = [(id, False)]
            while pending:
                current, used = pending.pop()
                if used:
                    yield self.definitions[current]
                elif current not in done:
                    done.add(current)
                    pending.append((current, True))
                    types = {node.type for node in self.definitions[current].graph.nodes.values()}
                    pending += [(type, False) for type in types if type in self.definitions and type not in done]

    def _find_promoted(self, definition: Definition) -> None:
        widget_links = {
            slot.link
            for node in definition.graph.nodes.values()
            for slot in self.shape(node).inputs
            if slot.link is not None and slot.widget
        }
        for port in definition.inputs:
            port.promoted = not widget_links.isdisjoint(port.links)


def _instance_shape(node: Node, definition: Definition) -> Shape:
    links = {slot.name: slot.link for slot in node.inputs}
    inputs = [
        Slot(port.name, port.type, links.get(port.name), port.name if port.promoted else "")
        for port in definition.inputs
    ]
    return Shape(inputs, [port.type for port in definition.outputs], definition=definition)


def _sockets(node: Node, template: Template) -> list[Slot]:
    """Declared sockets with the links that the file has for their names, then sockets that only the file knows."""
    saved = {slot.name: slot for slot in node.inputs}
    sockets = []
    for socket in template.sockets:
        found = saved.pop(socket.name, None)
        if found is not None and found.link is not None:
            socket = Slot(socket.name, socket.type, found.link, socket.widget)
        sockets.append(socket)
    return sockets + list(saved.values()) if saved else sockets
