"""What a command says about a finished run: files, one JSON object, where the time went."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from graphcore.engine import Result
from graphcore.errors import InvalidWorkflow, NodeFailed
from graphcore.folders import Folders
from graphcore.prompt import title_of
from graphcore.shown import shown_files


class Clock:
    """Seconds spent between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Name the time since the last lap."""
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now


def print_texts(result: Result) -> None:
    """The texts that outputs show."""
    for ui in result.ui.values():
        for text in ui.get("text", ()):
            print(text, flush=True)


def print_files(files: Iterable[Path]) -> None:
    """One path a line, at once: whoever reads may work on the first while the next is made."""
    for file in files:
        print(file, flush=True)


def as_json(result: Result, folders: Folders, clock: Clock) -> dict[str, Any]:
    """`outputs` with their files, `nodes` with time and whether cached, `seconds` in all, `timings` of the command."""
    cached = set(result.cached)
    nodes = {
        id: {
            "type": node["class_type"],
            "title": title_of(node),
            "cached": id in cached,
            "seconds": round(result.seconds.get(id, 0.0), 6),
        }
        for id, node in result.prompt.items()
        if id in cached or id in result.seconds
    }
    outputs = {id: {**ui, "files": [str(path) for path in shown_files(ui, folders)]} for id, ui in result.ui.items()}
    timings = {name: round(seconds, 6) for name, seconds in clock.laps.items()}
    return {"outputs": outputs, "nodes": nodes, "seconds": round(result.total, 6), "timings": timings}


def error_as_json(error: Exception) -> dict[str, Any]:
    """An error with its sentence, and all problems or the node at fault."""
    found: dict[str, Any] = {"type": type(error).__name__, "message": str(error)}
    if isinstance(error, InvalidWorkflow):
        found["problems"] = [asdict(problem) for problem in error.problems]
    if isinstance(error, NodeFailed):
        found |= {"node": error.node, "title": error.title, "node_type": error.type, "inputs": error.inputs}
    return found


def print_timings(result: Result, clock: Clock) -> None:
    """Where the time went, on standard error: the parts of the command, then the nodes, slowest first."""
    for name, seconds in clock.laps.items():
        print(f"{seconds:8.3f} s  {name}", file=sys.stderr)
    for id, seconds in sorted(result.seconds.items(), key=lambda item: -item[1]):
        title = title_of(result.prompt[id]) if id in result.prompt else id
        print(f"{seconds:8.3f} s    {title} [{id}]", file=sys.stderr)
