"""The one boundary around author code: turns whatever a node raises into `NodeFailed`, with what a reader needs."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphcore.errors import Cancelled, NodeFailed, OutOfMemory, text_of
from graphcore.tasks import Task

SHORT_OF_MEMORY = ("out of memory", "not enough memory", "cannot allocate memory")  # devices; Windows; others
ENGINE = str(Path(__file__).parent)


def failed(task: Task, error: Exception, tasks: Mapping[str, Task]) -> NodeFailed:
    """The failure of a node, named by the node of the submitted workflow that it belongs to."""
    if isinstance(error, NodeFailed):
        return error
    root = tasks.get(task.root, task)
    kind = OutOfMemory if is_out_of_memory(error) else NodeFailed
    failure = kind(root.id, root.title, root.spec.id, error, summary(task, tasks), author_frames(error))
    failure.given, failure.executed = given(task, tasks), executed(tasks)
    failure.known = tuple(id for id, other in tasks.items() if other.done)
    return failure


def stopped(stop: Cancelled, task: Task | None, tasks: Mapping[str, Task]) -> Cancelled:
    """The stop of a run, with the place where it happened."""
    stop.executed = executed(tasks)
    if task is not None and not stop.node:
        stop.node, stop.type = task.root, tasks.get(task.root, task).spec.id
    return stop


def executed(tasks: Mapping[str, Task]) -> tuple[str, ...]:
    """The nodes that were called and are done."""
    return tuple(id for id, task in tasks.items() if task.called and task.done)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, on the host or a device (whose exception types are not known here)."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and any(words in text_of(error).lower() for words in SHORT_OF_MEMORY))
    )


def author_frames(error: BaseException) -> list[str]:
    """The traceback without the engine's own frames, one text a frame; what happened elsewhere brings its own."""
    elsewhere: list[str] | None = getattr(error, "frames", None)
    if elsewhere is not None:
        return elsewhere
    frames = traceback.extract_tb(error.__traceback__)
    kept = [frame for frame in frames if not frame.filename.startswith(ENGINE)]
    return traceback.format_list(kept or frames)


def summary(task: Task, tasks: Mapping[str, Task]) -> dict[str, str]:
    """Input name -> what it held, in few words."""
    shown = {name: describe(value) for name, value in task.literals.items()}
    for name, (source, slot) in task.links.items():
        values = _arrived(tasks, source, slot)
        shown[name] = ", ".join(describe(value) for value in values[:3]) or "nothing yet"
    return shown


def given(task: Task, tasks: Mapping[str, Task]) -> dict[str, list[Any]]:
    """Input name -> the values that reached it; whatever is no plain value is put into words."""
    found: dict[str, list[Any]] = {name: [plain(value)] for name, value in task.literals.items()}
    for name, (source, slot) in task.links.items():
        found[name] = [plain(value) for value in _arrived(tasks, source, slot)] or [None]
    return found


def _arrived(tasks: Mapping[str, Task], source: str, slot: int) -> list[Any]:
    entry = tasks[source].entry if source in tasks else None
    return entry.outputs[slot] if entry is not None and 0 <= slot < len(entry.outputs) else []


def plain(value: Any) -> Any:
    """The value itself if it is a number, a text, a truth value or None; else in words."""
    return value if isinstance(value, str | int | float | None) else describe(value)


def describe(value: Any) -> str:
    """A value in few words: shape, dtype and device of a tensor, the beginning of a text."""
    try:
        return _described(value)
    except Exception:  # noqa: BLE001 - anybody's class; a failure must be told of whatever its inputs were
        return type(value).__name__


def _described(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):  # handles of models have a `shape` of another kind
        kind = str(getattr(value, "dtype", "")).removeprefix("torch.")
        return f"{type(value).__name__} {list(shape)} {kind} on {getattr(value, 'device', 'cpu')}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {describe(item)}" for key, item in list(value.items())[:4]) + "}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} of {len(value)}"
    text = repr(value) if isinstance(value, str | int | float | bool | None) else type(value).__name__
    return text if len(text) <= 80 else text[:77] + "..."
