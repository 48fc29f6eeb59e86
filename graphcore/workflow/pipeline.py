"""Pipelines written in Python: what `graphcore export --python` writes, and a short way to write prompts by hand."""

from __future__ import annotations

from typing import Any

from graphcore.prompt import Prompt
from graphcore.workflow.api import wrap


class PipelineNode:
    """A node of a pipeline; `node[0]` is its first output, to be given to inputs of other nodes."""

    def __init__(self, id: str):
        self.id = id

    def __getitem__(self, output: int) -> Output:
        return Output(self.id, output)


class Output:
    """An output of a node."""

    def __init__(self, node: str, index: int):
        self.node, self.index = node, index


class Pipeline:
    """Builds a prompt node by node.

    >>> pipeline = Pipeline()
    >>> picture = pipeline.add("LoadImage", image="example.png")
    >>> save = pipeline.add("SaveImage", images=picture[0], filename_prefix="copy")
    >>> pipeline.prompt["2"]["inputs"]["images"]
    ['1', 0]
    """

    def __init__(self) -> None:
        self.prompt: Prompt = {}

    def add(self, class_type: str, id: str = "", title: str = "", /, **inputs: Any) -> PipelineNode:
        """Add a node. Inputs are plain values or outputs of nodes; `id` is a running number unless given."""
        id = id or str(len(self.prompt) + 1)
        node: dict[str, Any] = {"class_type": class_type, "inputs": {name: _input(v) for name, v in inputs.items()}}
        self.prompt[id] = node | {"_meta": {"title": title}} if title else node
        return PipelineNode(id)


def _input(value: Any) -> Any:
    return [value.node, value.index] if isinstance(value, Output) else wrap(value)
