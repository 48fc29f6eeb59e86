"""Calling nodes of every kind by name."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest

from graphcore import Blocker, Expand, Lazy, Many, Pack, Run, UserError
from graphcore.sockets import Image
from graphcore.testing import call, caller, recording_run, run_workflow
from graphcore.widgets import Choice
from tests.graphcore.kit import node, wire

pack = Pack("try")


class Halves(NamedTuple):
    whole: int
    rest: float


@pack.node()
def halves(number: int, by: int = 2) -> Halves:
    return Halves(number // by, number % by / by)


@pack.node()
def spread(count: int = 3) -> Many[int]:
    return list(range(count))


@pack.node()
def total(items: Many[int], *more: int) -> int:
    return sum(items) + sum(more)


@pack.node()
async def later(seconds: float = 0.0) -> float:
    await asyncio.sleep(seconds)
    return seconds


@pack.node()
async def either(first: bool, a: Lazy[Any], b: Lazy[Any]) -> Any:
    return await (a if first else b)


@pack.node()
def count_down(number: int, *, run: Run) -> Expand[int]:
    if number == 0:
        return 0
    graph = run.graph()
    return graph.result(graph.node("try/count_down", number=number - 1).out())


@pack.node()
def many_together(items: Many[int], *, run: Run) -> Expand[int]:
    graph = run.graph()
    return graph.result(graph.node("try/total", items=graph.node("try/spread", count=len(items)).out()).out())


@pack.node()
def nothing() -> int | Blocker:
    return Blocker()


@pack.node()
def picture(image: Image, mode: Annotated[str, Choice(lambda folders: ["soft", "hard"])]) -> str:
    return f"{image} {mode}"


@pack.node()
def barren(mode: Annotated[str, Choice(lambda folders: [])]) -> str:
    return mode


@pack.node(output=True)
async def reports(text: str, *, run: Run) -> None:
    run.progress(1, 2)
    run.preview(text)
    run.show(text=[text])


@pack.node()
async def fails() -> int:
    raise KeyError("on purpose")


try_ = caller(pack)


def test_outputs_have_their_names_and_inputs_their_defaults() -> None:
    outputs = try_("try/halves", number=7)
    assert (outputs.whole, outputs.rest) == outputs == (3, 0.5)
    assert try_("try/halves").whole == 0


def test_lists_are_lists() -> None:
    assert try_("try/spread") == ([0, 1, 2],)
    assert try_("try/total", items=[1, 2], more=[10, 20]) == (33,)


def test_what_needs_an_engine_gets_one() -> None:
    assert try_("try/later", seconds=0.25) == (0.25,)
    assert try_("try/either", first=False, a=1, b=[2, 3]) == ([2, 3],)
    assert try_("try/count_down", number=5).INT == 0
    assert try_("try/many_together", items=[5, 5, 5, 5]).INT == 6


def test_it_works_inside_a_running_loop() -> None:
    async def main() -> Any:
        return try_("try/later", seconds=0.0)

    assert asyncio.run(main()) == (0.0,)


def test_a_blocker_stands_for_every_output() -> None:
    assert isinstance(try_("try/nothing").INT, Blocker)


def test_choices_start_with_the_first_and_wires_must_be_given() -> None:
    assert try_("try/picture", image="x").STRING == "x soft"
    with pytest.raises(UserError, match=r"needs its input 'image' \(IMAGE\)"):
        try_("try/picture")
    with pytest.raises(UserError, match="no input 'imag'; it has image, mode"):
        try_("try/picture", imag="x")
    with pytest.raises(UserError, match="There is no node 'try/nowhere'"):
        try_("try/nowhere")


def test_what_a_node_raises_is_raised() -> None:
    with pytest.raises(KeyError, match="on purpose"):
        try_("try/fails")


def test_a_recording_run_remembers(tmp_path: Path) -> None:
    run = recording_run(tmp_path)
    assert try_("try/reports", run, text="a") == ()
    assert (run.steps, run.previews, run.shown) == ([(1, 2)], ["a"], {"text": ["a"]})
    assert run.folders.output.is_dir()


def test_installed_nodes_and_workflows_run(tmp_path: Path) -> None:
    assert call("StringConcatenate", string_a="a", string_b="b", delimiter="-").STRING == "a-b"
    shown = node("PreviewAny", source=wire("1"))
    ran = run_workflow({"1": node("PrimitiveInt", value=5), "2": shown}, {"1.value": 6}, base_dir=tmp_path, keep=["1"])
    assert (ran.result.values["1"], ran.result.ui["2"], ran.files) == (([6],), {"text": ["6"]}, [])


def test_a_choice_of_nothing_must_be_given() -> None:
    with pytest.raises(UserError, match="try/barren needs its input 'mode'"):
        try_("try/barren")
