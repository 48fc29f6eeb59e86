"""`graphcore run`: run a saved workflow headless and say where the results are."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from graphcore import compiling
from graphcore.catalogue import Catalogue
from graphcore.cli.app import app
from graphcore.cli.documents import STDIN, load_workflow
from graphcore.cli.progress import Silent, display
from graphcore.cli.report import Clock, as_json, print_files, print_texts, print_timings
from graphcore.cli.setup import (
    BaseDir,
    CompileWith,
    DiskCache,
    ExtraPaths,
    InputDir,
    ModelMemory,
    ModelsDir,
    OutputDir,
    ReserveMemory,
    cache_of,
    folders_of,
)
from graphcore.engine import Engine, Result
from graphcore.errors import InvalidWorkflow, UserError
from graphcore.folders import Folders
from graphcore.job import CancelToken
from graphcore.model_memory import variables
from graphcore.overrides import assignments
from graphcore.pack import Registry
from graphcore.plugins import installed, spreader
from graphcore.prepare import Prepared
from graphcore.prompt import Prompt
from graphcore.shown import files_of
from graphcore.sweep import plan
from graphcore.sweeping import at_point, save_sheet

Source = Annotated[
    Path,
    typer.Argument(help="A workflow: prompt form, editor form, or a picture that carries one; - reads it from stdin."),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NODE.INPUT=VALUE", help="Give an input another value; NODE is an id or a title."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object at the end, and nothing else.")]
Timings = Annotated[bool, typer.Option("--timings", help="Show where the time went.")]
NoMetadata = Annotated[bool, typer.Option("--disable-metadata", help="Save pictures without the workflow.")]
Locked = Annotated[bool, typer.Option("--locked", help="Refuse if anything differs from what `graphcore lock` wrote.")]


Told = Callable[[int, Result], None]
Sweep = Annotated[
    list[str] | None,
    typer.Option(
        "--sweep",
        metavar="NODE.INPUT=A,B,C",
        help="Run every combination of these values (1..4 is a range); a labelled contact sheet shows them all.",
    ),
]

Workers = Annotated[
    str | None,
    typer.Option("--workers", metavar="PLACE", help="Spread a sweep over workers on ray, or on ray://HOST:PORT."),
]
MaxWorkers = Annotated[int, typer.Option("--max", min=1, help="How many workers there.")]


@app.command("run")
def run_workflow(
    workflow: Source,
    settings: Settings = None,
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    input_dir: InputDir = None,
    output_dir: OutputDir = None,
    json_only: Json = False,
    timings: Timings = False,
    no_metadata: NoMetadata = False,
    locked: Locked = False,
    sweep: Sweep = None,
    workers: Workers = None,
    max_workers: MaxWorkers = 2,
    disk_cache: DiskCache = None,
    model_memory: ModelMemory = None,
    reserve_memory: ReserveMemory = None,
    compile_with: CompileWith = None,
) -> None:
    """Run WORKFLOW and save what its output nodes make."""
    clock = Clock()
    os.environ.update({**variables(model_memory, reserve_memory), **compiling.variable(compile_with)})
    document = load_workflow(workflow)
    folders = folders_of(base_dir, models_dir, extra_model_paths, input_dir, output_dir)
    registry = installed(folders=folders)
    engine = Engine(
        registry, folders, metadata=not no_metadata, relieve=registry.relieve, cache=cache_of(disk_cache, registry)
    )
    clock.lap("load workflow and nodes")
    prepared = engine.prepare(document, assignments(settings or ()))
    clock.lap("convert")
    if locked:
        _compare(workflow, document.prompt(Catalogue(registry, folders)), registry, folders)
        clock.lap("compare with the lock")
    if timings:
        registry.warm(prepared.prompt)
        clock.lap("import libraries")
    planned = plan(prepared.prompt, registry, sweep or ())
    variants = [at_point(prepared, point, registry, folders) for point in planned.points]
    labels = [point.label for point in planned.points]
    results = _run(engine, variants, labels, workers, max_workers, quiet=json_only)
    clock.lap("run")
    name = "workflow" if workflow == STDIN else workflow.stem
    sheet = [save_sheet(planned, results, folders, name)] if sweep else []
    _tell(results, sheet, folders, clock, json_only=json_only, timings=timings)


def _tell(
    results: Sequence[Result], sheet: list[Path], folders: Folders, clock: Clock, *, json_only: bool, timings: bool
) -> None:
    """Say at the end what has not been said as it was made."""
    if json_only:
        runs = [as_json(result, folders, clock) for result in results]
        print(json.dumps({"runs": runs, "sheet": str(sheet[0])} if sheet else runs[0]))
        return
    print_files(sheet)
    if timings:
        for result in results:
            print_timings(result, clock)


def _run(
    engine: Engine, variants: Sequence[Prepared], labels: Sequence[str], place: str | None, count: int, *, quiet: bool
) -> list[Result]:
    """Run all, here or (`place`) on so many workers elsewhere, and say what each made."""

    def told(_: int, result: Result) -> None:
        if not quiet:
            print_texts(result)
            print_files(files_of(result, engine.folders))

    results: list[Result] = []
    with engine, interruptible() as token:
        if place is not None:
            return _spread(place, count, engine, variants, told, token)
        for variant, label in zip(variants, labels, strict=True):
            with Silent() if quiet else display(variant.prompt, label) as show:
                results.append(engine.run(variant, on_event=show, token=token))
            told(len(results) - 1, results[-1])
    return results


def _spread(
    place: str, count: int, engine: Engine, variants: Sequence[Prepared], told: Told, token: CancelToken
) -> list[Result]:
    """Run side by side, on workers elsewhere; InvalidWorkflow before any is started. UserError for one run alone."""
    if len(variants) == 1:
        raise UserError("There is one run only, and nothing to spread: leave out --workers, or add --sweep.")
    spread = spreader(place)
    for variant in variants:
        problems = [*engine.check(variant.prompt).problems]
        problems += [found for found in variant.problems if found.node not in variant.prompt]
        if problems:
            raise InvalidWorkflow(problems)
    found: list[Result] = spread(place, count, variants, engine, told, token)
    return found


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


def _compare(file: Path, prompt: Prompt, registry: Registry, folders: Folders) -> None:
    """UserError naming everything that differs from the lock beside the workflow."""
    from graphcore.workflow.environment import environment
    from graphcore.workflow.lock import Lock, differences, lock, lock_path

    place = lock_path(file)
    if not place.is_file():
        raise UserError(f"There is no {place}; write it with `graphcore lock {file}`, or run without --locked.")
    current = lock(prompt, registry, folders, environment(registry))
    found = differences(Lock.from_bytes(place.read_bytes()), current)
    if found:
        raise UserError("\n".join(["Not as it was locked:", *found]))
