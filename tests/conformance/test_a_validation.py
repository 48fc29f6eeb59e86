"""A: parsing and validation of prompts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from graphcore.reports import no_prompt
from graphcore.sockets import assignable
from tests.conformance.desk import Desk, node, wire
from tests.conformance.nodes import ANY, AnyType, v1

MakeDesk = Callable[..., Desk]


def echo(kind: Any, options: dict[str, Any] | None = None, **attributes: Any) -> type:
    """A class with one input of that type, which it passes on."""
    return v1(lambda x: (x,), {"x": (kind, options or {})}, **attributes)


def shown(make_desk: MakeDesk, kind: type, value: Any) -> Any:
    """What a class receives for a literal."""
    reply = make_desk({"Echo": kind}).post({"1": node("Echo", x=value), "out": node("Out", x=wire("1"))})
    return reply.value()


def refused(make_desk: MakeDesk, kind: type, value: Any) -> dict[str, Any]:
    """The finding about a literal."""
    reply = make_desk({"Echo": kind}).post({"1": node("Echo", x=value), "out": node("Out", x=wire("1"))})
    assert reply.status == 400
    return reply.finding("1")


def test_A001_no_prompt() -> None:
    report = no_prompt()
    assert report.error is not None
    assert report.error["type"] == "no_prompt"
    assert report.node_errors == {}


@pytest.mark.parametrize("broken", [{"inputs": {}}, {"class_type": "", "inputs": {}}, "nonsense"])
def test_A002_no_class_type(desk: Desk, broken: Any) -> None:
    reply = desk.post({"77": broken, "1": node("Int", value=1), "out": node("Out", x=wire("1"))})
    assert (reply.status, reply.error["type"]) == (400, "invalid_prompt")
    assert "77" in reply.error["details"]
    assert reply.node_errors == {}


def test_A003_unknown_class_even_if_unused(desk: Desk) -> None:
    reply = desk.post({"9": node("Nowhere"), "1": node("Int", value=1), "out": node("Out", x=wire("1"))})
    assert (reply.status, reply.error["type"]) == (400, "missing_node_type")
    assert reply.error["extra_info"]["class_type"] == "Nowhere"
    assert reply.messages == []


def test_A004_no_output_node(desk: Desk) -> None:
    reply = desk.post({"1": node("Int", value=1)})
    assert (reply.status, reply.error["type"], reply.node_errors) == (400, "prompt_no_outputs", {})


def test_A004_only_exactly_true_makes_an_output(make_desk: MakeDesk) -> None:
    kind = v1(lambda: (), returns=(), OUTPUT_NODE=1)
    assert make_desk({"Truthy": kind}).post({"1": node("Truthy")}).error["type"] == "prompt_no_outputs"


def test_A005_empty_prompt(desk: Desk) -> None:
    reply = desk.post({})
    assert (reply.status, reply.error["type"], reply.node_errors) == (400, "prompt_no_outputs", {})


def test_A006_required_input_missing(desk: Desk) -> None:
    reply = desk.post({"out": node("Out")})
    finding = reply.finding("out")
    assert (reply.status, finding["type"]) == (400, "required_input_missing")
    assert finding["extra_info"] == {"input_name": "x"}
    assert finding["details"] == "x"


def test_A007_a_default_is_never_applied(desk: Desk) -> None:
    reply = desk.post({"1": node("Int"), "out": node("Out", x=wire("1"))})
    assert reply.codes("1") == ["required_input_missing"]


def test_A008_missing_optional_input(make_desk: MakeDesk) -> None:
    kind = v1(lambda **given: (sorted(given),), {"x": ("INT",)}, {"y": ("INT", {"default": 3})})
    reply = make_desk({"Opt": kind}).post({"1": node("Opt", x=1), "out": node("Out", x=wire("1"))})
    assert reply.value() == ["x"]


def test_A009_one_of_two_outputs_is_invalid(desk: Desk) -> None:
    reply = desk.post({"1": node("Int", value=1), "good": node("Out", x=wire("1")), "bad": node("Out")})
    assert reply.status == 200
    assert list(reply.node_errors) == ["bad"]
    assert reply.value("good") == 1


def test_A010_all_outputs_invalid(desk: Desk) -> None:
    reply = desk.post({"a": node("Out"), "b": node("Out")})
    assert (reply.status, reply.error["type"]) == (400, "prompt_outputs_failed_validation")
    assert reply.error["details"].splitlines() == ["Required input is missing: x"] * 2
    assert reply.messages == []


def test_A011_keys_of_node_errors(desk: Desk) -> None:
    reply = desk.post({"1": node("Int"), "out": node("Out", x=wire("1"))})
    assert set(reply.node_errors["1"]) == {"errors", "dependent_outputs", "class_type"}
    assert reply.node_errors["1"]["class_type"] == "Int"
    assert set(reply.finding("1")) == {"type", "message", "details", "extra_info"}


def test_A012_downstream_of_a_bad_node_is_not_listed(desk: Desk) -> None:
    reply = desk.post({"1": node("Int"), "2": node("Sum", a=wire("1"), b=1), "out": node("Out", x=wire("2"))})
    assert list(reply.node_errors) == ["1"]


def test_A013_dependent_outputs_are_those_that_depend(desk: Desk) -> None:
    prompt = {
        "1": node("Int"), "2": node("Int", value=1), "a": node("Out", x=wire("1")), "b": node("Out", x=wire("1")),
        "c": node("Out", x=wire("2")), "d": node("Out"),
    }  # fmt: skip
    reply = desk.post(prompt)
    assert reply.node_errors["1"]["dependent_outputs"] == ["a", "b"]
    assert reply.node_errors["d"]["dependent_outputs"] == ["d"]


def exact(make_desk: MakeDesk, kind: str, given: Any, received: Any) -> None:
    value = shown(make_desk, echo(kind), given)
    assert value == received
    assert type(value) is type(received)


def test_A014_int_of_text(make_desk: MakeDesk) -> None:
    exact(make_desk, "INT", "12", 12)


def test_A015_int_of_nonsense(make_desk: MakeDesk) -> None:
    finding = refused(make_desk, echo("INT"), "abc")
    assert finding["type"] == "invalid_input_type"
    assert "abc" in finding["extra_info"]["exception_message"]
    assert finding["extra_info"] | {"exception_message": ""} == {
        "input_name": "x", "input_config": ["INT", {}], "received_value": "abc", "exception_message": "",
    }  # fmt: skip


def test_A016_int_of_float(make_desk: MakeDesk) -> None:
    exact(make_desk, "INT", 3.9, 3)


def test_A017_float_of_int(make_desk: MakeDesk) -> None:
    exact(make_desk, "FLOAT", 2, 2.0)


def test_A018_string_of_int(make_desk: MakeDesk) -> None:
    exact(make_desk, "STRING", 5, "5")


def test_A019_boolean_is_truthiness(make_desk: MakeDesk) -> None:
    exact(make_desk, "BOOLEAN", "false", True)
    exact(make_desk, "BOOLEAN", "", False)


def test_A014_conversion_sees_through_enum_types(make_desk: MakeDesk) -> None:
    from enum import StrEnum

    exact(make_desk, StrEnum("IO", {"INT": "INT"}).INT, "12", 12)


@pytest.mark.parametrize(("value", "code"), [(0, "value_smaller_than_min"), (11, "value_bigger_than_max")])
def test_A020_out_of_range(make_desk: MakeDesk, value: int, code: str) -> None:
    finding = refused(make_desk, echo("INT", {"min": 1, "max": 10}), value)
    assert finding["type"] == code
    assert finding["extra_info"] == {
        "input_name": "x", "input_config": ["INT", {"min": 1, "max": 10}], "received_value": value,
    }  # fmt: skip


@pytest.mark.parametrize("value", [1, 10])
def test_A020_the_limits_are_allowed(make_desk: MakeDesk, value: int) -> None:
    assert shown(make_desk, echo("INT", {"min": 1, "max": 10}), value) == value


def test_A021_legacy_combo(make_desk: MakeDesk) -> None:
    finding = refused(make_desk, echo(["a", "b"]), "c")
    assert finding["type"] == "value_not_in_list"
    assert finding["details"] == "x: 'c' not in ['a', 'b']"
    assert finding["extra_info"] == {"input_name": "x", "input_config": [["a", "b"], {}], "received_value": "c"}
    assert shown(make_desk, echo(["a", "b"]), "b") == "b"


@pytest.mark.parametrize("count", [20, 21])
def test_A022_many_options_are_counted(make_desk: MakeDesk, count: int) -> None:
    finding = refused(make_desk, echo([f"option{i}" for i in range(count)]), "c")
    assert ("option7" in finding["details"]) == (count == 20)
    assert (finding["extra_info"]["input_config"] is None) == (count == 21)
    assert str(count) in finding["details"] or count == 20


def test_A023_combo_with_options_is_checked_unless_switched_off(make_desk: MakeDesk) -> None:
    kind = echo("COMBO", {"options": ["a", "b"]})
    assert refused(make_desk, kind, "c")["type"] == "value_not_in_list"
    lenient = make_desk({"Echo": kind}, combos=False)
    assert lenient.post({"1": node("Echo", x="c"), "out": node("Out", x=wire("1"))}).value() == "c"
    assert shown(make_desk, echo("COMBO", {"options": ["a"], "remote": {"route": "/x"}}), "c") == "c"


def test_A023_multiselect_checks_each_item(make_desk: MakeDesk) -> None:
    kind = echo("COMBO", {"options": ["a", "b", "c"], "multiselect": True})
    assert shown(make_desk, kind, {"__value__": ["a", "c"]}) == ["a", "c"]
    assert refused(make_desk, kind, {"__value__": ["a", "z"]})["type"] == "value_not_in_list"


def test_A024_wrapped_list(make_desk: MakeDesk) -> None:
    assert shown(make_desk, echo("THINGS"), {"__value__": [1, 2]}) == [1, 2]


def test_A025_wrapped_text_is_converted(make_desk: MakeDesk) -> None:
    exact(make_desk, "INT", {"__value__": "12"}, 12)


@pytest.mark.parametrize("value", [[], ["1"], ["1", 0, 0]])
def test_A026_arrays_that_are_no_wires(desk: Desk, value: list[Any]) -> None:
    finding = desk.post({"out": node("Out", x=value)}).finding("out")
    assert finding["type"] == "bad_linked_input"
    assert finding["extra_info"] == {"input_name": "x", "input_config": ["*", {}], "received_value": value}


def test_A027_link_to_a_missing_node(desk: Desk) -> None:
    alone = desk.post({"out": node("Out", x=wire("9"))})
    assert (alone.status, alone.codes("out")) == (400, ["exception_during_validation"])
    reply = desk.post({"1": node("Int", value=1), "out": node("Out", x=wire("9")), "good": node("Out", x=wire("1"))})
    finding = reply.finding("out")
    assert (reply.status, finding["type"]) == (200, "exception_during_validation")
    assert set(finding["extra_info"]) == {"exception_type", "traceback"}
    assert reply.value("good") == 1


def test_A027_deeper_it_is_an_inner_exception(desk: Desk) -> None:
    reply = desk.post({"1": node("Sum", a=wire("9"), b=1), "out": node("Out", x=wire("1"))})
    assert list(reply.node_errors) == ["1"]
    assert reply.finding("1")["type"] == "exception_during_inner_validation"
    assert set(reply.finding("1")["extra_info"]) == {
        "input_name", "input_config", "exception_message", "exception_type", "traceback", "linked_node",
    }  # fmt: skip


@pytest.mark.parametrize("slot", [1, -1, "0", 10**30])
def test_A028_output_index_out_of_range(desk: Desk, slot: Any) -> None:
    reply = desk.post({"1": node("Int", value=1), "out": node("Out", x=["1", slot])})
    assert (reply.status, reply.codes("out")) == (400, ["exception_during_validation"])


def test_A029_types_that_do_not_fit(desk: Desk) -> None:
    reply = desk.post({"1": node("Int", value=1), "2": node("Text", value=wire("1")), "out": node("Out", x=wire("2"))})
    finding = reply.finding("2")
    assert finding["type"] == "return_type_mismatch"
    assert finding["extra_info"] == {
        "input_name": "value", "input_config": ["STRING", {}], "received_type": "INT", "linked_node": ["1", 0],
    }  # fmt: skip


def fits(make_desk: MakeDesk, received: Any, declared: Any, **attributes: Any) -> bool:
    """Whether a prompt with such a wire is accepted."""
    source, sink = v1(lambda: (1,), returns=(received,)), echo(declared, **attributes)
    reply = make_desk({"Source": source, "Echo": sink}).post(
        {"1": node("Source"), "2": node("Echo", x=wire("1")), "out": node("Out", x=wire("2"))}
    )
    if reply.status == 400:
        assert reply.codes("2") == ["return_type_mismatch"]
    return reply.status == 200


def test_A030_unions(make_desk: MakeDesk) -> None:
    assert fits(make_desk, "A,B", "B,C")
    assert not fits(make_desk, "A,B", "C")


def test_A031_white_space_in_unions(make_desk: MakeDesk) -> None:
    assert fits(make_desk, "A, B", "B ,C")


def test_A032_order_in_unions(make_desk: MakeDesk) -> None:
    assert fits(make_desk, "A,B", "A,B")
    assert fits(make_desk, "A,B", "B,A")


def test_A033_the_empty_type(make_desk: MakeDesk) -> None:
    assert fits(make_desk, "", "")
    assert not fits(make_desk, "", "A")
    assert not fits(make_desk, "A", "")
    assert not assignable("", "A,")


def test_A034_a_received_type_that_never_differs(make_desk: MakeDesk) -> None:
    for declared in ("INT", ["a", "b"], {"odd": 1}, ""):
        assert fits(make_desk, ANY, declared)


def test_A035_a_declared_type_that_never_differs(make_desk: MakeDesk) -> None:
    class Picky(str):
        def __ne__(self, other: object) -> bool:
            return str(other) != "INT"

        __eq__ = str.__eq__
        __hash__ = str.__hash__

    assert fits(make_desk, "INT", AnyType("*"))
    assert fits(make_desk, "INT", Picky("NUMBER"))
    assert not fits(make_desk, "FLOAT", Picky("NUMBER"))
    # of two subclasses the one on the left is asked, unless the other is a subclass of its class
    assert fits(make_desk, AnyType("FLOAT"), Picky("NUMBER"))
    assert not fits(make_desk, Picky("FLOAT"), AnyType("*"))

    class Pickier(Picky):
        def __ne__(self, other: object) -> bool:
            return False

        __hash__ = str.__hash__

    assert fits(make_desk, Picky("FLOAT"), Pickier("NUMBER"))


def test_A036_a_plain_star_is_not_special(make_desk: MakeDesk) -> None:
    assert not fits(make_desk, "INT", "*")


def test_A037_types_that_are_no_texts(make_desk: MakeDesk) -> None:
    assert fits(make_desk, ["a", "b"], ["a", "b"])
    assert not fits(make_desk, ["a", "b"], ["a"])
    assert not fits(make_desk, ["a", "b"], "COMBO")


def test_A038_strict() -> None:
    assert assignable("A,B", "B,C")
    assert not assignable("A,B", "B,C", strict=True)
    assert assignable("A,B", "C,B,A", strict=True)


def checked(make_desk: MakeDesk, validate: Any, inputs: dict[str, Any], types: dict[str, Any] | None = None) -> Any:
    """The reply to a prompt whose one output has that validator."""
    types = types or {name: ("INT", {"min": 0, "max": 10}) for name in ("x", "y")}
    kind = v1(lambda **given: {"ui": {"value": [1]}}, types, returns=(), OUTPUT_NODE=True, VALIDATE_INPUTS=validate)
    return make_desk({"Judge": kind}).post({"1": node("Int", value=1), "out": node("Judge", **inputs)})


def test_A039_a_validator_s_text(make_desk: MakeDesk) -> None:
    finding = checked(make_desk, lambda x: "too odd", {"x": 1, "y": 2}).finding("out")
    assert (finding["type"], finding["details"]) == ("custom_validation_failed", "x - too odd")
    assert finding["extra_info"] == {"input_name": "x"}


def test_A040_a_validator_s_false(make_desk: MakeDesk) -> None:
    finding = checked(make_desk, lambda x: False, {"x": 1, "y": 2}).finding("out")
    assert (finding["type"], finding["details"]) == ("custom_validation_failed", "x")
    assert checked(make_desk, lambda x: True, {"x": 1, "y": 2}).value() == 1


def test_A041_one_entry_for_each_input_that_was_passed(make_desk: MakeDesk) -> None:
    reply = checked(make_desk, lambda x, y: "no", {"x": 1, "y": 2})
    assert reply.codes("out") == ["custom_validation_failed"] * 2
    assert [error["details"] for error in reply.node_errors["out"]["errors"]] == ["x - no", "y - no"]


def test_A042_what_a_validator_sees(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    checked(make_desk, lambda x, y: seen.append((x, y)) or True, {"x": "5", "y": wire("1")})
    assert seen == [(5, None)]


def test_A043_naming_an_input_takes_over_its_checks(make_desk: MakeDesk) -> None:
    assert checked(make_desk, lambda x: True, {"x": 99, "y": 1}).value() == 1
    reply = checked(make_desk, lambda x: True, {"x": 99, "y": 99})
    assert [error["extra_info"]["input_name"] for error in reply.node_errors["out"]["errors"]] == ["y"]
    assert checked(make_desk, lambda x: True, {"x": -1, "y": 1}).value() == 1
    choices = {name: (["a", "b"], {}) for name in ("x", "y")}
    assert checked(make_desk, lambda x: True, {"x": "z", "y": "a"}, choices).value() == 1
    reply = checked(make_desk, lambda x: True, {"x": "z", "y": "z"}, choices)
    assert [(error["type"], error["details"][0]) for error in reply.node_errors["out"]["errors"]] == [
        ("value_not_in_list", "y")
    ]


def test_A044_taking_all_takes_over_all_checks(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    reply = checked(make_desk, lambda **given: seen.append(given) or True, {"x": 99, "y": -1})
    assert reply.value() == 1
    assert seen == [{"x": 99, "y": -1}]


def test_A044_hidden_inputs_are_passed_too(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    kind = v1(
        lambda **given: {"ui": {"value": [1]}}, hidden={"me": "UNIQUE_ID", "all": "PROMPT", "odd": "SOMETHING"},
        returns=(), OUTPUT_NODE=True, VALIDATE_INPUTS=lambda **given: seen.append(given) or True,
    )  # fmt: skip
    make_desk({"Judge": kind}).post({"out": node("Judge")})
    assert seen == [{"me": "out", "all": {}}]


def test_A045_a_validator_that_judges_types(make_desk: MakeDesk) -> None:
    seen: list[Any] = []

    def validate(input_types: dict[str, Any]) -> Any:
        seen.append(input_types)
        return "no such type" if input_types["y"] == "INT" else True

    types = {"x": ("STRING",), "y": ("STRING",)}
    reply = checked(make_desk, validate, {"x": "word", "y": wire("1")}, types)
    assert seen == [{"y": "INT"}]
    assert reply.finding("out")["extra_info"] == {"input_name": "input_types"}
    assert reply.codes("out") == ["custom_validation_failed"]
    assert checked(make_desk, lambda input_types: True, {"x": "word", "y": wire("1")}, types).value() == 1


def test_A046_async_validators(make_desk: MakeDesk) -> None:
    async def validate(x: int) -> Any:
        await asyncio.sleep(0)
        return "not now"

    reply = checked(make_desk, validate, {"x": 1, "y": 2})
    assert (reply.status, reply.codes("out")) == (400, ["custom_validation_failed"])
    assert reply.finding("out")["details"] == "x - not now"


def test_A047_a_validator_that_raises(make_desk: MakeDesk) -> None:
    kind = v1(
        lambda x: {"ui": {"value": [x]}}, {"x": ("INT",)}, returns=(), OUTPUT_NODE=True,
        VALIDATE_INPUTS=lambda x: 1 / x and True,
    )  # fmt: skip
    desk = make_desk({"Judge": kind})
    reply = desk.post({"out": node("Judge", x=0)})
    assert desk.post({"out": node("Judge", x=1)}).value() == 1
    finding = reply.finding("out")
    assert (reply.status, finding["type"]) == (400, "exception_during_validation")
    assert finding["extra_info"]["exception_type"] == "ZeroDivisionError"
    assert finding["details"] == "division by zero"
    assert isinstance(finding["extra_info"]["traceback"], list)


def test_A048_a_literal_for_a_union_is_not_converted(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    kind = v1(
        lambda x: {"ui": {"value": [type(x).__name__]}}, {"x": ("X,FLOAT", {})}, returns=(), OUTPUT_NODE=True,
        VALIDATE_INPUTS=lambda x: seen.append(x) or True,
    )  # fmt: skip
    assert make_desk({"Judge": kind}).post({"out": node("Judge", x=5)}).value() == "int"
    assert [type(value) for value in seen] == [int]


def test_A049_undeclared_literals_are_not_passed(make_desk: MakeDesk) -> None:
    kind = v1(lambda **given: (sorted(given),), {"x": ("INT",)})
    reply = make_desk({"Any": kind}).post({"1": node("Any", x=1, extra=5), "out": node("Out", x=wire("1"))})
    assert reply.value() == ["x"]


def test_A050_undeclared_wires_are_passed(make_desk: MakeDesk) -> None:
    mean = v1(lambda **given: (sum(given.values()) / len(given),), {"a": ("INT",)})
    inputs = {name: wire(str(i + 1)) for i, name in enumerate("abcd")}
    prompt = {str(i + 1): node("Int", value=i + 1) for i in range(4)}
    reply = make_desk({"Mean": mean}).post({**prompt, "5": node("Mean", **inputs), "out": node("Out", x=wire("5"))})
    assert reply.value() == 2.5


def test_A051_undeclared_wire_into_a_function_without_room(desk: Desk) -> None:
    prompt = {"1": node("Int", value=1), "2": node("Sum", a=1, b=2, c=wire("1")), "out": node("Out", x=wire("2"))}
    reply = desk.post(prompt)
    assert reply.status == 200
    assert (reply.failure["node_id"], reply.failure["exception_type"]) == ("2", "TypeError")


@pytest.mark.parametrize("slot", [-1, 7])
def test_A050_an_undeclared_wire_from_no_output_is_none(make_desk: MakeDesk, slot: int) -> None:
    kind = v1(lambda **given: (given,))
    prompt = {"1": node("Int", value=1), "2": node("All", a=wire("1", slot)), "out": node("Out", x=wire("2"))}
    assert make_desk({"All": kind}).post(prompt).value() == {"a": None}


def test_A052_static_cycles_are_named(desk: Desk) -> None:
    ring = {str(i): node("Sum", a=wire(str((i + 1) % 50)), b=1) for i in range(50)}
    reply = desk.post({**ring, "out": node("Out", x=wire("0"))})
    assert (reply.status, reply.error["type"]) == (400, "prompt_outputs_failed_validation")
    ((_, entry),) = reply.node_errors.items()
    assert entry["errors"][0]["type"] == "dependency_cycle"
    assert sorted(entry["errors"][0]["extra_info"]["cycle_nodes"], key=int) == [str(i) for i in range(50)]
    assert entry["dependent_outputs"] == ["out"]
    assert desk.post({"1": node("Int", value=1), "out": node("Out", x=wire("1"))}).value() == 1


def test_A052_two_cycles_spoil_two_outputs(desk: Desk) -> None:
    prompt = {
        "1": node("Sum", a=wire("1"), b=1), "2": node("Sum", a=wire("3"), b=1), "3": node("Sum", a=wire("2"), b=1),
        "4": node("Int", value=4),
        "a": node("Out", x=wire("1")), "b": node("Out", x=wire("3")), "c": node("Out", x=wire("4")),
    }  # fmt: skip
    reply = desk.post(prompt)
    assert reply.status == 200
    assert sorted(id for entry in reply.node_errors.values() for id in entry["dependent_outputs"]) == ["a", "b"]
    assert reply.value("c") == 4


def test_A053_meta_and_unknown_keys_are_kept(desk: Desk) -> None:
    first = {**node("Int", value=1), "_meta": {"title": "One"}, "odd": [1]}
    reply = desk.post({"1": first, "out": node("Out", x=wire("1"))})
    assert reply.value() == 1
    assert reply.prompt["1"] == first


def test_A054_only_literals_are_changed(desk: Desk) -> None:
    sent = {"1": node("Int", value={"__value__": "5"}), "out": node("Out", x=wire("1"))}
    reply = desk.post(sent)
    assert reply.prompt == {"1": node("Int", value=5), "out": node("Out", x=["1", 0])}


def test_A055_an_exception_upstream_is_reported_there(make_desk: MakeDesk) -> None:
    kind = echo("INT", VALIDATE_INPUTS=lambda x: 1 / 0)
    reply = make_desk({"Echo": kind}).post({"1": node("Echo", x=1), "out": node("Out", x=wire("1"))})
    assert list(reply.node_errors) == ["1"]
    finding = reply.finding("1")
    assert finding["type"] == "exception_during_inner_validation"
    assert finding["extra_info"]["linked_node"] == ["1", 0]
    assert reply.node_errors["1"]["dependent_outputs"] == ["out"]


def test_A055_input_types_that_raise(make_desk: MakeDesk) -> None:
    def raising(cls: type) -> dict[str, Any]:
        raise OSError("no folder")

    members = {"INPUT_TYPES": classmethod(raising), "RETURN_TYPES": ("INT",), "FUNCTION": "go", "go": print}
    kind = type("Odd", (), members)
    prompt = {"1": node("Odd"), "2": node("Int", value=2), "a": node("Out", x=wire("1")), "b": node("Out", x=wire("2"))}
    reply = make_desk({"Odd": kind}).post(prompt)
    assert reply.finding("1")["extra_info"]["exception_type"] == "OSError"
    assert reply.value("b") == 2


def test_A056_inputs_missing(desk: Desk) -> None:
    reply = desk.post({"out": {"class_type": "Out"}})
    assert (reply.status, reply.codes("out")) == (400, ["exception_during_validation"])
    spare = desk.post({"1": node("Int", value=1), "out": node("Out", x=wire("1")), "spare": {"class_type": "Int"}})
    assert spare.value() == 1


def test_A057_nothing_sticks(desk: Desk) -> None:
    whole = {
        "1": node("Int", value=1),
        "2": node("Int", value=2),
        "a": node("Out", x=wire("1")),
        "b": node("Out", x=wire("2")),
    }
    without = {id: described for id, described in whole.items() if id != "1"}
    assert desk.post(whole).value("a") == 1
    reply = desk.post(without)
    assert list(reply.node_errors) == ["a"]
    assert reply.value("b") == 2
    again = desk.post(whole)
    assert again.node_errors == {}
    assert (again.value("a"), again.value("b")) == (1, 2)


def test_A058_a_shared_ancestor_is_validated_once(make_desk: MakeDesk) -> None:
    asked: Counter[str] = Counter()
    kind = echo("INT", VALIDATE_INPUTS=lambda x: asked.update(["x"]) or True)
    prompt = {
        "1": node("Echo", x=1), "2": node("Pass", x=wire("1")), "3": node("Pass", x=wire("1")),
        "4": node("Sum", a=wire("2"), b=wire("3")), "a": node("Out", x=wire("4")), "b": node("Out", x=wire("2")),
    }  # fmt: skip
    assert make_desk({"Echo": kind}).post(prompt).value("a") == 2
    assert asked == {"x": 1}


def test_A047_a_validator_is_asked_without_an_event_loop_too(make_desk: MakeDesk) -> None:
    kind = echo("INT", VALIDATE_INPUTS=lambda x: "too odd")
    prompt = {"1": node("Echo", x=1), "out": node("Out", x=wire("1"))}
    (problem,) = make_desk({"Echo": kind}).engine.check(prompt).problems
    assert (problem.code, problem.node) == ("custom_validation_failed", "1")
