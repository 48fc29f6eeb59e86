"""The editor form as a model: a reading of the file's own objects, which it never changes.

Covers schema 0.4 (links as arrays) and 1 (links as objects), mixed as they occur; what a link is shaped like decides,
never the version number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphcore.workflow.slottypes import wire_type

MUTED, BYPASSED = 2, 4
INPUT_NODE, OUTPUT_NODE = "-10", "-20"
"""Ids of the two virtual nodes through which links enter and leave a subgraph."""


def is_editor(document: Any) -> bool:
    """Whether `document` is in editor form."""
    return isinstance(document, dict) and isinstance(document.get("nodes"), list)


class Slot(NamedTuple):
    """An input of a node as the file has it. `widget` names the widget that it stands for, if any."""

    name: str
    type: str
    link: str | None
    widget: str = ""


class Link(NamedTuple):
    """A connection; slots are indices, ids are strings as everywhere in the model."""

    id: str
    origin: str
    origin_slot: int
    target: str
    target_slot: int


@dataclass(eq=False, slots=True)
class Node:
    """A node as the file has it; `raw` is the file's own object."""

    id: str
    type: str
    mode: int
    title: str
    inputs: list[Slot]
    raw: Mapping[str, Any]

    @property
    def outputs(self) -> list[str]:
        """The types of the outputs that the file lists."""
        return [wire_type(slot.get("type")) for slot in _list(self.raw.get("outputs")) if isinstance(slot, dict)]

    @property
    def properties(self) -> Mapping[str, Any]:
        """The free-form properties; empty where the file has none."""
        properties = self.raw.get("properties")
        return properties if isinstance(properties, dict) else {}


@dataclass(eq=False, slots=True)
class Graph:
    """The nodes and links of one level: the whole file, or one subgraph definition."""

    nodes: dict[str, Node]
    links: dict[str, Link]
    raw: Mapping[str, Any]
    unreadable_links: list[Any] = field(default_factory=list)
    feeding: frozenset[str] = frozenset()
    """Ids of the nodes that feed something."""


def read_graph(raw: Mapping[str, Any]) -> Graph:
    """One level of an editor document. What cannot be a node is skipped; links that make no sense are listed."""
    unreadable: list[Any] = []
    links: dict[str, Link] = {}
    for entry in _list(raw.get("links")):
        link = read_link(entry)
        if link is not None:
            links[link.id] = link
        elif entry is not None:
            unreadable.append(entry)
    nodes: dict[str, Node] = {}
    for entry in _list(raw.get("nodes")):
        if isinstance(entry, dict):
            node = read_node(entry)
            nodes[node.id] = node
    graph = Graph(nodes, links, raw, unreadable, frozenset(link.origin for link in links.values()))
    _connect_old_slots(graph)
    return graph


def read_node(raw: Mapping[str, Any]) -> Node:
    """A node from the file's object."""
    mode = raw.get("mode")
    return Node(
        id=id_text(raw.get("id")),
        type=str(raw.get("type") or ""),
        mode=int(mode) if isinstance(mode, (int, float)) and mode == mode and abs(mode) < 100 else 0,
        title=str(raw.get("title") or ""),
        inputs=[_read_slot(slot) for slot in _list(raw.get("inputs")) if isinstance(slot, dict)],
        raw=raw,
    )


def read_link(entry: Any) -> Link | None:
    """A link from its array or object form; None for holes and for what is neither."""
    if isinstance(entry, list) and len(entry) >= 5:
        id, origin, origin_slot, target, target_slot = entry[:5]
    elif isinstance(entry, dict):
        id, origin, target = entry.get("id"), entry.get("origin_id"), entry.get("target_id")
        origin_slot, target_slot = entry.get("origin_slot"), entry.get("target_slot")
    else:
        return None
    from_slot, to_slot = slot_index(origin_slot), slot_index(target_slot)
    if id is None or origin is None or target is None or from_slot is None:
        return None
    return Link(id_text(id), id_text(origin), from_slot, id_text(target), -1 if to_slot is None else to_slot)


def id_text(id: Any) -> str:
    """An id as the string that the prompt form uses."""
    if isinstance(id, float) and id.is_integer():
        return str(int(id))
    return str(id)


def slot_index(slot: Any) -> int | None:
    """A slot number; files hold numeric strings too."""
    if isinstance(slot, int):
        return int(slot)
    try:
        return int(float(slot)) if isinstance(slot, (str, float)) else None
    except (ValueError, OverflowError):
        return None


def graphs_of(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The root level of an editor document and every subgraph definition, nested ones included."""
    pending = [document]
    while pending:
        raw = pending.pop()
        yield raw
        definitions = raw.get("definitions")
        subgraphs = definitions.get("subgraphs") if isinstance(definitions, dict) else None
        pending += [entry for entry in reversed(_list(subgraphs)) if isinstance(entry, dict)]


def _read_slot(raw: Mapping[str, Any]) -> Slot:
    widget, link = raw.get("widget"), raw.get("link")
    name = str(raw.get("name") or "")
    widget_name = str(widget.get("name") or name) if isinstance(widget, dict) else ""
    return Slot(name, wire_type(raw.get("type")), None if link is None else id_text(link), widget_name)


def _connect_old_slots(graph: Graph) -> None:
    """Very old files name the link of an input in the link only: believe its target slot where the input has none."""
    unlinked = [
        (node, i)
        for node in graph.nodes.values()
        for i, raw in enumerate(slot for slot in _list(node.raw.get("inputs")) if isinstance(slot, dict))
        if "link" not in raw
    ]
    if not unlinked:
        return
    incoming = {(link.target, link.target_slot): link.id for link in graph.links.values()}
    for node, i in unlinked:
        if (node.id, i) in incoming:
            node.inputs[i] = node.inputs[i]._replace(link=incoming[node.id, i])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
