"""Calling nodes and running workflows in tests: of this project, and of any pack.

>>> from graphcore.testing import call
>>> call("StringConcatenate", string_a="a", string_b="b").STRING
'ab'
"""

from __future__ import annotations

import re
from collections import ChainMap, namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from graphcore.engine import Engine, Result
from graphcore.errors import NodeFailed, UserError
from graphcore.events import Event, NodePreview, NodeProgress
from graphcore.folders import Folders
from graphcore.job import Job, Run
from graphcore.node import MISSING, Blocker, NodeSpec, Outcome, Output, Port
from graphcore.pack import Pack, Registry
from graphcore.plugins import installed, with_shipped_models
from graphcore.prepare import Source
from graphcore.shown import files_of
from graphcore.sockets import ANY
from graphcore.widgets import Listed

IMPLIED: Mapping[str, Any] = {"STRING": "", "INT": 0, "FLOAT": 0.0, "BOOLEAN": False}
GIVEN, CALLED = "given", "called"


class RecordingRun(Run):
    """A run that remembers what a node reports: `steps` are (value, total), `previews` pictures, `shown` the rest."""

    __slots__ = ("previews", "steps")

    def __init__(self, job: Job, node: str = CALLED):
        super().__init__(job, node)
        self.steps: list[tuple[float, float]] = []
        self.previews: list[Any] = []
        job.on_progress = lambda node, value, total: self.steps.append((value, total))
        job.on_preview = lambda node, image, rough: self.previews.append(image)


class Ran(NamedTuple):
    """What `run_workflow` gives: the result of the run, and the files that it saved."""

    result: Result
    files: list[Path]


def recording_run(base_dir: str | Path, **job: Any) -> RecordingRun:
    """A run whose input, output and temp folders are below `base_dir`; they are made. `job`: fields of `Job`."""
    folders = with_shipped_models(Folders(base_dir))
    for area in (folders.input, folders.output, folders.temp):
        area.mkdir(parents=True, exist_ok=True)
    return RecordingRun(Job(folders, **job))


def call(node: str, run: Run | None = None, /, **inputs: Any) -> Any:
    """The outputs of any installed node, as a named tuple; inputs that are not given are at their defaults.

    Outputs that spread are lists, and so are inputs that take a whole list, or as many as are wired. Async, lazy and
    expanding nodes work as in a workflow. What the node raises is raised. UserError for a node or input that does not
    exist, and for a wire that is needed.
    """
    return call_in(_installed(), node, run, inputs)


def caller(*packs: Pack) -> Callable[..., Any]:
    """`call` for the nodes of these packs, installed or not."""
    registry = Registry(*packs)
    return lambda node, run=None, /, **inputs: call_in(registry, node, run, inputs)


def run_workflow(
    workflow: Source, inputs: Mapping[str, Any] | None = None, *, base_dir: str | Path = ".", **options: Any
) -> Ran:
    """Run a workflow of any form with every installed pack; see `Engine.run_async` for `inputs` and `options`."""
    return run_in(_installed(), workflow, inputs, base_dir, options)


def run_in(
    registry: Registry,
    workflow: Source,
    inputs: Mapping[str, Any] | None,
    base_dir: str | Path,
    options: Mapping[str, Any],
) -> Ran:
    """`run_workflow` with the nodes of one registry."""
    with Engine(registry, with_shipped_models(Folders(base_dir)), relieve=registry.relieve) as engine:
        result = engine.run(workflow, inputs, **options)
        return Ran(result, files_of(result, engine.folders))


@cache
def _installed() -> Registry:
    return installed()


def call_in(registry: Registry, id: str, run: Run | None, inputs: Mapping[str, Any]) -> Any:
    """`call` with the nodes of one registry."""
    if id not in registry:
        raise UserError(f"There is no node '{id}'; `graphcore nodes` lists those that are installed.")
    spec, run = registry[id], run or Run.silent()
    filled = _filled(spec, inputs, run.folders)
    values = None if _needs_engine(spec) else _direct(spec, filled, run)
    return _named(spec.outputs, _in_engine(registry, spec, filled, run) if values is None else values)


def _filled(spec: NodeSpec, inputs: Mapping[str, Any], folders: Folders) -> dict[str, Any]:
    """Given values, and the defaults of the required inputs that are not given."""
    filled: dict[str, Any] = {}
    for name, value in inputs.items():
        port = spec.port(name)
        if port is None:
            raise UserError(f"{spec.id} has no input '{name}'; it has {', '.join(spec.inputs) or 'none'}.")
        if port.growing and name == port.name:
            filled |= {f"{name}.{number}": item for number, item in enumerate(value)}
        else:
            filled[name] = value
    lacking = [port for name, port in spec.inputs.items() if port.required and name not in filled]
    return filled | {port.name: _default(spec, port, folders) for port in lacking}


def _default(spec: NodeSpec, port: Port, folders: Folders) -> Any:
    if port.default is not MISSING:
        return port.default
    if isinstance(port.widget, Listed):
        listed = port.widget.listed(folders)
        if listed:
            return listed[0]
    elif isinstance(port.type, str) and port.type in IMPLIED:
        return IMPLIED[port.type]
    raise UserError(f"{spec.id} needs its input '{port.name}' ({port.type}); give it a value.")


def _needs_engine(spec: NodeSpec) -> bool:
    return bool(spec.is_async or spec.gathers or spec.hidden or spec.explores or spec.lazy_status)


def _direct(spec: NodeSpec, inputs: Mapping[str, Any], run: Run) -> Sequence[Any] | None:
    """What a plain call gives; None if the node asks for a graph to run in its place."""
    outcome = spec.outcome(spec.call(dict(inputs), run), run)
    if outcome.graph is not None:
        return None
    return [outcome.values] * len(spec.outputs) if isinstance(outcome.values, Blocker) else outcome.values


def _in_engine(registry: Registry, spec: NodeSpec, inputs: Mapping[str, Any], run: Run) -> list[Any]:
    """The same in a run of two nodes, the first of which gives the inputs."""
    nodes = ChainMap({GIVEN: _source(spec, inputs)}, registry)  # type: ignore[arg-type]  # it is only read
    wires = {name: [GIVEN, index] for index, name in enumerate(inputs)}
    prompt = {
        GIVEN: {"class_type": GIVEN, "inputs": {}},
        CALLED: {"class_type": spec.id, "inputs": wires},
    }
    job = run.job
    with Engine(nodes, run.folders, metadata=job.metadata, relieve=registry.relieve) as engine:
        try:
            result = engine.run(prompt, extra=job.extra, token=job.token, keep=[CALLED], on_event=_reporter(job))
        except NodeFailed as failure:
            raise failure.cause from None
    for ui in result.ui.values():
        run.show(**{name: list(items) for name, items in ui.items()})
    outputs = zip(spec.outputs, result.values[CALLED], strict=False)
    return [items if output.many or len(items) != 1 else items[0] for output, items in outputs]


def _source(spec: NodeSpec, inputs: Mapping[str, Any]) -> NodeSpec:
    """A node without inputs that gives these values."""
    lists = spec.inputs if spec.gathers else spec.gathered
    outputs = tuple(Output(name, ANY, many=name in lists and isinstance(inputs[name], list)) for name in inputs)
    return NodeSpec(
        id=GIVEN, title=GIVEN, category="", description="", inputs={}, outputs=outputs, volatile=True,
        call=lambda none, run: tuple(inputs.values()), outcome=lambda values, run: Outcome(values),
    )  # fmt: skip


def _reporter(job: Job) -> Callable[[Event], None]:
    def report(event: Event) -> None:
        if isinstance(event, NodeProgress):
            job.on_progress(event.node, event.value, event.total)
        elif isinstance(event, NodePreview):
            job.on_preview(event.node, event.image, event.rough)

    return report


def _named(outputs: Iterable[Output], values: Iterable[Any]) -> Any:
    """Values under the names of the outputs, as far as these make names of attributes."""
    return _tuple_of(tuple(re.sub(r"\W", "_", output.name) for output in outputs))(*values)


@cache
def _tuple_of(names: tuple[str, ...]) -> Any:
    make: Any = namedtuple  # names are only known now, which type checkers do not follow
    return make("Outputs", names, rename=True)
