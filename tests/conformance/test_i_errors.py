"""I: failures, interrupts, memory. And the order of messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from graphcore import Cancelled, Pack, Run
from graphcore.calls import CURRENT
from graphcore.job import CancelToken
from tests.conformance.desk import Desk, node, wire
from tests.conformance.nodes import ANY, v1

MakeDesk = Callable[..., Desk]

FAILING: dict[str, Any] = {
    "1": node("Int", value=3),
    "2": node("Boom", x=wire("1"), text="it broke"),
    "out": node("Out", x=wire("2")),
}


def test_I001_the_data_of_a_failure(desk: Desk) -> None:
    failure = desk.post(FAILING).failure
    assert set(failure) == {
        "prompt_id", "node_id", "node_type", "executed", "exception_message", "exception_type", "traceback",
        "current_inputs", "current_outputs", "timestamp",
    }  # fmt: skip
    assert (failure["prompt_id"], failure["node_id"], failure["node_type"]) == ("p1", "2", "Boom")
    assert (failure["executed"], failure["current_outputs"]) == (["1"], ["1"])
    assert failure["exception_message"] == "it broke\n"
    assert any("raise ValueError" in frame for frame in failure["traceback"])
    assert not any("executor.py" in frame for frame in failure["traceback"])
    assert isinstance(failure["timestamp"], int)


def test_I001_executed_leaves_out_what_was_cached(desk: Desk) -> None:
    desk.post(FAILING)
    assert desk.post(FAILING).failure["executed"] == []


class Custom(Exception):
    """An author's own."""


@pytest.mark.parametrize(("error", "name"), [(KeyError, "KeyError"), (Custom, f"{Custom.__module__}.Custom")])
def test_I002_names_of_types(make_desk: MakeDesk, error: type[Exception], name: str) -> None:
    def fail(x: Any) -> Any:
        raise error("x")

    reply = make_desk({"Fail": v1(fail, {"x": (ANY,)})}).post({"1": node("Fail", x=1), "out": node("Out", x=wire("1"))})
    assert reply.failure["exception_type"] == name


def test_I003_current_inputs(make_desk: MakeDesk) -> None:
    def fail(**given: Any) -> Any:
        raise ValueError

    names = ("number", "text", "flag", "thing", "many")
    desk = make_desk({"Fail": v1(fail, dict.fromkeys(names, (ANY,))), "Thing": v1(lambda: ({"a": [1]},))})
    prompt = {
        "1": node("Thing"), "2": node("List3", values={"__value__": [1, 2]}),
        "3": node("Fail", number=1.5, text="word", flag=True, thing=wire("1"), many=wire("2")),
        "out": node("Out", x=wire("3")),
    }  # fmt: skip
    given = desk.post(prompt).failure["current_inputs"]
    assert given["number"] == [1.5]
    assert given["text"] == ["word"]
    assert given["flag"] == [True]
    assert given["many"] == [1, 2]
    assert isinstance(given["thing"][0], str)


def test_I004_history_of_a_failure(desk: Desk) -> None:
    history = desk.post(FAILING).history
    assert (history["status_str"], history["completed"]) == ("error", False)
    assert [kind for kind, _ in history["messages"]] == ["execution_start", "execution_cached", "execution_error"]


def test_I005_the_next_run_works(desk: Desk) -> None:
    desk.post(FAILING)
    assert desk.post({"1": node("Int", value=3), "out": node("Out", x=wire("1"))}).value() == 3


def stopping(token: CancelToken) -> Pack:
    """A native node that is asked to stop while it reports progress."""
    pack = Pack("stop", namespace=False)

    @pack.node(id="Long")
    def long(x: int, *, run: Run) -> int:
        for i in range(10):
            if i == 3:
                token.cancel()
            run.progress(i, 10)
        return x

    return pack


INTERRUPTED: dict[str, Any] = {
    "1": node("Int", value=3), "2": node("Long", x=wire("1")), "out": node("Out", x=wire("2")),
}  # fmt: skip


def test_I006_an_interrupt_while_progress_is_reported(make_desk: MakeDesk) -> None:
    token = CancelToken()
    reply = make_desk(pack=stopping(token)).post(INTERRUPTED, token=token)
    (data,) = reply.data("execution_interrupted")
    assert set(data) == {"prompt_id", "node_id", "node_type", "executed", "timestamp"}
    assert (data["node_id"], data["node_type"], data["executed"]) == ("2", "Long", ["1"])
    assert [progress["value"] for progress in reply.data("progress")] == [0, 1, 2]
    assert not reply.ok


def test_I006_an_interrupt_while_an_async_node_waits(make_desk: MakeDesk) -> None:
    token = CancelToken()
    desk = make_desk()

    async def stop(x: Any) -> Any:
        asyncio.get_running_loop().call_later(0.02, token.cancel)
        await asyncio.sleep(5)

    desk.classes["Wait"] = v1(stop, {"x": (ANY,)})
    reply = desk.post({"1": node("Wait", x=1), "out": node("Out", x=wire("1"))}, token=token)
    assert [data["node_id"] for data in reply.data("execution_interrupted")] == ["1"]


def test_I009_an_interrupt_of_a_finished_run_does_not_reach_the_next(desk: Desk) -> None:
    token = CancelToken()
    prompt = {"1": node("Int", value=3), "out": node("Out", x=wire("1"))}
    assert desk.post(prompt, token=token).ok
    token.cancel()
    assert desk.post({**prompt, "1": node("Int", value=4)}, token=CancelToken()).value() == 4


def test_I010_history_of_an_interrupt(make_desk: MakeDesk) -> None:
    token = CancelToken()
    history = make_desk(pack=stopping(token)).post(INTERRUPTED, token=token).history
    assert (history["status_str"], history["completed"]) == ("error", False)
    assert history["messages"][-1][0] == "execution_interrupted"


def test_I011_the_packs_own_name_of_the_interrupt(make_desk: MakeDesk) -> None:
    from nodes.compat.modules.comfy.model_management import InterruptProcessingException

    def stop(x: Any) -> Any:
        raise InterruptProcessingException

    reply = make_desk({"Stop": v1(stop, {"x": (ANY,)})}).post({"1": node("Stop", x=1), "out": node("Out", x=wire("1"))})
    assert [data["node_id"] for data in reply.data("execution_interrupted")] == ["1"]
    assert not reply.ok


@pytest.mark.parametrize("is_async", [False, True])
def test_I011_a_node_that_raises_the_interrupt(make_desk: MakeDesk, is_async: bool) -> None:
    def stop(x: Any) -> Any:
        raise Cancelled

    async def stop_later(x: Any) -> Any:
        await asyncio.sleep(0.01)
        raise Cancelled

    desk = make_desk({"Stop": v1(stop_later if is_async else stop, {"x": (ANY,)})})
    reply = desk.post({"1": node("Stop", x=1), "out": node("Out", x=wire("1"))})
    assert [data["node_id"] for data in reply.data("execution_interrupted")] == ["1"]
    assert reply.data("execution_error") == []


def test_I012_out_of_memory(make_desk: MakeDesk) -> None:
    relieved: list[int] = []

    class OutOfMemoryError(RuntimeError):
        """As a device raises it."""

    def fail(x: Any) -> Any:
        raise OutOfMemoryError("no room for 3 GiB")

    desk = make_desk({"Big": v1(fail, {"x": (ANY,)})}, relieve=lambda: relieved.append(1))
    reply = desk.post({"1": node("Big", x=1), "out": node("Out", x=wire("1"))})
    assert relieved == [1]
    assert "no room for 3 GiB" in reply.failure["exception_message"]
    assert "batch size" in reply.failure["exception_message"]
    assert reply.failure["exception_type"].endswith("OutOfMemoryError")
    assert desk.post({"1": node("Int", value=3), "out": node("Out", x=wire("1"))}).ok


def test_I001_messages_in_order(make_desk: MakeDesk) -> None:
    def steps(x: Any) -> Any:
        run = CURRENT.get()
        assert run is not None
        run.progress(1, 2)
        return (x,)

    prompt = {"1": node("Steps2", x=1), "out": node("Out", x=wire("1"))}
    reply = make_desk({"Steps2": v1(steps, {"x": (ANY,)})}).post(prompt)
    assert [kind for kind, _ in reply.messages] == [
        "execution_start", "execution_cached",
        "progress_state", "executing", "progress_state", "progress", "progress_state",
        "progress_state", "executing", "executed", "progress_state",
        "execution_success",
    ]  # fmt: skip
    last = reply.data("progress_state")[-1]["nodes"]["1"]
    assert last == {
        "value": 2, "max": 2, "state": "finished", "node_id": "1", "prompt_id": "p1",
        "display_node_id": "1", "parent_node_id": None, "real_node_id": "1",
    }  # fmt: skip
