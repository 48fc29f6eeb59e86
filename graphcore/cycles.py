"""Cycles that only show while a run goes on: an expansion that needs the node it stands for. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from graphcore.errors import GraphcoreError, NodeFailed
from graphcore.graph import find_cycle
from graphcore.tasks import Task


def deadlock(tasks: Mapping[str, Task]) -> NodeFailed | None:
    """The failure to report if unfinished tasks wait for one another in a circle."""
    waits: dict[str, list[str]] = {id: [] for id, task in tasks.items() if not task.done}
    for id in waits:
        waits[id] += [source.id for source in tasks[id].asked if not source.done]
        for consumer in tasks[id].consumers:
            waits[consumer.id].append(id)
    cycle = find_cycle({id: {"inputs": {str(i): [s, 0] for i, s in enumerate(ids)}} for id, ids in waits.items()})
    if not cycle:
        return None
    inner = next((tasks[id] for id in cycle if tasks[id].parent), tasks[cycle[0]])
    shown = tasks.get(inner.display, inner)
    names = " -> ".join([*cycle, cycle[0]])
    cause = GraphcoreError(f"Its expansion made a cycle ({names}); a node cannot need its own result.")
    return NodeFailed(shown.id, shown.title, shown.spec.id, cause)
