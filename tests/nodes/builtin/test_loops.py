"""Loops in workflows: counted, over lists, with a condition, within each other."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from graphcore import NodeFailed
from graphcore.events import Event, NodeStarted
from graphcore.node import MISSING
from graphcore.testing import run_workflow
from nodes.builtin import pack
from tests.graphcore.kit import wire

Prompt = dict[str, Any]


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    """A node in prompt form, with the defaults that an editor would put in."""
    ports = pack.nodes[kind].inputs.items()
    defaults = {name: port.default for name, port in ports if port.required and port.default is not MISSING}
    return {"class_type": kind, "inputs": defaults | inputs}


def given(prompt: Prompt, id: str = "end", slot: int = 0) -> Any:
    return run_workflow(prompt, keep=[id]).result.values[id][slot]


def counted(times: int) -> Prompt:
    """Doubles a number so many times."""
    return {
        "one": node("PrimitiveInt", value=1),
        "start": node("LoopStart", times=times, value=wire("one")),
        "double": node("Expression", expression="a * 2 + 0 * b", a=wire("start", 1), b=wire("start", 2)),
        "end": node("LoopEnd", loop=wire("start"), value=wire("double", 1)),
    }


@pytest.mark.parametrize("times", [1, 2, 10])
def test_a_value_is_handed_on(times: int) -> None:
    assert given(counted(times)) == [2**times]


def test_many_passes_are_no_matter() -> None:
    prompt = counted(300)
    prompt["double"] = node("Expression", expression="a + 1", a=wire("start", 1))
    assert given(prompt) == [301]


def test_what_hangs_on_a_pass_runs_in_each_and_what_follows_once() -> None:
    prompt = counted(3)
    prompt["seen"] = node("StringConcatenate", string_a="pass ", string_b=wire("text"))
    prompt["text"] = node("TextFormat", template="{a}", a=wire("start", 2))
    prompt["show"] = node("PreviewAny", source=wire("seen"))
    prompt["after"] = node("PreviewAny", source=wire("end"))
    ui = run_workflow(prompt).result.ui
    shown = [text for found in ui.values() for text in found["text"]]
    assert sorted(shown) == ["8", "pass 0", "pass 1", "pass 2"]
    assert ui["after"] == {"text": ["8"]}


def each(**more: Any) -> Prompt:
    return {
        "list": node("TextSplit", text="a\nb\nc"),
        "nothing": node("PrimitiveString", value=""),
        "start": node("ForEachStart", items=wire("list"), value=wire("nothing"), **more),
        "so far": node("StringConcatenate", string_a=wire("start", 2), string_b=wire("start", 1)),
        "end": node("ForEachEnd", loop=wire("start"), result=wire("so far"), value=wire("so far")),
    }


def test_for_each_carries_and_collects() -> None:
    assert given(each()) == ["abc"]
    assert given(each(), slot=1) == ["a", "ab", "abc"]
    assert given(each(number=1), slot=1) == ["b", "bc"]


def test_for_each_without_a_value_only_collects() -> None:
    prompt = each()
    del prompt["end"]["inputs"]["value"]
    assert given(prompt, slot=1) == ["a", "b", "c"]
    del prompt["end"]["inputs"]["result"]
    assert run_workflow(prompt, keep=["end"]).result.values["end"] == ([None], [])


def test_lists_are_handed_on_whole() -> None:
    prompt = each()
    prompt["so far"] = node("ListJoin", first=wire("start", 2), second=wire("list"))
    assert given(prompt) == ["", *"abcabcabc"]


@pytest.mark.parametrize(("cap", "passes"), [(20, 7), (3, 3)])
def test_while_ends_by_its_condition_or_its_cap(cap: int, passes: int) -> None:
    prompt = counted(cap)
    prompt["below"] = node("Expression", expression="a < 100", a=wire("double", 1))
    prompt["end"] = node("WhileEnd", loop=wire("start"), value=wire("double", 1), again=wire("below", 2))
    assert run_workflow(prompt, keep=["end"]).result.values["end"] == ([2**passes], [passes])


def test_loops_within_loops() -> None:
    prompt = {
        "zero": node("PrimitiveInt", value=0),
        "outer": node("LoopStart", times=3, value=wire("zero")),
        "inner": node("LoopStart", times=4, value=wire("outer", 1)),
        "add": node("Expression", expression="a + b", a=wire("inner", 1), b=wire("outer", 2)),
        "inner end": node("LoopEnd", loop=wire("inner"), value=wire("add", 1)),
        "end": node("LoopEnd", loop=wire("outer"), value=wire("inner end")),
    }
    assert given(prompt) == [4 * (0 + 1 + 2)]


def test_an_inner_loop_that_begins_outside_of_the_outer_one() -> None:
    prompt = {
        "zero": node("PrimitiveInt", value=0),
        "outer": node("LoopStart", times=3, value=wire("zero")),
        "inner": node("LoopStart", times=2, value=wire("zero")),
        "more": node("Expression", expression="a + 1", a=wire("inner", 1)),
        "add": node("Expression", expression="a + b", a=wire("more", 1), b=wire("outer", 2)),
        "inner end": node("LoopEnd", loop=wire("inner"), value=wire("add", 1)),
        "end": node("ForEachEnd", loop=wire("outer"), result=wire("inner end")),
    }
    assert given(prompt, slot=1) == [2, 4, 6]


def test_what_lies_outside_runs_once() -> None:
    prompt = counted(5)
    prompt["double"]["inputs"]["c"] = wire("one")
    events: list[Event] = []
    run_workflow(prompt, keep=["end"], on_event=events.append)
    ran = Counter(event.node for event in events if isinstance(event, NodeStarted))
    assert ran["one"] == 1
    assert max(ran.values()) == 1
    assert len(ran) == 1 + 5 * 3


def test_the_loop_must_come_from_a_start() -> None:
    prompt = counted(3)
    prompt["end"]["inputs"]["loop"] = wire("pick")
    prompt["pick"] = node("ListSelect", items=wire("start"), index=0)
    with pytest.raises(NodeFailed, match="straight from 'Loop Start'"):
        given(prompt)


def test_an_index_beyond_the_list_is_refused() -> None:
    with pytest.raises(NodeFailed, match="no item 3 in a list of 3"):
        given(each(number=3))
