"""Small node classes, each with one rule, and `v1`, which makes one of a function for a test of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from graphcore import Blocker
from nodes.compat.graph_utils import GraphBuilder
from nodes.compat.schema import io


class AnyType(str):
    """The packs' own wildcard: a text that never differs."""

    def __ne__(self, other: object) -> bool:
        return False

    __eq__ = str.__eq__
    __hash__ = str.__hash__


ANY = AnyType("*")


def v1(
    function: Callable[..., Any],
    required: Mapping[str, Any] | None = None,
    optional: Mapping[str, Any] | None = None,
    hidden: Mapping[str, Any] | None = None,
    returns: Any = (ANY,),
    **attributes: Any,
) -> type:
    """A V1 class around a plain function."""
    types: dict[str, Any] = {"required": dict(required or {})}
    if optional is not None:
        types["optional"] = optional
    if hidden is not None:
        types["hidden"] = hidden
    members = {
        "INPUT_TYPES": classmethod(lambda cls: types),
        "RETURN_TYPES": returns,
        "FUNCTION": "go",
        "CATEGORY": "test",
        "go": staticmethod(function),
    }
    wrapped = {name: staticmethod(value) if callable(value) else value for name, value in attributes.items()}
    return type("Test", (), members | wrapped)


def out_ui(x: Any) -> dict[str, Any]:
    return {"ui": {"value": [x]}, "result": ()}


class Int:
    """A whole number."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"value": ("INT", {"default": 7, "min": -100, "max": 100})}}

    def go(self, value: int) -> tuple[int]:
        return (value,)


class List3:
    """A list of values, spread."""

    RETURN_TYPES = (ANY,)
    OUTPUT_IS_LIST = (True,)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"values": ("VALUES",)}}

    def go(self, values: list[Any]) -> tuple[list[Any]]:
        return (list(values),)


class Sum:
    """a + b."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"a": ("INT",), "b": ("INT",)}}

    def go(self, a: int, b: int) -> tuple[int]:
        return (a + b,)


class Two:
    """Two outputs."""

    RETURN_TYPES = ("INT", "INT")
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"value": ("INT",)}}

    def go(self, value: int) -> tuple[int, int]:
        return value, value + 100


class Slow:
    """Passes a value on after a while, without holding up others."""

    RETURN_TYPES = (ANY,)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"x": (ANY,), "seconds": ("FLOAT", {"default": 0.0})}}

    async def go(self, x: Any, seconds: float) -> tuple[Any]:
        await asyncio.sleep(seconds)
        return (x,)


class Out:
    """Shows what it gets."""

    RETURN_TYPES: ClassVar[tuple[Any, ...]] = ()
    FUNCTION = "go"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"x": (ANY,)}}

    def go(self, x: Any) -> dict[str, Any]:
        return out_ui(x)


class OutQ:
    """An output that shows nothing."""

    RETURN_TYPES: ClassVar[tuple[Any, ...]] = ()
    FUNCTION = "go"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"x": (ANY,)}}

    def go(self, x: Any) -> dict[str, Any]:
        return {}


class Boom:
    """Fails."""

    RETURN_TYPES = (ANY,)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"x": (ANY,)}, "optional": {"text": ("STRING", {})}}

    def go(self, x: Any, text: str = "it broke") -> tuple[Any]:
        raise ValueError(text)


class Block:
    """A blocker, with a message or without."""

    RETURN_TYPES = (ANY,)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"x": (ANY,)}, "optional": {"message": ("STRING", {})}}

    def go(self, x: Any, message: str | None = None) -> tuple[Any]:
        return (Blocker(message),)


class BlockIf:
    """Blocks one value, passes others."""

    RETURN_TYPES = (ANY,)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"x": (ANY,), "bad": (ANY,)}}

    def go(self, x: Any, bad: Any) -> tuple[Any]:
        return (Blocker(None) if x == bad else x,)


class Pick:
    """Takes `a` where choice < 0.5, else `b`; asks for no more than it needs, mixes them in between."""

    RETURN_TYPES = (ANY,)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        lazy = (ANY, {"lazy": True})
        return {"required": {"choice": ("FLOAT", {})}, "optional": {"a": lazy, "b": lazy}}

    def check_lazy_status(self, choice: float, a: Any = None, b: Any = None) -> list[str]:
        needed = {"a": a} if choice == 0 else {"b": b} if choice == 1 else {"a": a, "b": b}
        return [name for name, value in needed.items() if value is None]

    def go(self, choice: float, a: Any = None, b: Any = None) -> tuple[Any]:
        if 0 < choice < 1:
            return ((a + b) / 2,)
        return (b if choice else a,)


class Gather:
    """Gets every argument as a list."""

    RETURN_TYPES = (ANY,)
    FUNCTION = "go"
    INPUT_IS_LIST = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"x": (ANY,), "k": ("INT", {})}, "hidden": {"me": "UNIQUE_ID"}}

    def go(self, x: list[Any], k: list[int], me: list[str]) -> tuple[Any]:
        return ({"x": list(x), "k": list(k), "me": list(me)},)


class Twice:
    """Expands into x + x + 1."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"x": ("INT", {"rawLink": True})}}

    def go(self, x: Any) -> dict[str, Any]:
        graph = GraphBuilder()
        first = graph.node("Sum", a=x, b=x)
        second = graph.node("Sum", a=first.out(0), b=1)
        return {"result": (second.out(0),), "expand": graph.finalize()}


class Loop:
    """Adds 1 n times, one expansion inside the other."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"x": ("INT",), "n": ("INT",)}}

    def go(self, x: int, n: int) -> Any:
        if n == 0:
            return (x,)
        graph = GraphBuilder()
        added = graph.node("Sum", a=x, b=1)
        again = graph.node("Loop", x=added.out(0), n=n - 1)
        return {"result": (again.out(0),), "expand": graph.finalize()}


class Steps:
    """Remembers how often this instance was called."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"seed": ("INT",)}}

    def __init__(self) -> None:
        self.count = 0

    def go(self, seed: int) -> tuple[int]:
        self.count += 1
        return (self.count,)


class Tint(io.ComfyNode):
    """A V3 node: k times x."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="Tint",
            category="test",
            inputs=[io.Int.Input("x"), io.Float.Input("k", default=1.0, min=0.0, max=2.0, optional=True)],
            outputs=[io.Float.Output(display_name="tinted")],
        )

    @classmethod
    def execute(cls, x: int, k: float = 1.0) -> io.NodeOutput:
        return io.NodeOutput(x * k)


KINDS = (Int, List3, Sum, Two, Slow, Out, OutQ, Boom, Block, BlockIf, Pick, Gather, Twice, Loop, Steps, Tint)
CLASSES: dict[str, type] = {
    **{kind.__name__: kind for kind in KINDS},
    "Pass": v1(lambda x: (x,), {"x": (ANY,)}),
    "Text": v1(lambda value: (value,), {"value": ("STRING",)}, returns=("STRING",)),
}
