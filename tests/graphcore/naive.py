"""A naive interpreter of prompts: what results should be, written as plainly as can be. The engine is held against it.

It recurses, keeps nothing, and knows no scheduling. A value that is a blocker is `BLOCKED`; a failure is an exception.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from graphcore import Blocker, Expand, Lazy, Many, Pack, Run
from graphcore.prompt import is_link

BLOCKED = "blocked"
Lists = tuple[list[Any], ...]


def make_pack() -> Pack:
    """The nodes that random graphs are made of; `evaluate` knows what each should give."""
    pack = Pack("random", namespace=False)

    @pack.node()
    def const(value: int) -> int:
        return value

    @pack.node(volatile=True)
    def volatile(value: int) -> int:
        return value

    @pack.node()
    def add(a: int, b: int) -> int:
        return a + b

    @pack.node()
    def spread(value: int, count: int) -> Many[int]:
        return [value + i for i in range(count % 4)]

    @pack.node()
    def split(value: int) -> tuple[int, Many[int]]:
        return value, [value, value + 1]

    @pack.node()
    def total(items: Many[int], plus: int) -> int:
        return sum(items) + plus

    @pack.node()
    def sum_all(*items: int) -> int:
        return sum(items)

    @pack.node()
    def block(value: int) -> int | Blocker:
        return Blocker("divisible by three") if value % 3 == 0 else value

    @pack.node()
    def picky(value: int) -> int:
        if value % 7 == 6:
            raise ValueError("six of seven")
        return value

    @pack.node()
    async def choose(first: int, a: Lazy[int], b: Lazy[int]) -> int:
        return await (a if first % 2 else b)

    @pack.node()
    async def pause(value: int) -> int:
        await asyncio.sleep(0)
        return value

    @pack.node(lane="io")
    def store(value: int) -> int:
        return value

    @pack.node()
    def grow(value: int, *, run: Run) -> Expand[int]:
        if value % 2 == 0:
            return value
        graph = run.graph()
        inner = graph.node("split", value=value)
        if value % 5 == 0:
            return graph.result(graph.node("block", value=inner.out(1)).out())
        return graph.result(graph.node("pause", value=inner.out(1)).out())

    @pack.node()
    def loop(n: int, total: int, *, run: Run) -> Expand[int]:
        if n % 4 == 0:
            return total
        graph = run.graph()
        more = graph.node("add", a=total, b=1)
        return graph.result(graph.node("loop", n=n % 4 - 1, total=more.out()).out())

    @pack.node(output=True)
    def show(value: int, *, run: Run) -> None:
        run.show(value=[value])

    return pack


def evaluate(prompt: Mapping[str, Any], id: str) -> Lists:
    """The list of every output of a node."""
    node = prompt[id]
    kind = node["class_type"]

    def lists(name: str) -> list[Any]:
        value = node["inputs"][name]
        return evaluate(prompt, value[0])[int(value[1])] if is_link(value) else [value]

    if kind == "choose":
        return ([*_choose(lists)],)
    if kind == "total":
        return _total(lists("items"), lists("plus"))
    names = sorted(node["inputs"])
    inputs = {name: lists(name) for name in names}
    outputs: Lists = tuple([] for _ in range({"split": 2, "show": 0}.get(kind, 1)))
    count = max((len(values) for values in inputs.values()), default=0)
    if inputs and not count:
        if kind == "sum_all":
            return ([0],)
        raise ValueError("called without arguments")
    for i in range(count or 1):
        arguments = {name: values[i] if i < len(values) else values[-1] for name, values in inputs.items()}
        if BLOCKED in arguments.values():
            for items in outputs:
                items.append(BLOCKED)
        else:
            for items, new in zip(outputs, PLAIN[kind](**arguments), strict=True):
                items.extend(new)
    return outputs


def _choose(lists: Callable[[str], list[Any]]) -> list[Any]:
    firsts, found, i = lists("first"), [], 0
    count = len(firsts)
    while i < count or i == 0:
        first = firsts[i] if i < len(firsts) else firsts[-1]
        if first == BLOCKED:
            found.append(BLOCKED)
        else:
            values = lists("a" if first % 2 else "b")
            count = max(count, len(values))
            found.append(values[min(i, len(values) - 1)])
        i += 1
    return found


def _total(items: list[Any], plus: list[Any]) -> Lists:
    if not plus:
        raise ValueError("called without plus")
    return ([BLOCKED if BLOCKED in items or one == BLOCKED else sum(items) + one for one in plus],)


def _block(value: int) -> Any:
    return BLOCKED if value % 3 == 0 else value


def _picky(value: int) -> Lists:
    if value % 7 == 6:
        raise ValueError("six of seven")
    return ([value],)


def _grow(value: int) -> Lists:
    if value % 2 == 0:
        return ([value],)
    pair = [value, value + 1]
    return ([_block(item) for item in pair],) if value % 5 == 0 else (pair,)


# kind -> what one call gives, as lists to append
PLAIN: dict[str, Callable[..., Lists]] = {
    "const": lambda value: ([value],),
    "volatile": lambda value: ([value],),
    "add": lambda a, b: ([a + b],),
    "spread": lambda value, count: ([value + i for i in range(count % 4)],),
    "split": lambda value: ([value], [value, value + 1]),
    "sum_all": lambda **items: ([sum(items.values())],),
    "block": lambda value: ([_block(value)],),
    "picky": _picky,
    "pause": lambda value: ([value],),
    "store": lambda value: ([value],),
    "grow": _grow,
    "loop": lambda n, total: ([total + n % 4],),
    "show": lambda value: (),
}
INPUTS = {
    "const": ["value"], "volatile": ["value"], "add": ["a", "b"], "spread": ["value", "count"], "split": ["value"],
    "total": ["items", "plus"], "sum_all": ["items.0", "items.1", "items.2"], "block": ["value"], "picky": ["value"],
    "choose": ["first", "a", "b"], "pause": ["value"], "store": ["value"], "grow": ["value"], "loop": ["n", "total"],
}  # fmt: skip
