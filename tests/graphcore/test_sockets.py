"""Which wire fits which socket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from graphcore.sockets import ANY, Lazy, assignable


class Unequal:
    """Never says that it differs, like the types of packs that accept everything."""

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = object.__hash__


@pytest.mark.parametrize(
    ("received", "declared", "fits"),
    [
        ("INT", "INT", True),
        ("INT", "STRING", False),
        ("int", "INT", False),
        ("A,B", "B,C", True),  # A030
        ("A,B", "C", False),
        ("A, B", "B", True),  # A031
        ("A,B", "B,A", True),  # A032
        ("", "", True),  # A033
        ("", "A", False),
        ("A", "", False),
        (Unequal(), ["x"], True),  # A034
        ("*", "INT", False),  # A036
        ("INT", "*", False),
        (ANY, "INT", True),
        ("INT", ANY, True),
        (["a", "b"], ["a", "b"], True),  # A037
        (["a"], ["b"], False),
        (["a"], "COMBO", False),
    ],
)
def test_assignable(received: object, declared: object, fits: bool) -> None:
    assert assignable(received, declared) is fits


@pytest.mark.parametrize(("received", "fits"), [("A", True), ("A,B", True), ("A,C", False), ("C", False)])
def test_strictly_every_received_type_must_be_declared(received: str, fits: bool) -> None:  # A038
    assert assignable(received, "A,B,D", strict=True) is fits


def test_the_wildcard_is_a_text_that_never_differs() -> None:
    assert ANY == "*"
    assert ANY == "INT"
    assert not (ANY != "INT")  # noqa: SIM202 - the operator is what is tested
    assert hash(ANY) == hash("*")


def test_awaiting_a_lazy_asks_each_time() -> None:
    asked = []

    async def ask() -> Any:
        asked.append(1)
        return 7

    async def node(value: Lazy[int]) -> int:
        return await value + await value

    assert asyncio.run(node(Lazy(ask))) == 14
    assert len(asked) == 2
