"""F: values that keep what follows from being called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphcore import Blocker
from tests.conformance.desk import Desk, node, wire
from tests.conformance.nodes import ANY, v1

MakeDesk = Callable[..., Desk]


def test_F001_a_silent_blocker(desk: Desk) -> None:
    called: list[Any] = []
    desk.classes["Watch"] = v1(lambda x: called.append(x) or (x,), {"x": (ANY,)})
    prompt = {"1": node("Block", x=1), "2": node("Watch", x=wire("1")), "3": node("Watch", x=wire("2")),
              "out": node("Out", x=wire("3"))}  # fmt: skip
    reply = desk.post(prompt)
    assert reply.ok
    assert reply.data("execution_error") == []
    assert (called, reply.outputs) == ([], {})


def blocked(**more: Any) -> dict[str, Any]:
    return {
        "1": node("Block", x=1, message="no picture"), "2": node("Pass", x=wire("1")), "3": node("Pass", x=wire("2")),
        "out": node("Out", x=wire("3")), **more,
    }  # fmt: skip


def test_F002_a_blocker_with_a_message(desk: Desk) -> None:
    reply = desk.post(blocked())
    (error,) = reply.data("execution_error")
    assert error == {
        "prompt_id": "p1", "node_id": "2", "node_type": "Pass", "executed": ["1"],
        "exception_message": "Execution Blocked: no picture", "exception_type": "ExecutionBlocked",
        "traceback": [], "current_inputs": [], "current_outputs": [],
    }  # fmt: skip
    assert reply.ok


def test_F003_history_does_not_know(desk: Desk) -> None:
    history = desk.post(blocked()).history
    assert (history["status_str"], history["completed"]) == ("success", True)
    assert [kind for kind, _ in history["messages"]] == ["execution_start", "execution_cached", "execution_success"]


def test_F004_one_item_of_a_list(desk: Desk) -> None:
    prompt = {
        "1": node("List3", values={"__value__": [1, 2, 3]}), "2": node("BlockIf", x=wire("1"), bad=2),
        "3": node("Sum", a=wire("2"), b=10), "out": node("Out", x=wire("3")),
    }  # fmt: skip
    assert desk.post(prompt).values() == [11, 13]


def test_F005_a_bare_blocker_stands_for_all_outputs(make_desk: MakeDesk) -> None:
    kind = v1(lambda x: Blocker(None), {"x": (ANY,)}, returns=("INT", "INT"))
    result = v1(lambda x: {"result": Blocker(None)}, {"x": (ANY,)}, returns=("INT", "INT"))
    for class_ in (kind, result):
        prompt = {"1": node("Bare", x=1), "a": node("Out", x=wire("1")), "b": node("Out", x=wire("1", 1))}
        reply = make_desk({"Bare": class_}).post(prompt)
        assert reply.ok
        assert reply.outputs == {}


def test_F006_in_a_list_output_it_is_one_element(make_desk: MakeDesk) -> None:
    def spread(x: int) -> Any:
        return (Blocker(None),) if x == 2 else ([x, x],)

    kind = v1(spread, {"x": (ANY,)}, OUTPUT_IS_LIST=(True,))
    prompt = {
        "1": node("List3", values={"__value__": [1, 2, 3]}), "2": node("Spread", x=wire("1")),
        "tens": node("List3", values={"__value__": [10, 20, 30, 40, 50]}),
        "sum": node("Sum", a=wire("2"), b=wire("tens")), "out": node("Out", x=wire("sum")),
    }  # fmt: skip
    reply = make_desk({"Spread": kind}).post(prompt)
    assert reply.values() == [11, 21, 43, 53], "the blocker is the third of five elements"


def test_F007_an_async_consumer(desk: Desk) -> None:
    prompt = {
        "1": node("Block", x=1, message="stop"), "2": node("Slow", x=wire("1"), seconds=0),
        "out": node("Out", x=wire("2")),
    }  # fmt: skip
    reply = desk.post(prompt)
    assert [error["node_id"] for error in reply.data("execution_error")] == ["2"]
    assert reply.ok
    assert reply.outputs == {}


def test_F008_a_blocked_output(desk: Desk) -> None:
    prompt = {"1": node("Block", x=1), "out": node("Out", x=wire("1"))}
    assert desk.post(prompt).data("executed") == []
    (executed,) = desk.post(prompt).data("executed")
    assert executed == {"node": "out", "display_node": "out", "output": None, "prompt_id": "p1"}


def test_F009_one_element_blocks_a_gathering_node(desk: Desk) -> None:
    prompt = {
        "1": node("List3", values={"__value__": [1, 2, 3]}), "2": node("BlockIf", x=wire("1"), bad=2),
        "3": node("Gather", x=wire("2"), k=0), "out": node("Out", x=wire("3")),
    }  # fmt: skip
    reply = desk.post(prompt)
    assert reply.ok
    assert reply.outputs == {}


def test_F001_a_blocked_input_is_no_wish(make_desk: MakeDesk) -> None:
    asked: list[Any] = []
    kind = v1(
        lambda x, a=None: (a,), {"x": (ANY,)}, {"a": (ANY, {"lazy": True})},
        check_lazy_status=lambda x, a=None: asked.append(x) or ["a"],
    )  # fmt: skip
    prompt = {
        "1": node("Block", x=1), "2": node("Int", value=2), "3": node("Lazy", x=wire("1"), a=wire("2")),
        "out": node("Out", x=wire("3")),
    }  # fmt: skip
    reply = make_desk({"Lazy": kind}).post(prompt)
    assert reply.ok
    assert asked == []
    assert "2" not in reply.ran
