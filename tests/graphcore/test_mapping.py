"""How lists spread over calls, and how results gather."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from graphcore import Blocker
from graphcore.mapping import append, before_run, blocker_in, gather, merge_ui, spread
from graphcore.node import NodeSpec, Outcome
from tests.graphcore.kit import Bench, node, wire

REGISTRY = Bench().registry
ADD, TOTAL, SPREAD = REGISTRY["add"], REGISTRY["total"], REGISTRY["spread"]


def gathering() -> NodeSpec:
    from dataclasses import replace

    return replace(ADD, gathers=True)


@pytest.mark.parametrize(
    ("inputs", "calls"),
    [
        ({}, [{}]),  # E010
        ({"a": [1]}, [{"a": 1}]),
        ({"a": [1], "b": [2]}, [{"a": 1, "b": 2}]),
        ({"a": [1, 2, 3]}, [{"a": 1}, {"a": 2}, {"a": 3}]),  # E001
        ({"a": [1, 2, 3], "b": [7]}, [{"a": 1, "b": 7}, {"a": 2, "b": 7}, {"a": 3, "b": 7}]),  # E003
        ({"a": [1, 2, 3], "b": [7, 8]}, [{"a": 1, "b": 7}, {"a": 2, "b": 8}, {"a": 3, "b": 8}]),  # E002
        ({"a": []}, [{}]),  # E008
        ({"a": [], "b": []}, [{}]),
    ],
)
def test_lists_spread_over_calls(inputs: dict[str, list[Any]], calls: list[dict[str, Any]]) -> None:
    assert spread(ADD, inputs) == calls


@pytest.mark.parametrize("other", [[1], [1, 2]])
def test_an_empty_list_beside_another_has_nothing_to_repeat(other: list[int]) -> None:  # E009
    with pytest.raises(IndexError):
        spread(ADD, {"a": [], "b": other})


def test_more_calls_can_be_asked_for() -> None:
    assert spread(ADD, {"a": [1, 2]}, 3) == [{"a": 1}, {"a": 2}, {"a": 2}]
    assert spread(TOTAL, {"items": [1, 2], "plus": [5]}, 2) == [{"items": [1, 2], "plus": 5}] * 2


def test_a_node_that_gathers_gets_everything_as_lists() -> None:  # E004
    assert spread(gathering(), {"a": [1, 2], "b": [3]}) == [{"a": [1, 2], "b": [3]}]


def test_an_input_that_gathers_gets_its_list_in_every_call() -> None:
    calls = spread(TOTAL, {"items": [1, 2], "plus": [5, 6]})
    assert calls == [{"items": [1, 2], "plus": 5}, {"items": [1, 2], "plus": 6}]
    assert spread(TOTAL, {"items": []}) == [{"items": []}]
    assert spread(TOTAL, {"items": [1, 2], "plus": []}) == [{"items": [1, 2]}]


def test_blockers_are_found_in_arguments_and_gathered_lists() -> None:  # F009
    blocker = Blocker("no")
    assert blocker_in(ADD, {"a": 1, "b": blocker}) is blocker
    assert blocker_in(ADD, {"a": [blocker]}) is None
    assert blocker_in(TOTAL, {"items": [1, blocker]}) is blocker
    assert blocker_in(gathering(), {"a": [1], "b": [blocker]}) is blocker
    assert blocker_in(TOTAL, {"items": [1, 2]}) is None


def test_results_gather_in_the_order_of_calls() -> None:  # E005, E006
    assert gather(ADD, [Outcome((1,)), Outcome(([2, 3],))]) == ([1, [2, 3]],)
    assert gather(SPREAD, [Outcome(([1, 2],)), Outcome(((3,),))]) == ([1, 2, 3],)


def test_a_blocker_stands_for_every_output() -> None:  # F005, F006
    blocker = Blocker()
    assert gather(ADD, [Outcome(blocker), Outcome((1,))]) == ([blocker, 1],)
    assert gather(SPREAD, [Outcome(blocker)]) == ([blocker],)
    lists: tuple[list[Any]] = ([],)
    append(SPREAD, lists, (blocker,))
    assert lists == ([blocker],)


def test_what_is_shown_merges_by_the_keys_of_the_first() -> None:  # E007
    assert merge_ui([]) is None
    assert merge_ui([None, {}]) is None
    assert merge_ui([{"a": [1], "b": [2]}, None, {"a": [3], "c": [4]}]) == {"a": [1, 3], "b": [2]}


def test_before_a_run_wires_have_no_values_and_hidden_inputs_do() -> None:
    prompt = node("add", a=wire("x"), b=5, undeclared=7, more=wire("y"))
    assert before_run(ADD, "1", prompt) == {"a": (None,), "b": [5], "more": (None,)}
    spec = dataclasses.replace(ADD, hidden=lambda id, job: {"me": id})
    assert before_run(spec, "1", prompt)["me"] == ["1"]
