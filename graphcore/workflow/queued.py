"""What a browser does to values when it queues: random prompts, and names of other widgets and dates in file names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphcore.workflow.editor import Graph, Node
from graphcore.workflow.shape import Model
from graphcore.workflow.values import stored_values
from graphcore.workflow.widgets import UNDEFINED, Widget

if TYPE_CHECKING:  # half of the package's import time otherwise
    import random
    from datetime import datetime

_SAVE_NODES = frozenset(
    [
        "SaveImage",
        "SaveAnimatedWEBP",
        "SaveAnimatedPNG",
        "SaveWEBM",
        "SaveAudio",
        "SaveGLB",
        "SaveLatent",
        "CLIPSave",
        "VAESave",
        "ModelSave",
        "LoraSave",
    ]
)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_CHOICE_TOKEN = re.compile(r"\\[{}|]|[{}|]")
_PATTERN = re.compile(r"%([^%\n]+)%")
_DATE_PART = re.compile(r"yyyy|yy|MM|M|dd|d|hh|h|mm|m|ss|s")
_UNSAFE = re.compile(r'[/?<>\\:*|"\x00-\x1f\x7f]')


@dataclass(frozen=True)
class Client:
    """The browser's part in queueing: a source of chance, and the time."""

    random: random.Random
    now: datetime

    def serialise(self, node: Node, widget: Widget, value: Any, graph: Graph, model: Model) -> Any:
        """The value that a browser sends for a widget."""
        if not isinstance(value, str):
            return value
        if widget.kind == "STRING" and widget.input.options.get("dynamicPrompts"):
            return choose(value, self.random)
        if widget.name == "filename_prefix" and node.type in _SAVE_NODES:
            return replace_text(value, graph, model, self)
        return value


def choose(text: str, random: random.Random) -> str:
    """Text without comments and with each `{a|b|c}` replaced by one of its options; `\\{ \\} \\|` are literal.

    Braces nest. A brace that is never closed, or closes nothing, stays as it is.
    """
    text = _COMMENT.sub("", text)
    # One frame for each open brace: its options so far, the last of which is being written.
    frames: list[list[str]] = [[""]]
    end = 0
    for token in _CHOICE_TOKEN.finditer(text):
        frames[-1][-1] += text[end : token.start()]
        end = token.end()
        _take(token.group(), frames, random)
    frames[-1][-1] += text[end:]
    while len(frames) > 1:
        unclosed = frames.pop()
        frames[-1][-1] += "{" + "|".join(unclosed)
    return "|".join(frames[0])


def _take(token: str, frames: list[list[str]], random: random.Random) -> None:
    if token == "{":
        frames.append([""])
    elif token == "|" and len(frames) > 1:
        frames[-1].append("")
    elif token == "}" and len(frames) > 1:
        options = frames.pop()
        frames[-1][-1] += random.choice(options)
    else:
        frames[-1][-1] += token[-1]


def replace_text(text: str, graph: Graph, model: Model, client: Client | None) -> str:
    """`%Alias.widget%` replaced by that widget's value, `%date:FORMAT%` by the time; other patterns stay."""

    def replacement(match: re.Match[str]) -> str:
        pattern = match.group(1)
        if pattern.startswith("date:"):
            return format_date(client.now, pattern[5:]) if client else match.group()
        alias, dot, name = pattern.partition(".")
        for value in _widget_values(alias, name, graph, model) if dot else ():
            return _UNSAFE.sub("_", _as_text(value))
        return match.group()

    return _PATTERN.sub(replacement, text)


def format_date(now: datetime, format: str) -> str:
    """A date in the editor's letters: d dd M MM yy yyyy h hh m mm s ss."""
    parts = {"d": now.day, "M": now.month, "h": now.hour, "m": now.minute, "s": now.second}

    def part(match: re.Match[str]) -> str:
        letters = match.group()
        if letters[0] == "y":
            return f"{now.year:04d}"[-len(letters) :]
        return f"{parts[letters[0]]:0{len(letters)}d}"

    return _DATE_PART.sub(part, format)


def _widget_values(alias: str, name: str, graph: Graph, model: Model) -> Iterator[Any]:
    """Values of the widget `name` of nodes called `alias`: by their alias property first, then by title."""
    nodes = list(graph.nodes.values())
    called = [node for node in nodes if node.properties.get("Node name for S&R") == alias]
    for node in called or [node for node in nodes if (node.title or node.type) == alias]:
        shape = model.shape(node)
        values = {w.name: v for w, v in zip(shape.widgets, shape.values, strict=True)} or stored_values(node.raw).named
        values = {**values, **model.pushed.get(node, {})}
        if name in values and values[name] is not UNDEFINED:
            yield values[name]


def _as_text(value: Any) -> str:
    """A value as a browser prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
