"""B: running some of the outputs only."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.desk import Desk, node, wire

THREE: dict[str, Any] = {
    "1": node("Int", value=1),
    "2": node("Int", value=2),
    "3": node("Int", value=3),
    "a": node("Out", x=wire("1")),
    "b": node("Out", x=wire("2")),
    "c": node("Out", x=wire("3")),
}


def test_B001_one_target(desk: Desk) -> None:
    assert desk.post(THREE, targets=["a"]).ran == ["1", "a"]


def test_B002_two_targets(desk: Desk) -> None:
    reply = desk.post(THREE, targets=["a", "b"])
    assert sorted(reply.outputs) == ["a", "b"]
    assert "3" not in reply.ran


def test_B003_no_targets(desk: Desk) -> None:
    reply = desk.post(THREE, targets=[])
    assert (reply.status, reply.error["type"]) == (400, "prompt_no_outputs")


@pytest.mark.parametrize("other", ["1", "nowhere"])
def test_B004_targets_that_are_no_outputs_are_ignored(desk: Desk, other: str) -> None:
    assert desk.post(THREE, targets=[other, "b"]).ran == ["2", "b"]
    assert desk.post(THREE, targets=[other]).error["type"] == "prompt_no_outputs"


def test_B005_an_output_above_a_target_runs_too() -> None:
    from tests.conformance.nodes import ANY, v1

    through = v1(lambda x: {"ui": {"value": [x]}, "result": (x,)}, {"x": (ANY,)}, OUTPUT_NODE=True)
    desk = Desk({"Through": through})
    reply = desk.post(
        {"1": node("Int", value=1), "2": node("Through", x=wire("1")), "3": node("Out", x=wire("2"))}, targets=["3"]
    )
    desk.close()
    assert reply.ran == ["1", "2", "3"]
    assert (reply.value("2"), reply.value("3")) == (1, 1)


def test_B006_lazy_inputs_stay_unevaluated(desk: Desk) -> None:
    pick = node("Pick", choice=0, a=wire("1"), b=wire("2"))
    reply = desk.post({**THREE, "4": pick, "d": node("Out", x=wire("4"))}, targets=["d"])
    assert reply.value("d") == 1
    assert "2" not in reply.ran


def test_B007_nested_ids(desk: Desk) -> None:
    assert desk.post({**THREE, "12:3": node("Out", x=wire("2"))}, targets=["12:3"]).ran == ["2", "12:3"]


def test_B008_errors_elsewhere_do_not_block(desk: Desk) -> None:
    reply = desk.post({**THREE, "bad": node("Out")}, targets=["a"])
    assert (reply.status, reply.node_errors) == (200, {})
    assert reply.value("a") == 1
