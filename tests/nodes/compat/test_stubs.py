"""Stubs can be named, derived from and computed with while a pack is imported; used later they say what is missing."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import pytest

from nodes.compat.owners import loading
from nodes.compat.stubs import ProvidedType, UnsupportedSymbol, missing, stub


def entered(kind: Any) -> None:
    with kind:
        pass


USES: dict[str, Callable[[Any], Any]] = {
    "call": lambda kind: kind(1, 2),
    "iterate": list,
    "contain": lambda kind: 3 in kind,
    "add": lambda kind: operator.add(kind, ["x"]),
    "add to": lambda kind: 1.5 + kind,
    "multiply": lambda kind: kind * 2,
    "power": lambda kind: 2**kind,
    "unite": lambda kind: {1} | kind,
    "unite with": lambda kind: kind | {1},
    "measure": len,
    "whole": int,
    "round": round,
    "range": range,
    "real": float,
    "absolute": abs,
    "enter": entered,
    "compare": lambda kind: kind > 3,
    "not above": lambda kind: operator.le(kind, 3),
}


@pytest.mark.parametrize("use", USES)
def test_a_stub_goes_through_at_import_and_is_refused_later(use: str) -> None:
    kind = stub("comfy.ldm.a_family.Network")
    with loading("grainy"):
        USES[use](kind)
    with pytest.raises(UnsupportedSymbol, match=r"comfy\.ldm\.a_family\.Network"):
        USES[use](kind)


def test_a_refusal_names_the_pack() -> None:
    class Mine(stub("comfy.ldm.a_family.Block")):  # type: ignore[misc]
        pass

    assert isinstance(Mine, type)
    with pytest.raises(UnsupportedSymbol, match=r"comfy\.ldm\.a_family\.Block"):
        Mine()


def test_a_stub_stands_in_annotations_and_handlers() -> None:
    kind = stub("comfy.ldm.a_family.Network")
    assert (kind | None) == (None | kind)
    assert kind, "it is there"
    seen = []
    try:
        int("no number")
    except stub("comfy.a_module.StrangeError"):
        seen.append("strange")
    except ValueError:
        seen.append("ours")
    assert seen == ["ours"]


class Partly(metaclass=ProvidedType):
    known = 1


def test_what_a_class_lacks_is_a_stub_unless_it_is_looked_for() -> None:
    original = Partly.unknown
    with pytest.raises(UnsupportedSymbol, match=r"Partly\.unknown"):
        original(None)
    assert Partly.known == 1
    assert not hasattr(Partly, "unknown")
    assert getattr(Partly, "unknown", 3) == 3
    assert not hasattr(Partly(), "unknown"), "objects have what they have"
    Partly.unknown = lambda self: 4
    assert Partly().unknown() == 4


def test_what_an_object_lacks_is_a_stub_too() -> None:
    class Owner:
        def __getattr__(self, name: str) -> Any:
            return missing("server.PromptServer.instance", name)

    owner = Owner()
    assert not hasattr(owner, "a_part")
    with pytest.raises(UnsupportedSymbol, match=r"server\.PromptServer\.instance\.a_part"):
        owner.a_part(1)
