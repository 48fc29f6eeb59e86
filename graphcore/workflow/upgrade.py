"""Versions of nodes in editor documents: a node says for which version it was saved, and is brought to the present one.

It says so in its free-form properties, which every editor keeps: `node_version`, and `widget_names`, the input that
each of its `widgets_values` belongs to ('' for helpers such as controls), as lists of values carry no names and those
of an earlier version are in no catalogue. A node without `node_version` is taken for one of the present version.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from graphcore.errors import WorkflowError
from graphcore.migrate import as_version, of_present
from graphcore.node import NodeSpec
from graphcore.prompt import is_link
from graphcore.workflow.api import unwrap, wrap
from graphcore.workflow.catalogue import Catalogue, NodeType
from graphcore.workflow.editor import Node, graphs_of, read_link, read_node
from graphcore.workflow.unknown import named_values
from graphcore.workflow.values import stored_values
from graphcore.workflow.widgets import UNDEFINED, Template, Widget, template_of

VERSION, NAMES = "node_version", "widget_names"


def versioned(node: Mapping[str, Any], type: NodeType, widgets: Iterable[Widget]) -> Mapping[str, Any]:
    """A node of an editor document, saying of which version it is; itself, if its type has had only one.

    `widgets` are those of the node, in order.
    """
    if type.version == 1:
        return node
    names = [widget.name if widget.in_prompt else "" for widget in widgets if widget.in_values]
    properties = node.get("properties")
    known = properties if isinstance(properties, dict) else {}
    return {**node, "properties": {**known, VERSION: type.version, NAMES: names}}


def upgraded(document: dict[str, Any], registry: Mapping[str, NodeSpec], catalogue: Catalogue) -> dict[str, Any]:
    """An editor document with every node that states an earlier version at its present one; itself if there is none.

    Values, sockets and wires take the names that the node's `migrate=` gives them; wires that it drops are removed.
    Raises WorkflowError if the file does not tell the names of a node's values, and UserError as `migrate.of_present`.
    """
    if not any(_is_old(raw, registry) for graph in graphs_of(document) for raw in _nodes(graph)):
        return document
    present = copy.deepcopy(document)
    for graph in graphs_of(present):
        for raw in _nodes(graph):
            type = catalogue.get(str(raw.get("type")))
            if _is_old(raw, registry) and type is not None:
                _drop_links(graph, _upgrade(raw, registry[type.name], type))
    return present


def _nodes(graph: Mapping[str, Any]) -> list[dict[str, Any]]:
    nodes = graph.get("nodes")
    return [raw for raw in nodes if isinstance(raw, dict)] if isinstance(nodes, list) else []


def _is_old(raw: Mapping[str, Any], registry: Mapping[str, NodeSpec]) -> bool:
    stated = _stated(raw)
    spec = registry.get(str(raw.get("type"))) if stated else None
    return spec is not None and spec.version != stated


def _stated(raw: Mapping[str, Any]) -> int | None:
    properties = raw.get("properties")
    return as_version(properties.get(VERSION)) if isinstance(properties, dict) else None


def _upgrade(raw: dict[str, Any], spec: NodeSpec, type: NodeType) -> set[str]:
    """Bring one node to the present version, in place; the ids of links that it has no use for any more."""
    node, version = read_node(raw), _stated(raw) or 1
    place = f"Node {node.id} ({node.title or type.title})"
    values, helpers = _values(node, f"{place} was saved for version {version} of {spec.id}")
    links = {slot.name: slot.link for slot in node.inputs if slot.link is not None}
    marks: dict[str, list[Any]] = {name: [f"link {link}", 0] for name, link in links.items()}
    inputs = of_present(spec, version, {name: wrap(value) for name, value in values.items()} | marks, place)
    names = {value[0].removeprefix("link "): name for name, value in inputs.items() if is_link(value)}
    template = template_of(type, {name: unwrap(value) for name, value in inputs.items() if not is_link(value)})
    raw["inputs"] = [_renamed(slot, names, template) for slot in raw.get("inputs") or () if isinstance(slot, dict)]
    raw["widgets_values"] = _listed(template, inputs, helpers)
    raw["properties"] = versioned(raw, type, template.widgets)["properties"]
    return set(links.values()) - set(names)


def _values(node: Node, place: str) -> tuple[dict[str, Any], list[Any]]:
    """The values of the inputs by name, and those of the helpers in order."""
    stored, names = stored_values(node.raw), node.properties.get(NAMES)
    if isinstance(names, list) and len(names) == len(stored.listed):
        pairs = list(zip(map(str, names), stored.listed, strict=True))
        values = {name: value for name, value in pairs if name}
        return {**values, **stored.named}, [value for name, value in pairs if not name]
    named = named_values(node)
    if stored.listed and not named:
        raise WorkflowError(
            f"{place}, and the file does not tell which value is whose. Note its values, and add the node anew."
        )
    return named, []


def _listed(template: Template, inputs: Mapping[str, Any], helpers: list[Any]) -> list[Any]:
    """The values of the present widgets. Helpers keep theirs if there are as many as before."""
    literals = {name: unwrap(value) for name, value in inputs.items() if not is_link(value)}
    present = [widget.default for widget in template.kept if not widget.in_prompt]
    supply = iter(helpers if len(helpers) == len(present) else present)
    values = [literals.get(w.name, w.default) if w.in_prompt else next(supply) for w in template.kept]
    return [None if value is UNDEFINED else value for value in values]


def _renamed(slot: dict[str, Any], names: Mapping[str, str], template: Template) -> dict[str, Any]:
    """A socket under its present name; one whose link is not wanted any more has none."""
    if slot.get("link") is None:
        return slot
    name = names.get(str(slot["link"]))
    if name is None:
        return {**slot, "link": None}
    declared = next((socket for socket in template.sockets if socket.name == name), None)
    widget = {"widget": {"name": name}} if declared is not None and declared.widget else {}
    return {**{key: value for key, value in slot.items() if key != "widget"}, "name": name, **widget}


def _drop_links(graph: Mapping[str, Any], ids: set[str]) -> None:
    if not ids:
        return
    links = graph.get("links")
    if isinstance(links, list):
        links[:] = [entry for entry in links if (link := read_link(entry)) is None or link.id not in ids]
    for raw in _nodes(graph):
        for output in raw.get("outputs") or ():
            if isinstance(output, dict) and isinstance(output.get("links"), list):
                output["links"] = [id for id in output["links"] if str(id) not in ids]
