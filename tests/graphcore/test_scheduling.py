"""Which nodes run, in which order, how often; and what overlaps."""

from __future__ import annotations

import random
import statistics
import threading
import time
from typing import Any

import pytest

from graphcore import NodeFailed, Pack
from graphcore.cache import NoCache
from graphcore.engine import IO_THREADS
from graphcore.events import NodeStarted
from tests.graphcore.kit import Bench, node, wire


def started(bench: Bench) -> list[str]:
    return [event.node for event in bench.seen(NodeStarted)]


def test_what_no_wanted_output_needs_does_not_run() -> None:  # C002, B001, B002
    bench = Bench()
    prompt = {
        "a": node("const", value=1), "s": node("show", value=wire("a")),
        "b": node("const", value=2), "t": node("show", value=wire("b")), "c": node("const", value=3),
    }  # fmt: skip
    bench.run(prompt, targets=["t"])
    assert started(bench) == ["b", "t"]
    bench.run(prompt)
    assert started(bench) == ["a", "s"]


def test_a_diamond_runs_each_node_once() -> None:  # C001
    bench = Bench(NoCache())
    prompt = {
        "a": node("tick"), "b": node("add", a=wire("a"), b=1), "c": node("add", a=wire("a"), b=2),
        "d": node("add", a=wire("b"), b=wire("c")), "s": node("show", value=wire("d")),
    }  # fmt: skip
    result = bench.run(prompt)
    assert result.ui["s"] == {"value": [5]}
    assert sorted(started(bench)) == sorted(prompt)


def test_an_output_that_is_an_ancestor_of_a_target_runs_too() -> None:  # B005
    more = Pack("more", namespace=False)

    @more.node(output=True)
    def relay(value: int) -> int:
        return value

    bench = Bench(more=more)
    bench.run(
        {"c": node("const", value=1), "r": node("relay", value=wire("c")), "s": node("show", value=wire("r"))},
        targets=["s"],
    )
    assert started(bench) == ["c", "r", "s"]


def test_a_ready_output_goes_before_unrelated_work() -> None:  # C004
    bench = Bench()
    prompt = {
        "a1": node("const", value=1), "a2": node("add", a=wire("a1"), b=1), "a3": node("add", a=wire("a2"), b=1),
        "sa": node("show", value=wire("a3")), "b": node("const", value=7), "sb": node("show", value=wire("b")),
    }  # fmt: skip
    bench.run(prompt)
    order = started(bench)
    assert order.index("sb") == order.index("b") + 1


def test_async_nodes_start_before_the_device_is_busy() -> None:  # C005
    bench = Bench()
    prompt = {
        "x": node("const", value=1), "sx": node("show", value=wire("x")),
        "y": node("sleep", value=2, seconds=0.01), "sy": node("show", value=wire("y")),
    }  # fmt: skip
    bench.run(prompt)
    assert started(bench)[0] == "y"


def test_the_order_of_the_prompt_changes_no_result() -> None:  # C014, H032
    prompt = {
        "a": node("spread", count=4), "b": node("add", a=wire("a"), b=10),
        "c": node("sleep", value=wire("b"), seconds=0), "d": node("total", items=wire("c"), plus=wire("a")),
        "s": node("show", value=wire("d")),
    }  # fmt: skip
    shuffler = random.Random(5)
    for _ in range(10):
        items = list(prompt.items())
        shuffler.shuffle(items)
        assert Bench().run(dict(items)).ui["s"] == {"value": [46, 47, 48, 49]}


def test_the_order_is_the_same_each_time() -> None:
    prompt = {str(i): node("const", value=i) for i in range(20)}
    prompt |= {f"s{i}": node("show", value=wire(str(i))) for i in range(20)}
    orders = set()
    for _ in range(3):
        bench = Bench()
        bench.run(prompt)
        orders.add(tuple(started(bench)))
    assert len(orders) == 1


def test_writing_a_file_overlaps_the_device() -> None:
    more = Pack("more", namespace=False)
    lanes: list[tuple[str, float, float]] = []

    @more.node(lane="io", output=True)
    def save(value: int) -> None:
        begin = time.perf_counter()
        time.sleep(0.15)
        lanes.append(("io", begin, time.perf_counter()))

    @more.node()
    def work(value: int) -> int:
        begin = time.perf_counter()
        time.sleep(0.1)
        lanes.append(("device", begin, time.perf_counter()))
        return value

    bench = Bench(more=more)
    bench.run({
        "w1": node("work", value=1), "s1": node("save", value=wire("w1")),
        "w2": node("work", value=2), "s2": node("save", value=wire("w2")),
    })  # fmt: skip
    (_, _, _), (_, begin, end) = sorted(lane for lane in lanes if lane[0] == "device")
    _, file_begin, file_end = min(lane for lane in lanes if lane[0] == "io")
    assert begin < file_end, "the second work waited for the first file"
    assert file_begin < end, "the first file waited for the second work"


def test_a_chain_of_files_goes_on_beside_a_busy_device() -> None:
    more = Pack("more", namespace=False)
    done: list[str] = []

    @more.node(lane="io")
    def load(value: int) -> int:
        done.append("io")
        return value + 1

    @more.node()
    def work(value: int) -> int:
        time.sleep(0.03)
        done.append("device")
        return value

    prompt: dict[str, Any] = {
        "l0": node("load", value=0), "l1": node("load", value=wire("l0")), "l2": node("load", value=wire("l1")),
        "sl": node("show", value=wire("l2")), "w0": node("work", value=0),
    }  # fmt: skip
    prompt |= {f"w{i}": node("work", value=wire(f"w{i - 1}")) for i in range(1, 14)}
    prompt["sw"] = node("show", value=wire("w13"))
    Bench(more=more).run(prompt)
    last_file = max(i for i, name in enumerate(done) if name == "io")
    assert done[last_file:].count("device") >= 4, done


class Opened:
    """A model that has only been opened: reading it takes long."""

    def __init__(self) -> None:
        self.reading, self.used, self.reads = threading.Event(), threading.Event(), 0

    def prefetch(self) -> None:
        self.reads += 1
        self.reading.set()
        assert self.used.wait(10), "nobody used it while it was read"


def models(opened: list[Opened]) -> Pack:
    """Nodes in the roles of loader, text encoder and sampler; the encoder does its work while the model is read."""
    pack = Pack("models", namespace=False)

    @pack.node()
    def load() -> Any:
        opened.append(Opened())
        return opened[-1]

    @pack.node()
    def encode(text: str, model: Any | None = None) -> str:
        if opened:
            assert opened[0].reading.wait(10), "reading waited for the encoder"
            opened[0].used.set()
        return text

    @pack.node()
    def sample(model: Any, positive: str, negative: str | None = None) -> str:
        return positive

    return pack


def test_a_model_is_read_while_its_sampler_waits_for_the_text() -> None:
    opened: list[Opened] = []
    bench = Bench(more=models(opened))
    prompt = {
        "l": node("load"), "p": node("encode", text="p", model=wire("l")), "n": node("encode", text="n"),
        "k": node("sample", model=wire("l"), positive=wire("p"), negative=wire("n")),
    }  # fmt: skip
    with bench:
        assert bench.run(prompt, "k") == (["p"],)
    assert opened[0].reads == 1


def test_a_model_that_is_known_already_is_read_while_its_sampler_waits() -> None:
    opened: list[Opened] = []
    bench = Bench(more=models(opened))
    with bench:
        bench.run({"l": node("load")}, "l")
        assert opened[0].reads == 0
        prompt = {"l": node("load"), "p": node("encode", text="p"), "q": node("encode", text="q", model=wire("p"))}
        prompt["k"] = node("sample", model=wire("l"), positive=wire("q"))
        assert bench.run(prompt, "k") == (["q"],)
    assert (len(opened), opened[0].reads) == (1, 1)


def test_what_cannot_be_read_ahead_fails_where_it_is_used() -> None:
    class Damaged(Opened):
        def prefetch(self) -> None:
            self.reading.set()
            raise OSError("the file is damaged")

    opened: list[Opened] = [Damaged()]
    pack = models(opened)

    @pack.node()
    def damaged() -> Any:
        return opened[0]

    bench = Bench(more=pack)
    with bench:
        prompt = {"l": node("damaged"), "p": node("encode", text="p", model=wire("l"))}
        prompt["k"] = node("sample", model=wire("l"), positive=wire("p"))
        assert bench.run(prompt, "k") == (["p"],)


def test_a_model_that_several_wait_for_is_read_once() -> None:
    opened: list[Opened] = []
    prompt = {"l": node("load"), "p": node("encode", text="p", model=wire("l")), "q": node("encode", text="q")}
    prompt["k"] = node("sample", model=wire("l"), positive=wire("p"))
    prompt["m"] = node("sample", model=wire("l"), positive=wire("q"), negative=wire("p"))
    with Bench(more=models(opened)) as bench:
        bench.run(prompt, "k", "m")
    assert (len(opened), opened[0].reads) == (1, 1)


def test_nothing_is_read_ahead_for_a_run_that_is_over() -> None:
    opened: list[Opened] = []
    more, busy, free = models(opened), threading.Semaphore(0), threading.Event()

    @more.node(lane="io")
    def occupy(value: int) -> int:
        busy.release()
        assert free.wait(10)
        return value

    @more.node()
    def fail(model: Any) -> str:
        for _ in range(IO_THREADS):
            assert busy.acquire(timeout=10)
        threading.Timer(0.05, free.set).start()
        raise ValueError("on purpose, while no thread is left to read the model")

    prompt = {"l": node("load"), "f": node("fail", model=wire("l")), "k": node("sample", model=wire("l"))}
    prompt["k"]["inputs"]["positive"] = wire("f")
    prompt |= {f"o{i}": node("occupy", value=i) for i in range(IO_THREADS)}
    with Bench(more=more) as bench, pytest.raises(NodeFailed, match="on purpose"):
        bench.run(prompt, "k", *(f"o{i}" for i in range(IO_THREADS)))
    assert opened[0].reads == 0


def test_files_are_loaded_beside_the_device_and_before_it_is_busy() -> None:
    more = Pack("more", namespace=False)
    loading, encoded = threading.Event(), threading.Event()

    @more.node(lane="io")
    def load_control() -> int:
        loading.set()
        assert encoded.wait(10), "loading held up the text encoder"
        return 1

    @more.node()
    def encode(text: str) -> int:
        assert loading.wait(10), "loading waited for the text encoder"
        encoded.set()
        return 2

    bench = Bench(more=more)
    with bench:  # the encoder comes first in the workflow, and still the loader is begun before it
        prompt = {"e": node("encode", text="x"), "l": node("load_control"), "a": node("add", a=wire("e"), b=wire("l"))}
        assert bench.run(prompt, "a") == ([3],)


def test_the_io_lane_has_threads_of_its_own() -> None:
    more = Pack("more", namespace=False)
    threads: set[str] = set()

    @more.node(lane="io")
    def where(value: int) -> int:
        threads.add(threading.current_thread().name)
        return value

    with Bench(more=more) as bench:
        assert bench.run({"w": node("where", value=3)}, "w") == ([3],)
    assert all(name.startswith("graphcore-io") for name in threads)


def test_a_chain_of_ten_thousand_works() -> None:
    chain = {str(i): node("add", a=wire(str(i - 1)) if i else 0, b=1) for i in range(10_000)}
    assert Bench().run(chain, "9999") == ([10_000],)


def test_a_loop_of_ten_thousand_rounds_works() -> None:  # G007
    bench = Bench()
    result = bench.run({"l": node("loop", n=10_000, total=0), "s": node("show", value=wire("l"))})
    assert result.ui["s"] == {"value": [10_000]}
    assert bench.calls["loop"] == 10_001


def test_twins_run_once_and_both_deliver() -> None:  # H007
    bench = Bench(NoCache())
    prompt = {
        "a": node("const", value=1), "b": node("const", value=1),
        "x": node("add", a=wire("a"), b=5), "y": node("add", a=wire("b"), b=5), "s": node("show", value=wire("x")),
        "t": node("show", value=wire("y")), "u": node("add", a=wire("x"), b=wire("y")),
        "v": node("show", value=wire("u")),
    }  # fmt: skip
    result = bench.run(prompt)
    assert result.ui == {"s": {"value": [6]}, "t": {"value": [6]}, "v": {"value": [12]}}
    assert bench.calls == {"const": 1, "add": 2, "show": 2}


def test_a_twin_that_is_still_at_work_is_waited_for() -> None:
    bench = Bench(NoCache())
    prompt = {
        "a": node("sleep", value=1, seconds=0.05), "b": node("sleep", value=1, seconds=0.05),
        "s": node("show", value=wire("a")), "t": node("quiet", value=wire("b")),
    }  # fmt: skip
    bench.run(prompt)
    assert bench.calls == {"sleep": 1, "show": 1, "quiet": 1}


def test_a_very_wide_node_costs_each_wire_once() -> None:
    def seconds(width: int) -> float:
        prompt = {str(i): node("const", value=i) for i in range(width)}
        prompt["s"] = node("sum_all", **{f"items.{i}": wire(str(i)) for i in range(width)})
        bench = Bench(NoCache())
        started = time.process_time()
        assert bench.run(prompt, "s") == ([width * (width - 1) // 2],)
        return time.process_time() - started

    few = statistics.median(seconds(500) for _ in range(3))
    assert seconds(4000) < 24 * few, "8 times as many wires should take about 8 times as long"
