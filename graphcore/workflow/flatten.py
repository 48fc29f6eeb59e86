"""From nested graphs to one list of nodes with ids that are paths: `12:5:8`."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphcore.errors import WorkflowError
from graphcore.workflow.editor import BYPASSED, MUTED, Graph, Node
from graphcore.workflow.shape import Model
from graphcore.workflow.subgraph import Definition

MAX_DEPTH = 1000
MAX_NODES = 200_000


@dataclass(eq=False, slots=True)
class Scope:
    """One occurrence of a graph: the root, or the inside of one instance."""

    graph: Graph
    prefix: str = ""
    parent: Scope | None = None
    instance: Node | None = None
    definition: Definition | None = None
    off: bool = False
    """Whether an instance around it is muted or bypassed, so that nothing in it runs."""
    values: dict[str, Any] = field(default_factory=dict)
    inner_values: dict[str, dict[str, Any]] = field(default_factory=dict)
    children: dict[str, Scope] = field(default_factory=dict)
    path: frozenset[str] = frozenset()

    def id_of(self, node: Node) -> str:
        """The id of a node in the prompt."""
        return self.prefix + node.id


def flatten(model: Model) -> list[tuple[Scope, Node]]:
    """Every node in every occurrence, an instance before what is inside it.

    The root level comes in an order in which it could run, inner levels as the file lists them: the order of keys in
    the prompts of the stock editor, which breaks ties when an engine schedules.
    Raises WorkflowError for a subgraph inside itself, and when instances multiply beyond what can be meant.
    """
    records: list[tuple[Scope, Node]] = []
    root = Scope(model.root)
    pending: list[Iterator[tuple[Scope, Node]]] = [((root, node) for node in execution_order(model.root))]
    while pending:
        step = next(pending[-1], None)
        if step is None:
            pending.pop()
            continue
        scope, node = step
        records.append(step)
        if len(records) > MAX_NODES:
            raise WorkflowError(f"The subgraphs unfold to more than {MAX_NODES:,} nodes; use fewer nested instances.")
        definition = model.definition_of(node)
        if definition is not None:
            pending.append(_walk(_enter(scope, node, definition, model)))
            if len(pending) > MAX_DEPTH:
                raise WorkflowError(f"Subgraphs are nested more than {MAX_DEPTH} levels deep; flatten some of them.")
    return records


def _walk(scope: Scope) -> Iterator[tuple[Scope, Node]]:
    return ((scope, node) for node in scope.graph.nodes.values())


def _enter(scope: Scope, node: Node, definition: Definition, model: Model) -> Scope:
    if definition.id in scope.path:
        raise WorkflowError(
            f"Subgraph '{definition.name}' contains itself (through node {scope.id_of(node)}); remove that instance."
        )
    values = model.instance_values(node, definition)
    child = Scope(
        definition.graph,
        prefix=f"{scope.id_of(node)}:",
        parent=scope,
        instance=node,
        definition=definition,
        off=scope.off or node.mode in (MUTED, BYPASSED),
        values=values.inputs | model.pushed.get(node, {}),
        inner_values=values.inner,
        path=scope.path | {definition.id},
    )
    scope.children[node.id] = child
    return child


def execution_order(graph: Graph) -> list[Node]:
    """Nodes with sources first; where that leaves a choice, and in circles, as the file lists them."""
    nodes = list(graph.nodes.values())
    index = {node.id: i for i, node in enumerate(nodes)}
    waiting = [0] * len(nodes)
    targets: list[list[int]] = [[] for _ in nodes]
    for i, node in enumerate(nodes):
        for slot in node.inputs:
            link = graph.links.get(slot.link) if slot.link is not None else None
            if link is not None and link.origin in index:
                targets[index[link.origin]].append(i)
                waiting[i] += 1
    ready = [i for i, count in enumerate(waiting) if not count]
    order: list[int] = []
    while ready:
        i = heapq.heappop(ready)
        order.append(i)
        for target in targets[i]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, target)
    order += sorted(set(range(len(nodes))) - set(order)) if len(order) < len(nodes) else []
    return [nodes[i] for i in order]
