"""Loops as expansions: the end of a loop asks for one more pass by adding its nodes again, with what is handed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphcore import GraphBuilder, Run, RunError
from graphcore.dynamic import DynamicPrompt
from graphcore.expand import GraphNode
from graphcore.prompt import is_link, links_of

STARTS = frozenset({"LoopStart", "ForEachStart"})


@dataclass(frozen=True, slots=True)
class Pass:
    """Where a loop stands: the number of the pass, from 0 on, and how many there may be."""

    index: int
    count: int

    @property
    def last(self) -> bool:
        """Whether no pass follows."""
        return self.index + 1 >= self.count


def add_pass(run: Run, graph: GraphBuilder, at: Pass) -> GraphNode:
    """Add the loop that ends with the node of this run once more to `graph`, for the next pass; its new end.

    The start gets what the end was given as 'value', and the next number. RunError if the wire 'loop' comes from
    anything but a start.
    """
    known, end = run.job.graph, run.node
    start = _start_of(known, end)
    copies = {id: _copy(known, graph, id) for id in [*_body(known, start, end), end]}
    for id, copy in copies.items():
        copy.inputs = {name: _wired(value, copies) for name, value in known.get_node(id)["inputs"].items()}
    carried = known.get_node(end)["inputs"].get("value")
    copies[start].inputs |= {"number": at.index + 1} | ({} if carried is None else {"value": carried})
    return copies[end]


def _start_of(known: DynamicPrompt, end: str) -> str:
    wire = known.get_node(end)["inputs"].get("loop")
    if is_link(wire) and known.get_node(wire[0])["class_type"] in STARTS:
        return str(wire[0])
    raise RunError("Wire 'loop' straight from 'Loop Start' or 'For Each Start' to the end of the loop.")


def _copy(known: DynamicPrompt, graph: GraphBuilder, id: str) -> GraphNode:
    copy = graph.node(known.get_node(id)["class_type"])
    copy.display = known.get_display_node_id(id)
    return copy


def _wired(value: object, copies: Mapping[str, GraphNode]) -> object:
    """An input of a copy: wires from inside the loop lead to the copies, those from outside stay."""
    if isinstance(value, list) and is_link(value) and value[0] in copies:
        return copies[value[0]].out(value[1])
    return value


def _body(known: DynamicPrompt, start: str, end: str) -> list[str]:
    """The start, what lies between it and the end, and what only hangs on these, such as a preview of each pass."""
    parents, parent = known.parents, known.get_parent_node_id(end)
    beside = [id for id in known.nodes if parents.get(id) == parent]
    above = _above(known, start, end)
    users = _users(known, {*beside, *above})
    between = _followed(users, [start]) & above | {start}
    hanging = {id for inside in between for id in users.get(inside, ()) if id not in above} - {end}
    hanging = (hanging | _followed(users, hanging)) - _followed(users, [end])
    return [*sorted(between.difference(beside)), *(id for id in beside if id in between or id in hanging)]


def _above(known: DynamicPrompt, start: str, end: str) -> set[str]:
    """Everything upstream of the end, but not beyond the start: there the passes before lie."""
    found, waiting = {start}, [end]
    while waiting:
        new = {source for _, source, _ in links_of(known.get_node(waiting.pop()))} - found
        found |= new
        waiting += new
    return found


def _users(known: DynamicPrompt, ids: Iterable[str]) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for id in ids:
        for _, source, _ in links_of(known.get_node(id)):
            users.setdefault(source, []).append(id)
    return users


def _followed(users: Mapping[str, Iterable[str]], first: Iterable[str]) -> set[str]:
    """Everything downstream of some nodes."""
    found: set[str] = set()
    waiting = list(first)
    while waiting:
        new = [id for id in users.get(waiting.pop(), ()) if id not in found]
        found.update(new)
        waiting += new
    return found
