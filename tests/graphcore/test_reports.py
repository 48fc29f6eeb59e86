"""Findings in the field's JSON, for native nodes; tests/conformance has the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest

from graphcore import Blocker, Image, Pack, Range, Registry
from graphcore.engine import Engine
from graphcore.errors import Problem
from graphcore.events import NodeBlocked
from graphcore.reports import blocked_data, error_of, jsonable, validation_report
from tests.graphcore.kit import node, wire

pack = Pack("t", namespace=False)


@pack.node(id="Make")
def make(steps: Annotated[int, Range(1, 10)] = 5, mode: Literal["a", "b"] = "a") -> Image:
    return [steps, mode]


@pack.node(id="Show", output=True)
def show(image: Image) -> None:
    return None


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(Registry(pack)) as made:
        yield made


def test_native_nodes_report_like_classes(engine: Engine) -> None:
    prompt = {"1": node("Make", steps=11, mode="c"), "2": node("Show", image=wire("1"))}
    report = validation_report(engine.check(prompt))
    assert report.error is not None
    errors = {error["type"]: error for error in report.node_errors["1"]["errors"]}
    assert errors["value_bigger_than_max"]["extra_info"] == {
        "input_name": "steps", "input_config": ["INT", {"default": 5, "min": 1, "max": 10}], "received_value": 11,
    }  # fmt: skip
    assert errors["value_not_in_list"]["details"] == "mode: 'c' not in ['a', 'b']"
    assert errors["value_not_in_list"]["extra_info"]["input_config"] == [["a", "b"], {"default": "a"}]
    json.dumps(report.node_errors)


def test_a_value_where_a_wire_is_needed(engine: Engine) -> None:
    (problem,) = engine.check({"2": node("Show", image="picture.png")}).problems
    error = error_of(problem)
    assert (error["type"], error["details"]) == ("invalid_input_type", "image, picture.png")
    assert error["extra_info"]["input_config"] == ["IMAGE", {}]


def test_a_sound_prompt_has_nothing_to_report(engine: Engine) -> None:
    report = validation_report(engine.check({"1": node("Make"), "2": node("Show", image=wire("1"))}))
    assert report.error is not None  # inputs are never filled in by default
    sound = {"1": node("Make", steps=1, mode="a"), "2": node("Show", image=wire("1"))}
    report = validation_report(engine.check(sound))
    assert (report.error, report.node_errors) == (None, {})


def test_a_kept_node_without_outputs_is_no_error(engine: Engine) -> None:
    checked = engine.check({"1": node("Make", steps=1, mode="a")}, keep=["1"])
    assert validation_report(checked).error is None


class Odd:
    def __str__(self) -> str:
        return "odd"


@pytest.mark.parametrize(
    ("value", "expected"),
    [((1, 2.5), [1, 2.5]), ({1: Odd()}, {"1": "odd"}), ({"a": {"b"}}, {"a": ["b"]}), (None, None), (True, True)],
)
def test_jsonable(value: Any, expected: Any) -> None:
    assert jsonable(value) == expected


def test_a_blocker_is_reported_without_a_time() -> None:
    data = blocked_data(NodeBlocked("1", Blocker("no").message or "", "Show"), "p", ["0"])
    assert "timestamp" not in data
    assert data["executed"] == ["0"]


def test_a_choice_without_a_config_has_no_choices_to_list() -> None:
    error = error_of(Problem("value_not_in_list", "it is none.", "1", input="mode", extra={"received_value": "c"}))
    assert error["details"] == "mode: 'c' not in []"
