"""What changed between two workflows, in words and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from graphcore.workflow.catalogue import Catalogue, as_catalogue
from graphcore.workflow.document import Workflow
from graphcore.workflow.facts import NodeFacts, facts_of_editor, facts_of_prompt
from graphcore.workflow.jsontext import dump

_MODES = {2: "muted", 4: "bypassed"}
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `kind` is node_added, node_removed, node_retyped, title, mode, value, link or moved.

    `before` and `after` are the values (JSON data), links as [source id, output index]; None where there is none.
    """

    kind: str
    node: str
    sentence: str
    input: str = ""
    before: Any = None
    after: Any = None

    def as_dict(self) -> dict[str, Any]:
        """The change as JSON data."""
        return asdict(self)


def diff(before: Workflow, after: Workflow, catalogue: Mapping[str, Any] | Catalogue | None = None) -> list[Change]:
    """Every difference, node by node. Workflows of different forms are compared as prompts.

    With a catalogue values are called by name; without, those of editor files are numbered.
    """
    known = as_catalogue(catalogue)
    if before.form == after.form == "editor":
        old, new = (facts_of_editor(workflow.document, known) for workflow in (before, after))
    else:
        old, new = (facts_of_prompt(workflow.prompt(known)) for workflow in (before, after))
    return list(_changes(old, new))


def _changes(old: Mapping[str, NodeFacts], new: Mapping[str, NodeFacts]) -> Iterator[Change]:
    for id, node in old.items():
        if id not in new:
            yield Change("node_removed", id, f"Removed {node.label}.", before=node.type)
    for id, node in new.items():
        if id not in old:
            yield Change("node_added", id, f"Added {node.label}.", after=node.type)
            continue
        yield from _node_changes(old[id], node, new)
    moved = [id for id, node in new.items() if id in old and node.place != old[id].place]
    if moved:
        nodes = "1 node" if len(moved) == 1 else f"{len(moved)} nodes"
        yield Change("moved", "", f"Moved or resized {nodes}.", after=moved)


def _node_changes(old: NodeFacts, new: NodeFacts, nodes: Mapping[str, NodeFacts]) -> Iterator[Change]:
    label = new.label[0].upper() + new.label[1:]
    if old.type != new.type:
        yield Change("node_retyped", new.id, f"{label} was of type {old.type}, now {new.type}.", "", old.type, new.type)
    elif old.title != new.title:
        yield Change(
            "title", new.id, f"Node {new.id} is now called '{new.title}', was '{old.title}'.", "", old.title, new.title
        )
    if old.mode != new.mode:
        now = _MODES.get(new.mode, f"active, was {_MODES.get(old.mode, 'in another mode')}")
        yield Change("mode", new.id, f"{label} is now {now}.", "", old.mode, new.mode)
    for name in dict.fromkeys([*old.values, *new.values]):
        before, after = old.values.get(name), new.values.get(name)
        # Compared as text: true and 1 differ, and NaN equals itself.
        if dump(before) != dump(after) or (name in old.values) != (name in new.values):
            sentence = f"{label}: {name} {_short(before)} -> {_short(after)}."
            yield Change("value", new.id, sentence, name, before, after)
    for name in dict.fromkeys([*old.links, *new.links]):
        if old.links.get(name) != new.links.get(name):
            yield _link_change(label, old, new, name, nodes)


def _link_change(label: str, old: NodeFacts, new: NodeFacts, name: str, nodes: Mapping[str, NodeFacts]) -> Change:
    before, after = old.links.get(name), new.links.get(name)
    if after is None:
        sentence = f"{label}: input {name} is no longer linked."
    else:
        source = nodes[after[0]].label if after[0] in nodes else f"node {after[0]}"
        verb = "is now linked to" if before is None else f"was linked to node {before[0]} output {before[1]}, now to"
        sentence = f"{label}: input {name} {verb} {source} output {after[1]}."
    return Change("link", new.id, sentence, name, list(before) if before else None, list(after) if after else None)


def _short(value: Any) -> str:
    text = dump(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
