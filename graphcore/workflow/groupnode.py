"""Legacy group nodes (`workflow>Name`), read as subgraph definitions.

Their definition lists inner nodes without ids, the links between them, and nothing about what is exposed: sockets and
widgets of the group are those of the inner nodes that are not linked inside, in node order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphcore.errors import WorkflowError
from graphcore.workflow.catalogue import Catalogue
from graphcore.workflow.editor import INPUT_NODE, OUTPUT_NODE, Graph, Link, Node, Slot, read_node
from graphcore.workflow.subgraph import Definition, Port
from graphcore.workflow.values import by_name, stored_values, widget_values
from graphcore.workflow.widgets import Template, template_of

_MAX_NODES = 500
_PREFIXES = ("workflow>", "workflow/")


def read_group_node(node: Node, document: Mapping[str, Any], catalogue: Catalogue) -> Definition | None:
    """The definition that a group node stands for, with the node's values put in; None for every other node."""
    name = next((node.type[len(prefix) :] for prefix in _PREFIXES if node.type.startswith(prefix)), None)
    extra = document.get("extra")
    groups = extra.get("groupNodes") if isinstance(extra, dict) else None
    data = groups.get(name) if isinstance(groups, dict) else None
    if name is None or not isinstance(data, dict) or not isinstance(data.get("nodes"), list):
        return None
    if len(data["nodes"]) > _MAX_NODES or len(node.inputs) > _MAX_NODES:
        raise WorkflowError(
            f"Group node '{name}' holds more than {_MAX_NODES} nodes; make it a subgraph in the editor."
        )
    return _Group(node, data, catalogue).definition(name)


class _Exposed(NamedTuple):
    """A socket of an inner node that the group shows."""

    node: Node
    slot: Slot


class _Group:
    def __init__(self, node: Node, data: Mapping[str, Any], catalogue: Catalogue):
        self._node, self._data = node, data
        inner = [entry if isinstance(entry, dict) else {} for entry in data["nodes"]]
        self._nodes = [read_node({**entry, "id": i}) for i, entry in enumerate(inner)]
        types = [catalogue.get(inner_node.type) for inner_node in self._nodes]
        self._templates = [template_of(type) if type else None for type in types]
        self._links: dict[str, Link] = {}
        self._connect()

    def definition(self, name: str) -> Definition:
        """The group as a definition: ports for the links of this node, values moved into the inner nodes."""
        inputs = [self._input_port(slot, exposed) for slot, exposed in self._matched_inputs()]
        outputs = [self._output_port(i, node, slot) for i, (node, slot) in enumerate(self._exposed_outputs())]
        self._hand_out_values()
        graph = Graph({node.id: node for node in self._nodes}, self._links, self._data)
        return Definition(f"{self._node.type}#{self._node.id}", name, graph, inputs, outputs)

    def _connect(self) -> None:
        """The links between inner nodes: [origin index, origin slot, target index, target slot, ..., type]."""
        count = range(len(self._nodes))
        for node in self._nodes:
            node.inputs = [slot._replace(link=None) for slot in node.inputs]
        entries = self._data.get("links")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, list) and len(entry) >= 4 and all(isinstance(part, int) for part in entry[:4]):
                origin, origin_slot, target, target_slot = entry[:4]
                if origin in count and target in count and 0 <= target_slot < len(self._nodes[target].inputs):
                    slot = self._nodes[target].inputs[target_slot]
                    self._link(str(origin), origin_slot, self._nodes[target], slot)

    def _link(self, origin: str, origin_slot: int, target: Node, slot: Slot) -> str:
        id = f"group-{len(self._links)}"
        self._links[id] = Link(id, origin, origin_slot, target.id, -1)
        others = [other for other in target.inputs if other.name != slot.name]
        target.inputs = [*others, slot._replace(link=id)]
        return id

    def _matched_inputs(self) -> Iterator[tuple[Slot, _Exposed]]:
        """Linked inputs of the group with the inner sockets they are: by full name, or by its last words in order."""
        free = list(self._exposed_inputs())
        for slot in self._node.inputs:
            own = [e for e in free if slot.name in (e.slot.name, self._renamed(e))]
            ending = [e for e in free if slot.name.endswith(f" {e.slot.name}")]
            for exposed in (own or ending)[:1]:
                free.remove(exposed)
                if slot.link is not None:
                    yield slot, exposed

    def _exposed_inputs(self) -> Iterator[_Exposed]:
        for node, template in zip(self._nodes, self._templates, strict=True):
            linked = {slot.name for slot in node.inputs if slot.link is not None}
            for slot in template.sockets if template else node.inputs:
                if slot.name not in linked:
                    yield _Exposed(node, slot)

    def _exposed_outputs(self) -> Iterator[tuple[Node, int]]:
        used = {(link.origin, link.origin_slot) for link in self._links.values()}
        external = self._data.get("external")
        shown = [entry[:2] for entry in external if isinstance(entry, list)] if isinstance(external, list) else []
        for i, (node, template) in enumerate(zip(self._nodes, self._templates, strict=True)):
            for slot in range(len(template.type.outputs if template else node.outputs)):
                hidden = self._config(node, "output", str(slot)).get("visible") is False
                if ((node.id, slot) not in used or [i, slot] in shown) and not hidden:
                    yield node, slot

    def _input_port(self, slot: Slot, exposed: _Exposed) -> Port:
        number = sum(link.origin == INPUT_NODE for link in self._links.values())
        return Port(slot.name, exposed.slot.type, [self._link(INPUT_NODE, number, exposed.node, exposed.slot)])

    def _output_port(self, number: int, node: Node, slot: int) -> Port:
        id = f"group-out-{number}"
        self._links[id] = Link(id, node.id, slot, OUTPUT_NODE, number)
        return Port(id, "*", [id])

    def _hand_out_values(self) -> None:
        """Give each inner node its share of the group's values, which stand one node after the other."""
        supply = iter(stored_values(self._node.raw).listed)
        for node, template in zip(self._nodes, self._templates, strict=True):
            if template is None:
                listed = [next(supply, value) for value in stored_values(node.raw).listed]
                node.raw = {**node.raw, "widgets_values": listed}
                continue
            node.raw = {**node.raw, "widgets_values": self._values(node, template, supply)}

    def _values(self, node: Node, template: Template, supply: Iterator[Any]) -> dict[str, Any]:
        template, own = widget_values(template, stored_values(node.raw))
        values = by_name(template.widgets, own)
        inside = {slot.name for slot in node.inputs if slot.link and self._links[slot.link].origin != INPUT_NODE}
        for widget in template.kept:
            if widget.input.name not in inside and self._config(node, "input", widget.name).get("visible") is not False:
                values[widget.name] = next(supply, values[widget.name])
        return values

    def _renamed(self, exposed: _Exposed) -> Any:
        return self._config(exposed.node, "input", exposed.slot.name).get("name")

    def _config(self, node: Node, section: str, name: str) -> Mapping[str, Any]:
        """What the group's author set for a socket or widget of an inner node: another name, whether it shows."""
        found: Any = self._data.get("config")
        for key in (node.id, section, name):
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}
