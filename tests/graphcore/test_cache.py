"""What each policy keeps, and for how long."""

from __future__ import annotations

import math
import threading
from typing import Any

import pytest

from graphcore import Pack
from graphcore.cache import OBJECT, Cache, ClassicCache, CountCache, Entry, MemoryCache, NoCache, sizes_of
from tests.graphcore.kit import Bench, node, wire

A, B, C, D = b"a", b"b", b"c", b"d"


def entry(*values: Any) -> Entry:
    return Entry((list(values),))


def about(used: int, size: int) -> bool:
    """Whether so many bytes are in use, give or take what it costs to keep a few entries."""
    return size <= used < size + 5_000


class Blob:
    """A value of a known size."""

    def __init__(self, size: int):
        self.nbytes = size


class Storage:
    def __init__(self, pointer: int, size: int):
        self.pointer, self.size = pointer, size

    def data_ptr(self) -> int:
        return self.pointer

    def nbytes(self) -> int:
        return self.size


class View:
    """A tensor: a view of a storage."""

    def __init__(self, storage: Storage):
        self.storage = storage

    def untyped_storage(self) -> Storage:
        return self.storage


class Handle:
    def __init__(self, blocks: dict[int, int]):
        self.blocks = blocks

    def memory_blocks(self) -> dict[int, int]:
        return self.blocks


def test_no_cache_keeps_nothing() -> None:
    cache = NoCache()
    cache.put(A, entry(1))
    assert cache.get(A) is None
    assert A not in cache
    cache.begin([A])
    cache.relieve()
    cache.clear()


@pytest.mark.parametrize("make", [ClassicCache, lambda: CountCache(9), MemoryCache])
def test_what_is_put_can_be_got_until_it_is_let_go(make: Any) -> None:
    cache: Cache = make()
    kept = entry(1)
    cache.begin([A])
    assert A not in cache
    assert cache.get(A) is None
    cache.put(A, kept)
    assert A in cache
    assert cache.get(A) is kept  # H030: no copy
    cache.relieve()
    assert A not in cache
    cache.put(A, kept)
    cache.clear()
    assert cache.get(A) is None


def test_classic_keeps_what_the_latest_run_involved() -> None:
    cache = ClassicCache()
    cache.begin([A, B])
    cache.put(A, entry(1))
    cache.put(B, entry(2))
    cache.begin([B, C])
    assert (A in cache, B in cache) == (False, True)


def test_count_lets_whole_runs_go_oldest_first() -> None:  # H021
    cache = CountCache(3)
    for keys in ([A, B], [C], [D]):
        cache.begin(keys)
        for key in keys:
            cache.put(key, entry(key))
    assert [key in cache for key in (A, B, C, D)] == [True] * 4, "during a run nothing goes"
    cache.begin([])
    assert [key in cache for key in (A, B, C, D)] == [False, False, True, True]


def test_count_goes_by_the_last_use() -> None:
    cache = CountCache(1)
    cache.begin([A])
    cache.put(A, entry(1))
    cache.begin([B])
    cache.put(B, entry(2))
    cache.begin([A])  # involves A: it counts as just used
    assert (A in cache, B in cache) == (True, False) or A in cache
    cache = CountCache(2)
    for key in (A, B, C):
        cache.begin([])
        cache.put(key, entry(key))
        if key == B:
            cache.get(A)
    cache.begin([])
    assert (A in cache, B in cache, C in cache) == (False, False, True)


def test_memory_drops_the_least_recently_used() -> None:
    cache = MemoryCache(budget=250_000)
    cache.put(A, entry(Blob(100_000)))
    cache.put(B, entry(Blob(100_000)))
    cache.get(A)
    assert B in cache, "asking whether it is there is no use"
    cache.put(C, entry(Blob(100_000)))
    assert (A in cache, B in cache, C in cache) == (True, False, True)
    assert about(cache.used, 200_000)


def test_memory_does_not_keep_what_exceeds_the_budget_alone() -> None:
    cache = MemoryCache(budget=250_000)
    cache.put(A, entry(Blob(100_000)))
    cache.put(B, entry(Blob(250_001)))
    assert (A in cache, B in cache, about(cache.used, 100_000)) == (True, False, True)


def test_memory_counts_shared_storage_once() -> None:
    storage = Storage(1, 200_000)
    cache = MemoryCache(budget=250_000)
    cache.put(A, entry(View(storage)))
    cache.put(B, entry(View(storage), View(storage)))
    assert about(cache.used, 200_000)
    cache.put(A, entry(Blob(40_000)))
    assert about(cache.used, 240_000)
    cache.put(C, entry(Blob(60_000)))
    assert (B in cache, about(cache.used, 100_000)) == (False, True)
    cache.clear()
    assert cache.used == 0


def test_memory_replaces_under_one_key() -> None:
    cache = MemoryCache(budget=250_000)
    cache.put(A, entry(Blob(200_000)))
    cache.put(A, entry(Blob(150_000)))
    assert about(cache.used, 150_000)


def test_sizes_are_found_in_any_value() -> None:
    shared, handle, view, other = Blob(7), Handle({1: 10, 2: 20}), View(Storage(5, 6)), object()
    ring: list[Any] = [shared, handle, view, other]
    ring.append(ring)
    text, long = "text", b"x" * 10_000
    value = Entry(([{"a": shared, "b": (shared, {1})}, ring, None, 5, 1.5, True], [text, long]), {"ui": [Blob(3)]})
    own, blocks = sizes_of(value)
    assert sorted(blocks.values()) == sorted([7, 10, 20, 6, OBJECT, 10_000, 3])
    assert {1: 10, 2: 20, 5: 6, id(other): OBJECT, id(long): 10_000}.items() <= blocks.items()
    assert 700 < own < 1_500


def test_small_results_count_too() -> None:
    cache = MemoryCache(budget=100_000)
    for number in range(1_000):
        cache.put(number.to_bytes(4, "big"), entry(number, number + 0.5))
    kept = sum(number.to_bytes(4, "big") in cache for number in range(1_000))
    assert 50 < kept < 150


def test_memory_is_safe_between_threads() -> None:
    cache = MemoryCache(budget=20_000)

    def work(seed: int) -> None:
        for i in range(500):
            key = bytes([seed * i % 50])
            cache.put(key, entry(Blob(seed)))
            cache.get(bytes([i % 50]))
            key in cache  # noqa: B015 - that it does not fail is what matters

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (3, 5, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < cache.used <= 20_000


# -- policies at work --------------------------------------------------------------------------------------------------

CHAIN = {"a": node("const", value=1), "b": node("add", a=wire("a"), b=1), "s": node("show", value=wire("b"))}
OTHER = {"a": node("const", value=9), "s": node("show", value=wire("a"))}


def test_an_equal_prompt_calls_nothing() -> None:  # H001, H028
    bench = Bench()
    first = bench.run(CHAIN)
    second = bench.run(CHAIN)
    assert not bench.calls
    assert second.ui == first.ui == {"s": {"value": [2]}}
    assert second.cached == ["a", "b", "s"]
    assert second.seconds == {}
    assert set(first.seconds) == {"a", "b", "s"}


def test_a_change_runs_what_is_below_it() -> None:  # H002
    bench = Bench()
    bench.run(CHAIN)
    bench.run(CHAIN | {"b": node("add", a=wire("a"), b=2)})
    assert bench.calls == {"add": 1, "show": 1}


@pytest.mark.parametrize(("cache", "calls"), [(ClassicCache(), 3), (MemoryCache(), 0), (CountCache(9), 0)])
def test_a_prompt_that_comes_back(cache: Cache, calls: int) -> None:  # H019, H020
    bench = Bench(cache)
    for prompt in (CHAIN, OTHER, CHAIN):
        bench.run(prompt)
    assert bench.calls.total() == calls


def test_without_a_cache_everything_runs_each_time_and_is_right() -> None:  # H022
    bench = Bench(NoCache())
    prompt = CHAIN | {
        "c": node("choose", first=True, a=wire("b"), b=wire("a")),
        "l": node("loop", n=3, total=wire("c")),
        "w": node("sleep", value=wire("l"), seconds=0),
        "t": node("show", value=wire("w")),
    }
    for _ in range(2):
        assert bench.run(prompt).ui == {"s": {"value": [2]}, "t": {"value": [5]}}
        assert bench.calls == {"const": 1, "add": 1, "choose": 1, "loop": 4, "sleep": 1, "show": 2}


def test_an_expanded_node_is_cached_as_a_whole() -> None:  # G011, G018
    bench = Bench()
    prompt = {"l": node("loop", n=3, total=0), "s": node("show", value=wire("l"))}
    bench.run(prompt)
    bench.run(prompt)
    assert not bench.calls
    bench.run({"l": node("loop", n=4, total=-1), "s": node("show", value=wire("l"))})
    assert bench.calls["loop"] == 1, "the rounds below are those of the first run"


def test_volatile_nodes_and_what_is_below_run_each_time() -> None:  # H011
    bench = Bench()
    prompt = {"t": node("tick"), "a": node("add", a=wire("t"), b=0), "c": node("const", value=1),
              "s": node("show", value=wire("a")), "x": node("show", value=wire("c"))}  # fmt: skip
    for _ in range(2):
        bench.run(prompt)
    assert bench.calls == {"tick": 1, "add": 1, "show": 1}


@pytest.mark.parametrize(("values", "runs"), [([1, 1, 1], 0), ([1, 2, 2], 0), ([1, 1, 2], 1), ([math.nan] * 3, 1)])
def test_a_fingerprint_decides(values: list[float], runs: int) -> None:  # H011, H012, H013, H017
    more, asked = Pack("more", namespace=False), iter(values)

    @more.node(fingerprint=lambda: next(asked))
    def reader(n: int) -> int:
        called.append(1)
        return n

    called: list[int] = []
    bench = Bench(more=more)
    for _ in values:
        called.clear()
        bench.run({"r": node("reader", n=1)}, "r")
    assert len(called) == runs
    assert next(asked, "all asked") == "all asked"


def test_clearing_the_engine_forgets_everything() -> None:  # H026
    bench = Bench()
    bench.run(CHAIN)
    bench.engine.state["s", "show"] = object()
    bench.engine.clear()
    bench.run(CHAIN)
    assert bench.calls.total() == 3
    assert not bench.engine.state
