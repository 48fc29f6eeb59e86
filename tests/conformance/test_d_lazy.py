"""D: inputs that are computed only when a node asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nodes.compat.schema import io
from tests.conformance.desk import Desk, node, wire
from tests.conformance.nodes import ANY, v1

MakeDesk = Callable[..., Desk]
LAZY = (ANY, {"lazy": True})


def lazy(status: Any, function: Any = None, **attributes: Any) -> type:
    """A class with lazy inputs `a` and `b`."""
    return v1(
        function or (lambda a=None, b=None: ((a, b),)),
        {},
        {"a": LAZY, "b": LAZY},
        check_lazy_status=status,
        **attributes,
    )


def wired(**inputs: Any) -> dict[str, Any]:
    """A prompt around one lazy node."""
    return {
        "1": node("Int", value=1), "2": node("Int", value=2),
        "l": node("Lazy", **inputs), "out": node("Out", x=wire("l")),
    }  # fmt: skip


BOTH = {"a": wire("1"), "b": wire("2")}


def test_D001_nothing_needed(make_desk: MakeDesk) -> None:
    reply = make_desk({"Lazy": lazy(lambda a, b: [])}).post(wired(**BOTH))
    assert reply.value() == (None, None)
    assert reply.ran == ["l", "out"]


def test_D001_no_status_function_at_all(make_desk: MakeDesk) -> None:
    kind = v1(lambda a=None, b=None: ((a, b),), {}, {"a": LAZY, "b": LAZY})
    assert make_desk({"Lazy": kind}).post(wired(**BOTH)).value() == (None, None)


def test_D002_one_of_two(make_desk: MakeDesk) -> None:
    reply = make_desk({"Lazy": lazy(lambda a, b: ["b"])}).post(wired(**BOTH))
    assert reply.value() == (None, 2)
    assert "1" not in reply.ran


def test_D003_asked_again_with_the_value(make_desk: MakeDesk) -> None:
    seen: list[Any] = []

    def status(a: Any, b: Any) -> list[str]:
        seen.append((a, b))
        return ["a"] if a is None else ["b"] if b is None else []

    assert make_desk({"Lazy": lazy(status)}).post(wired(**BOTH)).value() == (1, 2)
    assert seen == [(None, None), (1, None), (1, 2)]


def test_D004_cached_values_are_there_from_the_start(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    desk = make_desk({"Lazy": lazy(lambda a, b: seen.append((a, b)))})
    desk.post({"1": node("Int", value=1), "out": node("Out", x=wire("1"))})
    assert desk.post(wired(**BOTH)).value() == (1, None)
    assert seen == [(1, None)]


@pytest.mark.parametrize("name", ["b", "nonsense"])
def test_D005_asking_for_what_has_no_wire_fails(make_desk: MakeDesk, name: str) -> None:
    reply = make_desk({"Lazy": lazy(lambda a, b=None: [name])}).post(wired(a=wire("1")))
    assert reply.failure["node_id"] == "l"
    assert name in reply.failure["exception_message"]


def test_D006_asking_for_a_constant_does_nothing(make_desk: MakeDesk) -> None:
    assert make_desk({"Lazy": lazy(lambda a, b: ["a"])}).post(wired(a=5, b=wire("2"))).value() == (5, None)


def test_D007_mixed_wishes_over_a_list(desk: Desk) -> None:
    prompt = {
        "c": node("List3", values={"__value__": [0.0, 0.5, 1.0]}),
        "1": node("Int", value=10), "2": node("Int", value=20),
        "p": node("Pick", choice=wire("c"), a=wire("1"), b=wire("2")), "out": node("Out", x=wire("p")),
    }  # fmt: skip
    assert desk.post(prompt).values() == [10, 15.0, 20]


def test_D008_async_status(make_desk: MakeDesk) -> None:
    async def status(a: Any, b: Any) -> list[str]:
        return ["a"]

    assert make_desk({"Lazy": lazy(status)}).post(wired(**BOTH)).value() == (1, None)


def test_D009_gathered_lazy_inputs(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    kind = lazy(lambda a, b: seen.append((a, b)) or ["a"], INPUT_IS_LIST=True)
    assert make_desk({"Lazy": kind}).post(wired(**BOTH)).value() == ([1], (None,))
    assert seen == [((None,), (None,)), ([1], (None,))]


def test_D010_no_list_is_no_wish(make_desk: MakeDesk) -> None:
    for answer in (None, "a", 5):
        reply = make_desk({"Lazy": lazy(lambda a, b, answer=answer: answer)}).post(wired(**BOTH))
        assert reply.value() == (None, None)


def test_D011_every_attempt_is_announced(make_desk: MakeDesk) -> None:
    kind = lazy(lambda a, b: ["a"] if a is None else ["b"])
    assert make_desk({"Lazy": kind}).post(wired(**BOTH)).ran == ["l", "1", "l", "2", "l", "out"]


def test_D012_v3_overrides(make_desk: MakeDesk) -> None:
    class Plain(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            inputs = [io.AnyType.Input(name, optional=True, lazy=True) for name in ("a", "b")]
            return io.Schema("Lazy", inputs=inputs, outputs=[io.AnyType.Output()])

        @classmethod
        def execute(cls, a: Any = None, b: Any = None) -> io.NodeOutput:
            return io.NodeOutput((a, b))

    class Choosy(Plain):
        @classmethod
        def check_lazy_status(cls, a: Any = None, b: Any = None) -> list[str]:
            return ["b"]

    assert make_desk({"Lazy": Choosy}).post(wired(**BOTH)).value() == (None, 2)
    assert make_desk({"Lazy": Plain}).post(wired(**BOTH)).value() == (None, None)


def test_D002_hidden_inputs_reach_the_status(make_desk: MakeDesk) -> None:
    kind = v1(
        lambda a=None, me="": ((a, me),), {}, {"a": LAZY}, {"me": "UNIQUE_ID"},
        check_lazy_status=lambda a=None, me="": ["a", "me"] if me == "l" else [],
    )  # fmt: skip
    assert make_desk({"Lazy": kind}).post(wired(a=wire("1"))).value() == (1, "l")


def test_D002_a_permissive_declaration_may_be_lazy(make_desk: MakeDesk) -> None:
    class Anything(dict[str, Any]):
        def __contains__(self, name: object) -> bool:
            return True

        def __getitem__(self, name: str) -> Any:
            return LAZY

    kind = v1(lambda **given: (given,), {}, Anything(), check_lazy_status=lambda **given: ["b"])
    reply = make_desk({"Lazy": kind}).post(wired(**BOTH, k=5))
    assert reply.value() == {"a": None, "b": 2, "k": 5}
    assert "1" not in reply.ran
