"""Every problem of a prompt, as data, before anything runs."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Annotated, Any

import pytest

from graphcore import Choice, Folders, Image, Pack, Range, Registry
from graphcore.errors import Problem
from graphcore.node import Validator
from graphcore.reports import validation_report
from graphcore.validate import Checked, validate
from tests.graphcore.kit import Bench, node, wire

BENCH = Bench()
MORE = Pack("more", namespace=False)


@MORE.node()
def picture() -> Image: ...


@MORE.node(output=True)
def typed(
    n: Annotated[int, Range(1, 5)] = 1,
    x: Annotated[float, Range(0, 1)] | None = None,
    text: str | None = None,
    flag: bool | None = None,
    kind: Annotated[str, Choice(["a", "b"])] | None = None,
    image: Image | None = None,
) -> None: ...


@MORE.node(output=True)
def growing(*images: Image) -> None: ...


REGISTRY = Registry(BENCH.pack, MORE)


def check(prompt: Any, targets: Any = None, keep: Any = ()) -> Checked:
    return validate(prompt, REGISTRY, Folders(), targets, keep)


def only(prompt: Any) -> Problem:
    problems = check(prompt).problems
    assert len(problems) == 1, problems
    return problems[0]


def codes(prompt: Any, targets: Any = None) -> list[str]:
    return [problem.code for problem in check(prompt, targets).problems]


def test_a_sound_prompt_has_no_problem() -> None:
    checked = check({"t": node("typed", n=2), "g": node("growing", **{"images.0": wire("p")}), "p": node("picture")})
    assert not checked.problems
    assert checked.outputs == checked.targets == ["t", "g"]


@pytest.mark.parametrize("bad", [{}, {"class_type": ""}, {"inputs": {}}, None, 5, []])
def test_a_node_without_type_is_no_node(bad: Any) -> None:  # A002
    problem = only({"t": node("typed", n=2), "x": bad})
    assert (problem.code, problem.node, problem.details) == ("invalid_prompt", "x", "Node ID '#x'")


def test_an_unknown_type_is_named_with_the_nearest() -> None:  # A003
    problem = only({"t": node("typed", n=2), "x": node("pictur")})
    assert problem.code == "missing_node_type"
    assert "Did you mean picture?" in str(problem)
    assert problem.extra == {"node_id": "x", "class_type": "pictur", "node_title": "pictur"}
    assert "Install the node pack" in str(only({"x": node("zzzzz")}))


@pytest.mark.parametrize("kind", [5, ["typed"], {"a": 1}])
def test_a_type_that_is_no_text_is_unknown(kind: Any) -> None:
    assert codes({"x": {"class_type": kind, "inputs": {}}}) == ["missing_node_type"]


@pytest.mark.parametrize("inputs", [None, 5, [1]])
def test_inputs_must_be_an_object(inputs: Any) -> None:  # A056
    assert codes({"x": {"class_type": "typed", "inputs": inputs}}) == ["exception_during_validation"]
    assert codes({"x": {"class_type": "typed"}}) == ["exception_during_validation"]


def test_nothing_to_run() -> None:  # A004, A005, B003, B004
    assert codes({}) == ["prompt_no_outputs"]
    assert "such as SaveImage" in str(only({"p": node("picture")}))
    prompt = {"t": node("typed", n=2), "p": node("picture")}
    for targets in ([], ["p"], ["absent"]):
        assert codes(prompt, targets) == ["prompt_no_outputs"]
    assert "Name one of t." in str(check(prompt, []).problems[0])
    assert check(prompt, []).outputs == []


def test_missing_inputs() -> None:  # A006, A007, A008
    problem = only({"t": node("typed")})
    assert (problem.code, problem.input, problem.extra["input_name"]) == ("required_input_missing", "n", "n")
    assert "Give it a value." in str(problem)
    assert "Give it a wire of type INT" not in str(problem)


@pytest.mark.parametrize(
    ("name", "value", "becomes"),
    [
        ("n", "3", 3),  # A014
        ("n", 3.9, 3),  # A016
        ("x", 1, 1.0),  # A017
        ("text", 5, "5"),  # A018
        ("flag", "false", True),  # A019
        ("n", {"__value__": "2"}, 2),  # A025
        ("n", 1, 1),  # A020
        ("n", 5, 5),
    ],
)
def test_literals_are_converted(name: str, value: Any, becomes: Any) -> None:
    prompt = {"t": node("typed", **{"n": 1, name: value})}
    checked = check(prompt)
    assert not checked.problems
    converted = checked.prompt["t"]["inputs"][name]
    assert (converted, type(converted)) == (becomes, type(becomes))
    assert prompt["t"]["inputs"][name] == value, "the caller's own prompt stays as it is"


@pytest.mark.parametrize(
    ("name", "value", "code", "words"),
    [
        ("n", "abc", "invalid_input_type", "'abc' is not a whole number"),  # A015
        ("n", None, "invalid_input_type", "None is not a whole number"),
        ("n", float("inf"), "invalid_input_type", "inf is not a whole number"),
        ("x", {}, "invalid_input_type", "{} is not a number"),
        ("n", 0, "value_smaller_than_min", "0 is below the smallest allowed value 1"),  # A020
        ("n", 6, "value_bigger_than_max", "6 is above the largest allowed value 5"),
        ("kind", "c", "value_not_in_list", "'c' is not among the choices: a, b"),  # A021
        ("image", 5, "invalid_input_type", "it takes a wire of type IMAGE, not the value 5"),
        ("image", [1, 2, 3], "bad_linked_input", "Wrap a plain list"),  # A026
        ("image", ["gone", 0], "exception_during_validation", "wired to node 'gone', which is not in"),  # A027
        ("image", [1, 2], "exception_during_validation", "wired to node 1"),
        ("image", ["p", float("nan")], "exception_during_validation", "wired to node 'p'"),
        (
            "image",
            ["p", 1],
            "exception_during_validation",
            "wired to output 1 of node p, which has no such output",
        ),  # A028
        ("image", ["p", -1], "exception_during_validation", "wired to output -1 of node p"),
        ("text", ["p", 0], "return_type_mismatch", "it takes STRING, but output 0 of node p is IMAGE"),  # A029
    ],
)
def test_bad_inputs(name: str, value: Any, code: str, words: str) -> None:
    problem = only({"t": node("typed", **{"n": 1, name: value}), "p": node("picture")})
    assert (problem.code, problem.node, problem.input) == (code, "t", name)
    assert words in str(problem)


def test_a_broken_wire_further_up_is_told_apart() -> None:  # A055
    problem = only({"t": node("typed", n=wire("a")), "a": node("add", a=wire("gone"), b=0)})
    assert (problem.code, problem.node) == ("exception_during_inner_validation", "a")


def test_growing_inputs_are_checked_one_by_one() -> None:
    problem = only({"g": node("growing", **{"images.0": wire("p"), "images.1": wire("c")}), "p": node("picture"),
                    "c": node("const", value=1)})  # fmt: skip
    assert (problem.code, problem.input) == ("return_type_mismatch", "images.1")


def test_undeclared_inputs_are_not_checked() -> None:
    assert not codes({"t": node("typed", n=1, extra=["gone", 0])})


def test_the_sound_outputs_of_a_bad_prompt() -> None:  # A009, A012, B008
    prompt = {
        "bad": node("typed", n=wire("below")), "below": node("add", a=wire("worst"), b=0),
        "worst": node("const", value="x"), "good": node("typed", n=1),
    }  # fmt: skip
    checked = check(prompt)
    assert [problem.node for problem in checked.problems] == ["worst"]
    assert checked.targets == ["bad", "good"]
    assert checked.outputs == ["good"]
    assert not check(prompt, ["good"]).problems


def test_a_cycle_is_named_node_by_node() -> None:  # A052
    prompt = {"t": node("typed", n=wire("a")), "a": node("add", a=wire("b"), b=0), "b": node("add", a=wire("a"), b=0)}
    problem = only(prompt)
    assert problem.code == "dependency_cycle"
    assert sorted(problem.extra["cycle_nodes"]) == ["a", "b"]
    assert "a (add) -> b (add)" in str(problem)
    assert check(prompt).outputs == []


def test_a_long_cycle_is_found_quickly() -> None:
    size = 5_000
    prompt: dict[str, Any] = {str(i): node("add", a=wire(str((i - 1) % size)), b=0) for i in range(size)}
    prompt["t"] = node("typed", n=wire("7"))
    started = time.process_time()
    assert codes(prompt) == ["dependency_cycle"]
    assert time.process_time() - started < 5


def test_a_deep_chain_is_no_limit() -> None:
    prompt = {str(i): node("add", a=wire(str(i - 1)) if i else 0, b=0) for i in range(10_000)}
    assert not codes(prompt | {"t": node("show", value=wire("9999"))})


def test_kept_nodes_are_checked_too() -> None:
    prompt = {"c": node("const", value="3"), "d": node("const", value="x")}
    checked = check(prompt, keep=["c"])
    assert not checked.problems
    assert checked.prompt["c"]["inputs"]["value"] == 3
    assert [problem.node for problem in check(prompt, keep=["d"]).problems] == ["d"]
    assert "Did you mean 'c'?" in str(check(prompt, keep=["cc"]).problems[0])
    assert "There are c, d." in str(check(prompt, keep=["zzz"]).problems[0])


def test_a_validator_takes_over_what_it_names() -> None:  # A043, A045
    spec = dataclasses.replace(REGISTRY["typed"], validator=Validator(lambda **inputs: True, frozenset({"n"})))
    registry = {**REGISTRY, "typed": spec}
    assert not validate({"t": node("typed", n=99)}, registry, Folders()).problems
    assert validate({"t": node("typed", n=99, x=2.0)}, registry, Folders()).problems[0].input == "x"


def test_problems_read_as_sentences() -> None:
    problem = only({"t": {**node("typed", n=9), "_meta": {"title": "My numbers"}}})
    assert str(problem) == "Node t (My numbers), input 'n': 9 is above the largest allowed value 5."


def nested(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("levels", [201, 500, 5_000, 100_000])
@pytest.mark.parametrize("wrapped", [False, True])
def test_values_that_are_nested_too_deep_are_named(levels: int, wrapped: bool) -> None:
    value = {"__value__": nested(levels)} if wrapped else nested(levels)
    prompt = {"a": node("const", value=value), "b": node("add", a=wire("a"), b=1, spare=nested(levels)),
              "s": node("show", value=wire("b"))}  # fmt: skip
    checked = Bench().engine.check(prompt)
    assert {(found.node, found.input, found.code) for found in checked.problems} == {
        ("a", "value", "invalid_input_type"), ("b", "spare", "invalid_input_type"),
    }  # fmt: skip
    assert all("nested more than 200 levels deep" in str(found) for found in checked.problems)
    assert "too deep to be shown" in json.dumps(validation_report(checked).node_errors)


def test_data_that_contains_itself_is_nested_too_deep() -> None:
    ring: list[Any] = []
    ring.append(ring)
    (problem,) = Bench().engine.check({"s": node("show", value={"__value__": [ring, ring]})}).problems
    assert "nested more than 200 levels deep" in problem.message


def test_long_values_are_quoted_in_part() -> None:
    (problem,) = Bench().engine.check({"s": node("show", value="x" * 100_000)}).problems
    assert len(problem.message) < 300
    assert problem.extra["received_value"] == "x" * 100_000
