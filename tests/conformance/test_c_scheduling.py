"""C: what runs, in which order, and what goes on side by side."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any

from tests.conformance.desk import Desk, node, wire
from tests.conformance.nodes import ANY, v1

MakeDesk = Callable[..., Desk]

DIAMOND: dict[str, Any] = {
    "1": node("Int", value=1),
    "2": node("Sum", a=wire("1"), b=10),
    "3": node("Sum", a=wire("1"), b=20),
    "4": node("Sum", a=wire("2"), b=wire("3")),
    "out": node("Out", x=wire("4")),
}


def test_C001_each_node_runs_once(desk: Desk) -> None:
    reply = desk.post({**DIAMOND, "more": node("Out", x=wire("1"))})
    assert reply.value() == 32
    assert sorted(reply.ran) == ["1", "2", "3", "4", "more", "out"]


def test_C002_unneeded_nodes_never_run(desk: Desk) -> None:
    assert "9" not in desk.post({**DIAMOND, "9": node("Sum", a=wire("1"), b=5)}).ran


def test_C003_unselected_branches_never_run(desk: Desk) -> None:
    prompt = {
        "1": node("Int", value=1), "2": node("Int", value=2), "3": node("Sum", a=wire("2"), b=1),
        "4": node("Pick", choice=0, a=wire("1"), b=wire("3")), "out": node("Out", x=wire("4")),
    }  # fmt: skip
    reply = desk.post(prompt)
    assert reply.value() == 1
    assert not {"2", "3"} & set(reply.ran)


def test_C004_outputs_as_early_as_possible(desk: Desk) -> None:
    chain = {str(i): node("Sum", a=wire(str(i - 1)), b=1) for i in range(2, 30)}
    prompt = {
        "1": node("Int", value=1), **chain, "far": node("Out", x=wire("29")),
        "near": node("Out", x=wire("3")),
    }  # fmt: skip
    ran = desk.post(prompt).ran
    assert ran.index("near") == ran.index("3") + 1


def test_C005_async_work_starts_first(desk: Desk) -> None:
    prompt = {
        "1": node("Int", value=1), "2": node("Int", value=2), "3": node("Slow", x=5, seconds=0.01),
        "4": node("Sum", a=wire("1"), b=wire("2")), "5": node("Sum", a=wire("4"), b=wire("3")),
        "out": node("Out", x=wire("5")),
    }  # fmt: skip
    reply = desk.post(prompt)
    assert reply.value() == 8
    assert reply.ran[0] == "3"


def test_C006_async_nodes_go_on_side_by_side(desk: Desk) -> None:
    slow = {str(i): node("Slow", x=i, seconds=0.3) for i in range(3)}
    outs = {f"out{i}": node("Out", x=wire(str(i))) for i in range(3)}
    began = time.perf_counter()
    reply = desk.post({**slow, **outs})
    assert time.perf_counter() - began < 0.85
    assert [reply.value(f"out{i}") for i in range(3)] == [0, 1, 2]


def test_C007_async_feeds_sync(desk: Desk) -> None:
    prompt = {
        "1": node("Slow", x=4, seconds=0.02), "2": node("Sum", a=wire("1"), b=1), "out": node("Out", x=wire("2")),
    }  # fmt: skip
    reply = desk.post(prompt)
    assert (reply.value(), reply.ran) == (5, ["1", "2", "out"])


def test_C008_a_mixed_chain_gives_the_same(desk: Desk) -> None:
    def chain(kinds: tuple[str, ...]) -> dict[str, Any]:
        prompt: dict[str, Any] = {"0": node("Int", value=3)}
        for i, kind in enumerate(kinds):
            extra = {"seconds": 0.001} if kind == "Slow" else {}
            prompt[str(2 * i + 1)] = node(kind, x=wire(str(2 * i)), **extra)
            prompt[str(2 * i + 2)] = node("Sum", a=wire(str(2 * i + 1)), b=wire(str(2 * i + 1)))
        return {**prompt, "out": node("Out", x=wire(str(2 * len(kinds))))}

    assert desk.post(chain(("Slow", "Pass", "Slow"))).value() == desk.post(chain(("Pass",) * 3)).value() == 24


async def failing(x: Any) -> Any:
    await asyncio.sleep(0.01)
    raise ValueError(f"no {x}")


def test_C009_an_exception_in_an_async_node(make_desk: MakeDesk) -> None:
    desk = make_desk({"Fail": v1(failing, {"x": (ANY,)})})
    reply = desk.post({"1": node("Slow", x=1, seconds=5), "2": node("Fail", x=2), "a": node("Out", x=wire("1")),
                       "b": node("Out", x=wire("2"))})  # fmt: skip
    assert (reply.failure["node_id"], reply.failure["exception_message"]) == ("2", "no 2\n")


def test_C010_a_sync_exception_while_async_work_is_pending(desk: Desk) -> None:
    prompt = {
        "1": node("Slow", x=1, seconds=5), "2": node("Int", value=2), "3": node("Boom", x=wire("2")),
        "a": node("Out", x=wire("1")), "b": node("Out", x=wire("3")),
    }  # fmt: skip
    began = time.perf_counter()
    assert desk.post(prompt).failure["node_id"] == "3"
    assert time.perf_counter() - began < 2
    assert desk.post(DIAMOND).value() == 32


def test_C011_a_timeout_s_text_arrives(make_desk: MakeDesk) -> None:
    async def patient(x: Any) -> Any:
        try:
            await asyncio.wait_for(asyncio.sleep(5), 0.01)
        except TimeoutError:
            raise RuntimeError("nobody answered") from None

    desk = make_desk({"Patient": v1(patient, {"x": (ANY,)})})
    reply = desk.post({"1": node("Patient", x=1), "out": node("Out", x=wire("1"))})
    assert "nobody answered" in reply.failure["exception_message"]


def test_C011_a_node_that_lets_itself_be_cancelled_fails(make_desk: MakeDesk) -> None:
    async def cancelled(x: Any) -> Any:
        task = asyncio.ensure_future(asyncio.sleep(5))
        task.cancel()
        await task

    desk = make_desk({"Off": v1(cancelled, {"x": (ANY,)})})
    reply = desk.post({"1": node("Off", x=1), "out": node("Out", x=wire("1"))})
    assert reply.failure["node_id"] == "1"


def test_C012_mapped_calls_go_on_side_by_side(desk: Desk) -> None:
    values = {"__value__": [1, 2, 3]}
    began = time.perf_counter()
    reply = desk.post(
        {
            "1": node("List3", values=values),
            "2": node("Slow", x=wire("1"), seconds=0.3),
            "out": node("Out", x=wire("2")),
        }
    )
    assert time.perf_counter() - began < 0.8
    assert reply.values() == [1, 2, 3]


def test_C013_async_without_suspension(make_desk: MakeDesk) -> None:
    async def instant(x: Any) -> Any:
        return (x + 1,)

    desk = make_desk({"Instant": v1(instant, {"x": (ANY,)})})
    reply = desk.post({"1": node("Instant", x=1), "2": node("Instant", x=wire("1")), "out": node("Out", x=wire("2"))})
    assert (reply.value(), reply.ran) == (3, ["1", "2", "out"])


def test_C014_the_order_of_keys_does_not_matter(make_desk: MakeDesk) -> None:
    for order in itertools.islice(itertools.permutations(DIAMOND), 0, 120, 7):
        reply = make_desk().post({id: DIAMOND[id] for id in order})
        assert (reply.value(), len(reply.ran)) == (32, 5)
