"""Declarations as ports."""

from __future__ import annotations

from typing import Any

import pytest

from nodes.compat.inputs import ClassInputs, LazyNames


class Anything(dict[str, Any]):
    """Answers to any name, as packs write it."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name) if name in list(self.keys()) else ("*", {"lazy": name.startswith("l")})


def test_declared_and_permitted_names() -> None:
    inputs = ClassInputs(lambda: {"required": {"x": ("INT",)}, "optional": Anything(y=("FLOAT", {"lazy": True}))})
    assert list(inputs) == ["x", "y"]
    assert (inputs["x"].required, inputs["y"].required, inputs["other"].required) == (True, False, False)
    assert inputs["other"].type == "*"
    lazy = LazyNames(inputs, inputs.get)
    assert ("y" in lazy, "x" in lazy, "late" in lazy, "other" in lazy) == (True, False, True, False)
    assert (list(lazy), len(lazy)) == (["y"], 1)


def test_reading_once_for_each_look() -> None:
    reads: list[int] = []
    inputs = ClassInputs(lambda: reads.append(1) or {"required": {"x": ("INT",)}})
    assert len(inputs) == 1
    assert inputs.get("x") is inputs.get("x")
    assert inputs.get("y") is None
    assert reads == [1]


def test_what_the_declaration_raises_every_question_raises() -> None:
    tries: list[int] = []

    def fail() -> Any:
        tries.append(1)
        raise OSError("no folder")

    inputs = ClassInputs(fail)
    assert inputs.hidden == {}
    assert not inputs.has_raw_links
    for _ in range(2):
        with pytest.raises(OSError, match="no folder"):
            list(inputs)
    assert tries == [1]


def test_odd_forms() -> None:
    inputs = ClassInputs(lambda: {"required": {"a": "IMAGE", "b": ["INT", {"min": 1}], "c": ("INT", None)}})
    assert inputs["a"].type == "IMAGE"
    assert inputs["b"].config == ("INT", {"min": 1})
    assert inputs["c"].config == ("INT", {})
