"""Subgraph definitions and what an instance of one keeps: values of promoted widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphcore.workflow.editor import INPUT_NODE, OUTPUT_NODE, Graph, Node, graphs_of, id_text, read_graph
from graphcore.workflow.slottypes import wire_type


@dataclass(eq=False, slots=True)
class Port:
    """An input or output of a definition. `links` are the inner links, in the order in which they count."""

    name: str
    type: str
    links: list[str]
    promoted: bool = False
    """Of an input: whether it stands for an inner widget, so that instances show a copy of that widget."""


@dataclass(eq=False, slots=True)
class Definition:
    """A subgraph definition."""

    id: str
    name: str
    graph: Graph
    inputs: list[Port]
    outputs: list[Port]


@dataclass(frozen=True, slots=True)
class InstanceValues:
    """Values of one instance: of its own inputs by name, and of inner widgets by (inner id, widget name)."""

    inputs: dict[str, Any]
    inner: dict[str, dict[str, Any]]


def read_definitions(document: Mapping[str, Any]) -> dict[str, Definition]:
    """Every subgraph definition of an editor document by id, nested ones included."""
    levels = graphs_of(document)
    next(levels)
    return {id_text(raw.get("id")): read_definition(raw) for raw in levels}


def read_definition(raw: Mapping[str, Any]) -> Definition:
    """A definition from the file's object."""
    graph = read_graph(raw)
    entering: dict[int, list[str]] = {}
    leaving: dict[int, list[str]] = {}
    for link in graph.links.values():
        if link.origin == INPUT_NODE:
            entering.setdefault(link.origin_slot, []).append(link.id)
        if link.target == OUTPUT_NODE:
            leaving.setdefault(link.target_slot, []).append(link.id)
    return Definition(
        id=id_text(raw.get("id")),
        name=str(raw.get("name") or raw.get("id")),
        graph=graph,
        inputs=_read_ports(raw.get("inputs"), entering, graph),
        outputs=_read_ports(raw.get("outputs"), leaving, graph),
    )


def instance_values(node: Node, definition: Definition) -> InstanceValues:
    """What the file keeps for one instance. An input without a value of its own is not in the result."""
    named = node.raw.get("widgets_values_named")
    stored = node.raw.get("widgets_values")
    by_name = named if isinstance(named, dict) else stored if isinstance(stored, dict) else {}
    values = _listed_values(node, definition, stored if isinstance(stored, list) else [])
    promoted = {port.name for port in definition.inputs if port.promoted}
    values.inputs.update({name: value for name, value in by_name.items() if name in promoted})
    for name in [name for name, value in values.inputs.items() if value is None]:
        del values.inputs[name]
    return values


def _listed_values(node: Node, definition: Definition, stored: list[Any]) -> InstanceValues:
    """Lists come in three kinds: one value for each promoted input, one for each `proxyWidgets` entry, or neither."""
    promoted = [port.name for port in definition.inputs if port.promoted]
    entries = node.properties.get("proxyWidgets")
    proxies = (
        [[id_text(part) for part in entry[:2]] for entry in entries if isinstance(entry, list) and len(entry) > 1]
        if isinstance(entries, list)
        else []
    )
    if not proxies or len(stored) == len(promoted):
        return InstanceValues(dict(zip(promoted, stored, strict=False)), {})
    shown = [entry for entry in proxies if not entry[1].startswith("$$")]
    for listed in (proxies, shown):
        if len(stored) == len(listed):
            return _proxied_values(listed, stored, set(promoted))
    return InstanceValues({}, {})


def _proxied_values(proxies: list[list[str]], stored: list[Any], promoted: set[str]) -> InstanceValues:
    values = InstanceValues({}, {})
    for (inner, name), value in zip(proxies, stored, strict=True):
        if name.startswith("$$"):
            continue
        if inner != "-1":
            values.inner.setdefault(inner, {})[name] = value
        elif name in promoted:
            values.inputs[name] = value
    return values


def _read_ports(entries: Any, by_slot: Mapping[int, list[str]], graph: Graph) -> list[Port]:
    ports = []
    for i, entry in enumerate(entries if isinstance(entries, list) else []):
        raw = entry if isinstance(entry, dict) else {}
        listed = raw.get("linkIds")
        links = [id_text(link) for link in listed] if isinstance(listed, list) else []
        links = [link for link in links if link in graph.links] or by_slot.get(i, [])
        ports.append(Port(str(raw.get("name") or ""), wire_type(raw.get("type")), links))
    return ports
