"""E: how lists spread over calls and gather again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.conformance.desk import Desk, node, wire
from tests.conformance.nodes import ANY, v1

MakeDesk = Callable[..., Desk]


def listed(*values: Any) -> dict[str, Any]:
    """A node that spreads these values."""
    return node("List3", values={"__value__": list(values)})


def test_E001_a_list_makes_a_call_an_item(make_desk: MakeDesk) -> None:
    calls: list[Any] = []
    kind = v1(lambda x: calls.append(x) or (x * 10,), {"x": (ANY,)})
    prompt = {"1": listed(1, 2, 3), "2": node("Ten", x=wire("1")), "out": node("Out", x=wire("2"))}
    assert make_desk({"Ten": kind}).post(prompt).values() == [10, 20, 30]
    assert calls == [1, 2, 3]


def test_E002_a_shorter_list_repeats_its_last(desk: Desk) -> None:
    prompt = {"1": listed(1, 2, 3), "2": listed(10, 20), "3": node("Sum", a=wire("1"), b=wire("2")),
              "out": node("Out", x=wire("3"))}  # fmt: skip
    assert desk.post(prompt).values() == [11, 22, 23]


def test_E003_literals_go_to_all_calls(desk: Desk) -> None:
    prompt = {"1": listed(1, 2, 3), "3": node("Sum", a=wire("1"), b=5), "out": node("Out", x=wire("3"))}
    assert desk.post(prompt).values() == [6, 7, 8]


def test_E004_gathered(desk: Desk) -> None:
    prompt = {"1": listed(1, 2, 3), "2": node("Gather", x=wire("1"), k=5), "out": node("Out", x=wire("2"))}
    assert desk.post(prompt).value() == {"x": [1, 2, 3], "k": [5], "me": ["2"]}


def test_E005_spread_results_are_concatenated(make_desk: MakeDesk) -> None:
    kind = v1(lambda x: ([x, -x],), {"x": (ANY,)}, OUTPUT_IS_LIST=(True,))
    prompt = {"1": listed(1, 2), "2": node("Pair", x=wire("1")), "out": node("Out", x=wire("2"))}
    assert make_desk({"Pair": kind}).post(prompt).values() == [1, -1, 2, -2]


def test_E006_a_list_that_does_not_spread_is_one_item(make_desk: MakeDesk) -> None:
    kind = v1(lambda x: ([x, x],), {"x": (ANY,)})
    prompt = {"1": node("Pair", x=1), "out": node("Out", x=wire("1"))}
    assert make_desk({"Pair": kind}).post(prompt).values() == [[1, 1]]


def test_E007_ui_of_several_calls(make_desk: MakeDesk) -> None:
    kind = v1(
        lambda x: {"ui": {"a": (x,), "b": [x, x]}}, {"x": (ANY,)}, returns=(), OUTPUT_NODE=True,
    )  # fmt: skip
    reply = make_desk({"Show": kind}).post({"1": listed(1, 2, 3), "out": node("Show", x=wire("1"))})
    assert reply.outputs["out"] == {"a": [1, 2, 3], "b": [1, 1, 2, 2, 3, 3]}


def test_E008_only_empty_lists_make_one_call_without_arguments(make_desk: MakeDesk) -> None:
    kind = v1(lambda x="none": (x,), {"x": (ANY,)})
    desk = make_desk({"Default": kind})
    prompt = {"1": listed(), "2": node("Default", x=wire("1")), "out": node("Out", x=wire("2"))}
    assert desk.post(prompt).value() == "none"
    reply = desk.post({"1": listed(), "2": node("Pass", x=wire("1")), "out": node("Out", x=wire("2"))})
    assert (reply.failure["node_id"], reply.failure["exception_type"]) == ("2", "TypeError")


def test_E009_an_empty_list_beside_another(desk: Desk) -> None:
    reply = desk.post({"1": listed(), "2": node("Sum", a=wire("1"), b=1), "out": node("Out", x=wire("2"))})
    assert (reply.failure["node_id"], reply.failure["exception_type"]) == ("2", "IndexError")


def test_E010_no_inputs(make_desk: MakeDesk) -> None:
    calls: list[int] = []
    kind = v1(lambda: calls.append(1) or (7,))
    assert make_desk({"Seven": kind}).post({"1": node("Seven"), "out": node("Out", x=wire("1"))}).value() == 7
    assert calls == [1]


def test_E011_an_output_shows_every_item(desk: Desk) -> None:
    assert desk.post({"1": listed(1, 2, 3), "out": node("Out", x=wire("1"))}).outputs["out"] == {"value": [1, 2, 3]}


def test_E005_more_values_than_declared_are_kept(make_desk: MakeDesk) -> None:
    class Endless(tuple[Any, ...]):
        def __getitem__(self, index: Any) -> Any:
            return ANY

    kind = v1(lambda x: (x, x + 1, x + 2), {"x": (ANY,)}, returns=Endless((ANY,)))
    prompt = {"1": node("More", x=1), "out": node("Out", x=wire("1", 2))}
    assert make_desk({"More": kind}).post(prompt).value() == 3
