"""List mapping: how the lists that reach a node spread over calls, and how the results of calls gather. Pure.

Every value travels as a list. n, the longest list, is the number of calls; shorter lists repeat their last item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphcore.node import Blocker, NodeSpec, Outcome
from graphcore.prompt import is_link

NOTHING = (None,)  # the list of a wire whose value is not there


def before_run(spec: NodeSpec, id: str, node: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """The list of every input of a prompt node while nothing runs yet, so without the values of wires."""
    inputs: dict[str, Sequence[Any]] = {}
    for name, value in node["inputs"].items():
        if is_link(value):
            inputs[name] = NOTHING
        elif spec.port(name) is not None:
            inputs[name] = [value]
    hidden = {} if spec.hidden is None else spec.hidden(id, None)
    return inputs | {name: [value] for name, value in hidden.items()}


def spread(spec: NodeSpec, inputs: Mapping[str, Sequence[Any]], least: int = 0) -> list[dict[str, Any]]:
    """The keyword arguments of every call, `least` or more of them.

    A node that gathers everything gets the lists as they are. Only empty lists: one call without those arguments. An
    empty list beside a longer one: IndexError, as there is no last item to repeat.
    """
    if spec.gathers:
        return [dict(inputs)]
    if spec.gathered:
        return _spread_some(spec.gathered, inputs, least)
    count = max(max((len(values) for values in inputs.values()), default=0), least)
    if count == 1:
        return [{name: values[-1] for name, values in inputs.items()}]
    if count == 0:
        return [{}]
    return [{name: _at(values, i) for name, values in inputs.items()} for i in range(count)]


def _at(values: Sequence[Any], index: int) -> Any:
    return values[index] if index < len(values) else values[-1]


def _spread_some(gathered: frozenset[str], inputs: Mapping[str, Sequence[Any]], least: int) -> list[dict[str, Any]]:
    mapped = {name: values for name, values in inputs.items() if name not in gathered}
    count = max(max((len(values) for values in mapped.values()), default=0), least)
    whole = {name: values for name, values in inputs.items() if name in gathered}
    if count == 0:
        return [whole]
    return [{name: _at(values, i) for name, values in mapped.items()} | whole for i in range(count)]


def blocker_in(spec: NodeSpec, arguments: Mapping[str, Any]) -> Blocker | None:
    """The first blocker among the arguments of a call, looking into gathered lists too."""
    for name, value in arguments.items():
        if isinstance(value, Blocker):
            return value
        if (spec.gathers or name in spec.gathered) and isinstance(value, list):
            for item in value:
                if isinstance(item, Blocker):
                    return item
    return None


def gather(spec: NodeSpec, outcomes: Sequence[Outcome]) -> tuple[list[Any], ...]:
    """The list of each output over all calls: appended, or concatenated where the output spreads.

    As many lists as a call gave values, which may differ from what a class declares; a blocker stands for all outputs.
    """
    lists = lists_for(spec, outcomes)
    for outcome in outcomes:
        append(spec, lists, outcome.values)
    return lists


def lists_for(spec: NodeSpec, outcomes: Sequence[Outcome]) -> tuple[list[Any], ...]:
    """An empty list for each output that any of the calls gave."""
    count = 0
    for outcome in outcomes:
        values = outcome.values
        count = max(count, len(spec.outputs) if isinstance(values, Blocker) else len(values))
    return tuple([[] for _ in range(count)])


def append(spec: NodeSpec, lists: tuple[list[Any], ...], values: tuple[Any, ...] | Blocker) -> None:
    """Add the values of one call to the lists of the outputs."""
    if isinstance(values, Blocker):
        for items in lists:
            items.append(values)
        return
    many = spec.many
    for index, value in enumerate(values):
        if index < len(many) and many[index] and not isinstance(value, Blocker):
            try:
                lists[index].extend(value)
            except TypeError:
                kind = type(value).__name__
                raise TypeError(f"its output {index} spreads a list, but what it returned there is a {kind}") from None
        else:
            lists[index].append(value)


def merge_ui(parts: Sequence[Mapping[str, Any] | None]) -> dict[str, Any] | None:
    """What several calls want shown, as one: the keys of the first, their lists one after the other."""
    shown = [part for part in parts if part]
    if not shown:
        return None
    return {name: [item for part in shown for item in part.get(name, ())] for name in shown[0]}
