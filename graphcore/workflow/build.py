"""Prompt form to editor form: nodes with sockets and widgets, wired and laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphcore.prompt import is_link
from graphcore.workflow.api import inputs_of, links_of, unwrap
from graphcore.workflow.catalogue import Catalogue, as_catalogue
from graphcore.workflow.editor import Slot
from graphcore.workflow.layout import place
from graphcore.workflow.sizes import estimated_size
from graphcore.workflow.upgrade import versioned
from graphcore.workflow.widgets import UNDEFINED, Template, template_of


def to_editor(
    prompt: Mapping[str, Mapping[str, Any]], catalogue: Mapping[str, Any] | Catalogue | None
) -> dict[str, Any]:
    """The editor form (schema 0.4, which every editor reads) of a prompt.

    Values, links, ids and titles are kept, so that converting back gives the same prompt. Nodes that the catalogue
    does not have keep their values by name. Inputs that a node type does not declare survive when they are linked.
    """
    known = as_catalogue(catalogue)
    drafts = {id: _draft(id, node, known) for id, node in prompt.items()}
    links = _connect(prompt, drafts)
    sizes = {id: draft.size() for id, draft in drafts.items()}
    places = place(sizes, [(source, target) for target, _, source, _ in links_of(prompt)])
    nodes = [draft.node(i, places[draft.id], sizes[draft.id]) for i, draft in enumerate(drafts.values())]
    return {
        "last_node_id": max((node["id"] for node in nodes if isinstance(node["id"], int)), default=0),
        "last_link_id": len(links),
        "nodes": nodes,
        "links": links,
        "groups": [],
        "config": {},
        "extra": {},
        "version": 0.4,
    }


@dataclass(slots=True)
class _Draft:
    id: str
    type: str
    title: str
    default_title: str
    template: Template | None
    values: list[Any] | dict[str, Any]
    sockets: list[Slot]
    outputs: list[tuple[str, str]]
    inputs: list[dict[str, Any]] = field(default_factory=list)
    links_out: dict[int, list[int]] = field(default_factory=dict)

    def size(self) -> tuple[float, float]:
        values: Sequence[Any] = list(self.values.values()) if isinstance(self.values, dict) else self.values
        return estimated_size(
            self.title,
            [slot["name"] for slot in self.inputs],
            [name for name, _ in self.outputs],
            self.template,
            values,
        )

    def node(self, order: int, place: tuple[float, float], size: tuple[float, float]) -> Mapping[str, Any]:
        kept = self.values
        if self.template is not None:
            pairs = zip(self.template.widgets, self.values, strict=True)
            kept = [None if value is UNDEFINED else value for widget, value in pairs if widget.in_values]
        node: dict[str, Any] = {
            "id": _editor_id(self.id),
            "type": self.type,
            "pos": list(place),
            "size": list(size),
            "flags": {},
            "order": order,
            "mode": 0,
            "inputs": self.inputs,
            "outputs": [
                {"name": name, "type": type, "links": self.links_out.get(i)}
                for i, (name, type) in enumerate(self.outputs)
            ],
            "properties": {"Node name for S&R": self.type},
            "widgets_values": kept,
        }
        node |= {} if self.title == self.default_title else {"title": self.title}
        return node if self.template is None else versioned(node, self.template.type, self.template.widgets)


def _draft(id: str, node: Mapping[str, Any], catalogue: Catalogue) -> _Draft:
    class_type = str(node.get("class_type", ""))
    type = catalogue.get(class_type)
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, Mapping) else None
    literals = {name: unwrap(value) for name, value in inputs_of(node).items() if not is_link(value)}
    linked = [name for name, value in inputs_of(node).items() if is_link(value)]
    if type is None:
        sockets = [Slot(name, "*", None) for name in linked]
        return _Draft(id, class_type, str(title or class_type), class_type, None, literals, sockets, [])
    template = template_of(type, literals)
    values = [literals.get(w.name, w.default) if w.in_prompt else w.default for w in template.widgets]
    declared = {slot.name for slot in template.sockets}
    sockets = [*template.sockets, *(Slot(name, "*", None) for name in linked if name not in declared)]
    outputs = list(zip(type.output_names, type.outputs, strict=True))
    return _Draft(id, class_type, str(title or type.title), type.title, template, values, sockets, outputs)


def _connect(prompt: Mapping[str, Mapping[str, Any]], drafts: Mapping[str, _Draft]) -> list[list[Any]]:
    """Give the drafts their sockets; returns the links. Unlinked sockets of widgets are left out, as in saved files."""
    links: list[list[Any]] = []
    for draft in drafts.values():
        inputs = inputs_of(prompt[draft.id])
        for slot in draft.sockets:
            value = inputs.get(slot.name)
            source = drafts.get(value[0]) if is_link(value) and value is not None else None
            if source is None and slot.widget:
                continue
            entry: dict[str, Any] = {"name": slot.name, "type": slot.type, "link": None}
            entry |= {"widget": {"name": slot.widget}} if slot.widget else {}
            if source is not None and value is not None:
                entry["link"] = len(links) + 1
                links.append(_link(entry["link"], source, int(value[1]), draft, len(draft.inputs)))
            draft.inputs.append(entry)
    return links


def _link(id: int, source: _Draft, output: int, target: _Draft, slot: int) -> list[Any]:
    while source.template is None and len(source.outputs) <= output:
        source.outputs.append((f"output {len(source.outputs)}", "*"))
    source.links_out.setdefault(output, []).append(id)
    type = source.outputs[output][1] if 0 <= output < len(source.outputs) else "*"
    return [id, _editor_id(source.id), output, _editor_id(target.id), slot, type]


def _editor_id(id: str) -> int | str:
    """Editors number their nodes; ids that are no plain number stay text."""
    return int(id) if id.isascii() and id.isdigit() and (id == "0" or id[0] != "0") and len(id) < 10 else id
