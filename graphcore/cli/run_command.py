"""`graphcore run`: run a saved workflow headless and say where the results are."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from graphcore.cli.app import app
from graphcore.cli.progress import Silent, display
from graphcore.cli.setup import BaseDir, ExtraPaths, InputDir, ModelsDir, OutputDir, folders_of
from graphcore.engine import Engine, Result
from graphcore.folders import Folders
from graphcore.job import CancelToken
from graphcore.overrides import assignments
from graphcore.plugins import installed
from graphcore.prompt import title_of
from graphcore.workflow import Workflow


@app.command("run")
def run_workflow(
    workflow: Annotated[
        Path, typer.Argument(help="A workflow: prompt form, editor form, or a picture that carries one.")
    ],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NODE.INPUT=VALUE", help="Give an input another value; NODE is an id or a title."
        ),
    ] = None,
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    input_dir: InputDir = None,
    output_dir: OutputDir = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object at the end, and nothing else.")
    ] = False,
    timings: Annotated[bool, typer.Option("--timings", help="Show where the time went.")] = False,
    no_metadata: Annotated[
        bool, typer.Option("--disable-metadata", help="Save pictures without the workflow.")
    ] = False,
) -> None:
    """Run WORKFLOW and save what its output nodes make."""
    clock = Clock()
    folders = folders_of(base_dir, models_dir, extra_model_paths, input_dir, output_dir)
    document = Workflow.load(workflow)
    registry = installed()
    clock.lap("load workflow and nodes")
    engine = Engine(registry, folders, metadata=not no_metadata)
    prompt, extra = engine.prepare(document, assignments(settings or ()))
    clock.lap("convert")
    if timings:
        registry.warm(prompt)
        clock.lap("import libraries")
    with engine, interruptible() as token, Silent() if as_json else display(prompt) as show:
        result = engine.run(prompt, extra=extra, on_event=show, token=token)
    clock.lap("run")
    if as_json:
        print(json.dumps(_report(result, folders, clock if timings else None)))
        return
    for place in _files(result, folders):
        print(place)
    if timings:
        _print_timings(result, clock)


class Clock:
    """Seconds spent between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Name the time since the last lap."""
        now = time.perf_counter()
        self.laps[name], self._last = now - self._last, now


@contextmanager
def interruptible() -> Iterator[CancelToken]:
    """A token that the first Ctrl-C cancels, so that nodes stop at their next step; a second one stops at once."""
    token = CancelToken()

    def stop(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, previous)
        token.cancel()

    previous = signal.signal(signal.SIGINT, stop)
    try:
        yield token
    finally:
        signal.signal(signal.SIGINT, previous)


def _files(result: Result, folders: Folders) -> list[str]:
    """The path of every file that the run's outputs name."""
    return [str(path) for ui in result.ui.values() for path in _paths(ui, folders)]


def _paths(ui: Mapping[str, Any], folders: Folders) -> list[Path]:
    files = [item for items in ui.values() if isinstance(items, list | tuple) for item in items]
    return [
        folders.area(item.get("type", "output")) / item.get("subfolder", "") / item["filename"]
        for item in files
        if isinstance(item, Mapping) and "filename" in item
    ]


def _report(result: Result, folders: Folders, clock: Clock | None) -> dict[str, Any]:
    """What --json prints."""
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
    outputs = {id: {**ui, "files": [str(path) for path in _paths(ui, folders)]} for id, ui in result.ui.items()}
    report: dict[str, Any] = {"outputs": outputs, "nodes": nodes, "seconds": round(result.total, 6)}
    return report | ({"timings": clock.laps} if clock else {})


def _print_timings(result: Result, clock: Clock) -> None:
    for name, seconds in clock.laps.items():
        print(f"{seconds:8.3f} s  {name}", file=sys.stderr)
    for id, seconds in sorted(result.seconds.items(), key=lambda item: -item[1]):
        title = title_of(result.prompt[id]) if id in result.prompt else id
        print(f"{seconds:8.3f} s    {title} [{id}]", file=sys.stderr)
