"""Cheap nodes, without torch, for the worker of the conformance tests."""

from __future__ import annotations

import logging
import time
from typing import Any

from graphcore import Pack, Run
from nodes.compat.schema import io
from nodes.compat.v1 import spec_of_v1
from nodes.compat.v3 import spec_of_v3

pack = Pack("t", namespace=False)


@pack.node(volatile=True)
def Value(value: int = 1) -> int:
    """A number."""
    return value


@pack.node(output=True)
def Show(value: int = 0, *, run: Run) -> None:
    """Show a number."""
    run.show(text=[str(value)])


@pack.node(output=True, volatile=True)
def Quiet(value: int = 0) -> None:
    """Show nothing."""


@pack.node(output=True, volatile=True)
def Log(message: str) -> None:
    """Log something."""
    logging.getLogger("a.pack").warning(message)


@pack.node(output=True)
def Still(value: int = 0) -> None:
    """Show nothing, and be cached."""


@pack.node(output=True, volatile=True)
def Save(name: str, width: int = 16, *, run: Run) -> None:
    """Save a small picture."""
    from PIL import Image

    run.folders.output.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, 8), (1, 2, 3)).save(run.folders.output / name)
    run.show(images=[{"filename": name, "subfolder": "", "type": "output"}])


@pack.node(output=True, volatile=True)
def Sleep(seconds: float = 0.1, *, run: Run) -> None:
    """Sleep in ten steps, or in as many as let one stop it quickly."""
    steps = max(10, round(seconds / 0.05))
    for step in range(steps):
        time.sleep(seconds / steps)
        run.progress(step + 1, steps)


@pack.node(output=True, volatile=True)
def Fail(message: str = "broken") -> None:
    """Raise."""
    raise ValueError(message)


@pack.node(output=True, volatile=True)
def Paint(width: int = 1024, height: int = 512, *, run: Run) -> None:
    """Show a preview."""
    from PIL import Image

    run.preview(Image.new("RGB", (width, height), (200, 30, 30)))


class Classic:
    """A V1 class with every kind of spec."""

    CATEGORY = "math"
    FUNCTION = "go"
    RETURN_TYPES = ("INT", "STRING")
    is_broken = False

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        if cls.is_broken:
            raise RuntimeError("no inputs today")
        required = {"x": ("INT", {"default": 1}), "mode": (["a", "b"], {"default": "a"})}
        return {"required": required, "hidden": {"me": "UNIQUE_ID"}}

    def go(self, **_: Any) -> tuple[int, str]:
        return 1, "a"


class Marked(Classic):
    """The same, with flags."""

    DEPRECATED = True
    EXPERIMENTAL = True
    API_NODE = True


class Broken(Classic):
    """The same, raising when it is asked for its inputs."""


class Modern(io.ComfyNode):
    """A schema-style node."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="Modern",
            display_name="Modern node",
            category="math",
            inputs=[io.Int.Input("x", default=1)],
            outputs=[io.Int.Output()],
        )

    @classmethod
    def execute(cls, x: int) -> io.NodeOutput:
        return io.NodeOutput(x)


for kind in (Classic, Marked, Broken):
    pack.nodes.declare(kind.__name__, spec_of_v1(kind, kind.__name__, title=f"{kind.__name__} node"))
pack.nodes.declare("Modern", spec_of_v3(Modern, "Modern"))
Broken.is_broken = True
