"""Results live as long as somebody needs them, and no longer."""

from __future__ import annotations

import contextlib
import gc
import weakref
from typing import Annotated, Any

from graphcore import Expand, Expansion, Lazy, NodeFailed, Pack, Run, Socket
from graphcore.cache import MemoryCache, NoCache
from tests.graphcore.kit import Bench, node, wire


class Block:
    """Stands for something large."""


Large = Annotated[Block, Socket("LARGE")]
PACK = Pack("large", namespace=False)
LIVING: list[weakref.ref[Block]] = []
COUNTS: list[int] = []


def living() -> int:
    return sum(reference() is not None for reference in LIVING)


@PACK.node(volatile=True)
def make(n: int) -> Large:
    block = Block()
    LIVING.append(weakref.ref(block))
    COUNTS.append(living())
    return block


@PACK.node(volatile=True)
def change(block: Large) -> Large:
    return make(0)


@PACK.node(output=True, volatile=True)
def count(block: Large) -> None:
    COUNTS.append(living())


@PACK.node(volatile=True)
def late(block: Large, after: Large, *, run: Run) -> Expand[Large]:
    """Names a node of the workflow that nobody else needs any more."""
    return Expansion({f"{run.node}.i": node("change", block=wire("first"))}, (wire(f"{run.node}.i"),))


def run(prompt: dict[str, Any], *keep: str, **options: Any) -> Any:
    LIVING.clear()
    COUNTS.clear()
    return Bench(NoCache(), more=PACK).run(prompt, *keep, **options)


def chain(length: int) -> dict[str, Any]:
    nodes = {"0": node("make", n=1)} | {str(i): node("change", block=wire(str(i - 1))) for i in range(1, length)}
    return nodes | {"end": node("count", block=wire(str(length - 1)))}


def test_a_chain_holds_two_results_at_most() -> None:
    run(chain(20))
    assert max(COUNTS) == 2
    assert COUNTS[-1] == 1
    gc.collect()
    assert living() == 0


def test_what_is_asked_for_is_kept() -> None:
    result = run(chain(5), "1", "3")
    gc.collect()
    assert living() == 2
    assert all(isinstance(values[0][0], Block) for values in result.values.values())


def test_a_result_with_two_consumers_waits_for_both() -> None:
    run(chain(3) | {"other": node("count", block=wire("0"))})
    gc.collect()
    assert living() == 0


def test_a_result_that_is_named_late_is_made_again() -> None:
    prompt = {
        "first": node("make", n=1), "b": node("change", block=wire("first")), "c": node("change", block=wire("b")),
        "l": node("late", block=wire("c"), after=wire("c")), "end": node("count", block=wire("l")),
    }  # fmt: skip
    run(prompt)
    assert len(LIVING) == 5, "first, b, c, first again, and the inner one"


def test_a_cache_that_declines_does_not_keep_results_alive() -> None:
    class Heavy(Block):
        nbytes = 100_000

    pack = Pack("heavy", namespace=False)
    made: list[weakref.ref[Heavy]] = []

    @pack.node()
    def heavy(n: int) -> Large:
        block = Heavy()
        made.append(weakref.ref(block))
        return block

    @pack.node(output=True)
    def see(block: Large) -> None: ...

    cache = MemoryCache(budget=150_000)
    bench = Bench(cache, more=pack)
    bench.run({"h": node("heavy", n=1), "s": node("see", block=wire("h"))})
    bench.run({"h": node("heavy", n=2), "s": node("see", block=wire("h"))})
    gc.collect()
    assert [reference() is not None for reference in made] == [False, True]
    assert cache.used <= 150_000


def test_a_failed_run_lets_go_of_everything() -> None:
    pack = Pack("bad", namespace=False)

    @pack.node()
    def bad(block: Large) -> Large:
        raise ValueError("no")

    LIVING.clear()
    COUNTS.clear()
    bench = Bench(NoCache(), more=PACK)
    bench.engine.registry = {**bench.registry, **pack.nodes}
    with contextlib.suppress(NodeFailed):
        bench.run({"m": node("make", n=1), "b": node("bad", block=wire("m")), "s": node("count", block=wire("b"))})
    assert COUNTS == [1]
    gc.collect()
    assert living() == 0


def test_a_node_that_expanded_can_be_made_again() -> None:
    prompt = {
        "n": node("const", value=2), "loop": node("loop", n=wire("n"), total=0),
        "late": node("add", a=wire("loop"), b=0), "first": node("add", a=wire("loop"), b=10),
        "c": node("picks", first=wire("first"), a=wire("late")), "s": node("show", value=wire("c")),
    }  # fmt: skip
    pack = Pack("more", namespace=False)

    @pack.node()
    async def picks(first: int, a: Lazy[int]) -> int:
        return first + await a

    bench = Bench(NoCache(), more=pack)
    assert bench.run(prompt).ui["s"] == {"value": [14]}
    assert bench.calls["loop"] == 6, "its result was released before it was asked for again"


def test_what_would_differ_if_made_again_is_held_for_who_may_ask() -> None:
    pack = Pack("more", namespace=False)

    @pack.node()
    async def picks(first: int, a: Lazy[int]) -> int:
        return (await a) - first

    prompt = {
        "t": node("tick"), "now": node("add", a=wire("t"), b=0), "late": node("add", a=wire("t"), b=0),
        "later": node("add", a=wire("late"), b=0), "c": node("picks", first=wire("now"), a=wire("later")),
        "s": node("show", value=wire("c")),
    }  # fmt: skip
    for cache in (NoCache(), MemoryCache()):
        bench = Bench(cache, more=pack)
        assert bench.run(prompt).ui["s"] == {"value": [0]}
        assert bench.calls["tick"] == 1


def test_a_node_that_expands_otherwise_the_second_time_runs_its_new_graph() -> None:
    pack, rounds = Pack("more", namespace=False), []

    @pack.node()
    def fickle(n: int, *, run: Run) -> Expand[int]:
        rounds.append(n)
        graph = run.graph()
        return graph.result(graph.node("add", a=len(rounds), b=n).out())

    @pack.node()
    async def picks(first: int, a: Lazy[int]) -> int:
        return 100 * first + await a

    prompt = {
        "f": node("fickle", n=0), "late": node("add", a=wire("f"), b=0), "first": node("add", a=wire("f"), b=1),
        "c": node("picks", first=wire("first"), a=wire("late")), "s": node("show", value=wire("c")),
    }  # fmt: skip
    assert Bench(NoCache(), more=pack).run(prompt).ui["s"] == {"value": [202]}
