"""What is said of a failure: node, inputs, the author's own frames."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore import Cancelled, Expand, NodeFailed, OutOfMemory, Pack, Run
from graphcore.boundary import describe, is_out_of_memory, stopped
from graphcore.tasks import Task
from tests.graphcore.kit import Bench, node, wire


class Tensor:
    shape = (2, 3)
    dtype = "torch.float32"
    device = "cuda:0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Tensor(), "Tensor [2, 3] float32 on cuda:0"),
        ({"samples": Tensor()}, "{samples: Tensor [2, 3] float32 on cuda:0}"),
        ({str(i): i for i in range(6)}, "{0: 0, 1: 1, 2: 2, 3: 3}"),
        ([1, 2], "list of 2"),
        ((1,), "tuple of 1"),
        ("text", "'text'"),
        (None, "None"),
        (1.5, "1.5"),
        ("x" * 100, "'" + "x" * 76 + "..."),
        (object(), "object"),
    ],
    ids=["tensor", "latent", "dict", "list", "tuple", "text", "none", "number", "long", "object"],
)
def test_values_in_few_words(value: Any, text: str) -> None:
    assert describe(value) == text


class OutOfMemoryError(RuntimeError):
    """As torch names it."""


@pytest.mark.parametrize(
    ("error", "memory"),
    [
        (MemoryError(), True),
        (OutOfMemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried"), True),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you"), True),
        (RuntimeError("something else"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_which_errors_are_about_memory(error: Exception, memory: bool) -> None:
    assert is_out_of_memory(error) is memory


def test_a_failure_names_node_inputs_and_author_frames() -> None:
    bench = Bench()
    prompt = {"a": node("spread", count=5), "b": {**node("boom", value=wire("a")), "_meta": {"title": "My node"}},
              "s": node("show", value=wire("b"))}  # fmt: skip
    with pytest.raises(NodeFailed) as caught:
        bench.run(prompt)
    error = caught.value
    assert (error.node, error.title, error.type) == ("b", "My node", "boom")
    assert error.inputs == {"value": "0, 1, 2"}
    assert isinstance(error.cause, ValueError)
    assert len(error.frames) == 1
    assert "in boom" in error.frames[0]
    assert "kit.py" in error.frames[0]


def test_a_failure_in_the_engine_itself_keeps_its_frames() -> None:
    more = Pack("more", namespace=False)

    @more.node()
    def two() -> tuple[int, int]:
        return (1,)  # type: ignore[return-value]

    with pytest.raises(NodeFailed, match="it returned 1 values, but declares 2 outputs") as caught:
        Bench(more=more).run({"t": node("two"), "s": node("show", value=wire("t"))})
    assert caught.value.frames


def test_a_failure_inside_an_expansion_names_the_node_that_the_user_sees() -> None:  # G016
    more = Pack("more", namespace=False)

    @more.node()
    def outer(*, run: Run) -> Expand[int]:
        graph = run.graph()
        return graph.result(graph.node("boom", value=1).out())

    with pytest.raises(NodeFailed) as caught:
        Bench(more=more).run({"o": node("outer"), "s": node("show", value=wire("o"))})
    assert (caught.value.node, caught.value.type) == ("o", "outer")


def test_memory_that_ran_out_twice_says_what_to_lower() -> None:
    more = Pack("more", namespace=False)

    @more.node()
    def hungry(n: int) -> int:
        raise MemoryError("no more")

    with pytest.raises(OutOfMemory, match=r"It was working on n=4\. Lower the width"):
        Bench(more=more).run({"h": node("hungry", n=4), "s": node("show", value=wire("h"))})


def test_a_shape_that_is_no_tuple_is_not_one_of_a_tensor() -> None:
    class Handle:
        shape = object()

    assert describe(Handle()) == "Handle"


def test_a_stop_keeps_the_place_that_it_names() -> None:
    bench = Bench()
    bench.run({"c": node("const", value=1)}, "c")
    assert stopped(Cancelled(), None, {}).node == ""
    stop = Cancelled()
    stop.node, stop.type = "7", "Outer"
    task = Task("1", node("const", value=1), bench.registry["const"], None, 0)
    assert (stopped(stop, task, {"1": task}).node, stop.type) == ("7", "Outer")
    assert stopped(Cancelled(), task, {"1": task}).node == "1"
