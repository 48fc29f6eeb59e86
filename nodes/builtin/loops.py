"""Loops: what lies between a start and an end runs again and again, one pass after the other.

Lists spread by themselves; a loop is for what one pass hands on to the next. The end of a loop expands into the nodes
of its next pass, so every pass is cached, shown and cancelled like any other part of a workflow.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from graphcore import Expand, Many, Range, Run, RunError, Socket
from nodes.builtin.pack import pack
from nodes.values.loops import Pass, add_pass

MAX_PASSES = 10_000
Loop = Annotated[Pass, Socket("LOOP")]
Number = Annotated[int, Range(0, MAX_PASSES)]


class Started(NamedTuple):
    """One pass: the loop, what the pass before handed on, and the number of the pass."""

    loop: Loop
    value: Many[Any]
    number: int


class ItemStarted(NamedTuple):
    """One pass over a list: the loop, the item, what the pass before handed on, and the number of the item."""

    loop: Loop
    item: Any
    value: Many[Any]
    number: int


class Collected(NamedTuple):
    """What the last pass handed on, and the results of all passes."""

    value: Many[Any]
    results: Many[Any]


class Ended(NamedTuple):
    """What the last pass handed on, and how many there were."""

    value: Many[Any]
    passes: int


@pack.node(id="LoopStart", title="Loop Start", category="utils/logic")
def loop_start(
    times: Annotated[int, Range(1, MAX_PASSES)] = 4, value: Many[Any] | None = None, number: Number = 0
) -> Started:
    """Begin a loop of so many passes, or of that many at most; what its end is given as value comes out here again.

    Args:
        times: passes in all; for 'While End' the most there may be.
        value: what the first pass begins with.
        number: the number of the first pass.
    """
    return Started(Pass(number, times), [None] if value is None else value, number)


@pack.node(id="ForEachStart", title="For Each Start", category="utils/logic")
def for_each_start(items: Many[Any], value: Many[Any] | None = None, number: Number = 0) -> ItemStarted:
    """Begin a loop that takes the items of a list one after the other.

    Args:
        value: what the first pass begins with.
        number: the number of the first item to take.
    """
    if number >= len(items):
        raise RunError(f"There is no item {number} in a list of {len(items)} to begin with.")
    return ItemStarted(Pass(number, len(items)), items[number], [None] if value is None else value, number)


@pack.node(id="LoopEnd", title="Loop End", category="utils/logic", explores=True)
def loop_end(loop: Loop, value: Many[Any], *, run: Run) -> Expand[Many[Any]]:
    """End a loop: hand the value on to its next pass; the last one gives it out."""
    if loop.last:
        return value
    graph = run.graph()
    return graph.result(add_pass(run, graph, loop).out())


@pack.node(id="ForEachEnd", title="For Each End", category="utils/logic", explores=True)
def for_each_end(
    loop: Loop, result: Many[Any] | None = None, value: Many[Any] | None = None, *, run: Run
) -> Expand[Collected]:
    """End a loop and collect the results of all its passes; the value is handed on from pass to pass.

    Args:
        result: what this pass adds to the results.
        value: what the next pass begins with.
    """
    results = [] if result is None else result
    if loop.last:
        return Collected([None] if value is None else value, results)
    graph = run.graph()
    end = add_pass(run, graph, loop)
    mine = run.job.graph.get_node(run.node)["inputs"].get("result")
    joined = end.out(1) if mine is None else graph.node("ListJoin", first=mine, second=end.out(1)).out()
    return graph.result(end.out(0), joined)


@pack.node(id="WhileEnd", title="While End", category="utils/logic", explores=True)
def while_end(loop: Loop, value: Many[Any], again: Many[bool], *, run: Run) -> Expand[Ended]:
    """End a loop that goes on while 'again' is true, but not beyond the passes that its start allows."""
    if loop.last or not any(again):
        return Ended(value, loop.index + 1)
    graph = run.graph()
    end = add_pass(run, graph, loop)
    return graph.result(end.out(0), end.out(1))
