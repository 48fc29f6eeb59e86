"""A prompt as a graph: order, what the wanted outputs need, and cycles by name, which networkx finds. Pure.

networkx takes longer to import than a small workflow takes to run, so it is imported by the functions that use it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from graphcore.prompt import links_of

if TYPE_CHECKING:
    import networkx as nx


def graph_of(prompt: Mapping[str, Mapping[str, Any]]) -> nx.DiGraph[str]:
    """Nodes of the prompt and its wires as edges source -> consumer; wires from unknown ids are left out."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(prompt)
    graph.add_edges_from(
        (source, id) for id, node in prompt.items() for _, source, _ in links_of(node) if source in prompt
    )
    return graph


def find_cycle(prompt: Mapping[str, Mapping[str, Any]], within: Collection[str] | None = None) -> list[str]:
    """The ids of one cycle, in wire order; empty if there is none. `within` restricts the search to those nodes."""
    import networkx as nx

    graph = graph_of(prompt)
    try:
        edges = nx.find_cycle(graph if within is None else graph.subgraph(within))
    except nx.NetworkXNoCycle:
        return []
    return [edge[0] for edge in edges]


def find_cycles(prompt: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """One cycle out of every knot of nodes that need one another, in the order of the prompt."""
    import networkx as nx

    graph = graph_of(prompt)
    place = {id: index for index, id in enumerate(prompt)}
    knots = [knot for knot in nx.strongly_connected_components(graph) if len(knot) > 1 or _is_loop(graph, knot)]
    return [
        [edge[0] for edge in nx.find_cycle(graph.subgraph(knot))]
        for knot in sorted(knots, key=lambda knot: min(place[id] for id in knot))
    ]


def _is_loop(graph: nx.DiGraph[str], knot: Collection[str]) -> bool:
    return all(graph.has_edge(id, id) for id in knot)


def order(prompt: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Every node after its sources, as near to the prompt's own order as that allows. Nodes on cycles are left out.

    Kahn's algorithm (1962). Written out, because it runs at the start of every run and importing networkx alone would
    cost more than all of it.
    """
    waiting: dict[str, int] = {}
    consumers: dict[str, list[str]] = {}
    for id, node in prompt.items():
        sources = {source for _, source, _ in links_of(node) if source in prompt}
        waiting[id] = len(sources)
        for source in sources:
            consumers.setdefault(source, []).append(id)
    ordered = [id for id, count in waiting.items() if not count]
    for id in ordered:  # grows while it is walked
        for consumer in consumers.get(id, ()):
            waiting[consumer] -= 1
            if not waiting[consumer]:
                ordered.append(consumer)
    return ordered


def tainted(prompt: Mapping[str, Mapping[str, Any]], bad: Collection[str]) -> set[str]:
    """The bad nodes and everything downstream of them."""
    if not bad:
        return set()
    consumers: dict[str, list[str]] = {}
    for id, node in prompt.items():
        for _, source, _ in links_of(node):
            consumers.setdefault(source, []).append(id)
    found = set(bad)
    stack = list(bad)
    while stack:
        for consumer in consumers.get(stack.pop(), ()):
            if consumer not in found:
                found.add(consumer)
                stack.append(consumer)
    return found


def needed(prompt: Mapping[str, Mapping[str, Any]], targets: Iterable[str]) -> dict[str, None]:
    """The targets and everything upstream of them, as an ordered set; unknown ids are left out."""
    found: dict[str, None] = {}
    stack = [target for target in targets if target in prompt]
    while stack:
        id = stack.pop()
        if id not in found:
            found[id] = None
            stack.extend(source for _, source, _ in links_of(prompt[id]) if source in prompt)
    return found
