"""The `graphcore` command: its sub-commands, and what becomes of errors.

Exit codes: 0 done, 1 the run failed, 2 the workflow or the arguments are invalid, 130 interrupted.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import pkgutil
import signal
import sys
from collections.abc import Sequence
from typing import Any

import typer

from graphcore import cli
from graphcore.cli.report import error_as_json
from graphcore.errors import Cancelled, GraphcoreError, NodeFailed, UserError

GROUP = "graphcore.commands"
DONE, FAILED, INVALID, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="graphcore",
    help="Run node-graph workflows: from the command line, from Python, or as a server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def common() -> None:
    """Run node-graph workflows."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the arguments, run the command, exit with its code. An error is a sentence; --debug shows the traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGINT, _interrupt)
    _register(words)
    try:
        app(args=[word for word in words if word != "--debug"], prog_name="graphcore")
    except Cancelled:
        _say("Interrupted.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # whoever reads our output has seen enough
        sys.exit(FAILED)
    except Exception as error:
        if "--debug" in words:
            raise
        if not isinstance(error, GraphcoreError):
            _say(f"{_unforeseen(error)} (--debug shows the traceback)")
            sys.exit(FAILED)
        if "--json" in words:
            print(json.dumps(error_as_json(error), default=str))
        hint = " (--debug shows the traceback)" if _is_bug(error) else ""
        _say(f"{error}{hint}")
        sys.exit(INVALID if isinstance(error, UserError) else FAILED)


def _interrupt(number: int, frame: Any) -> None:
    """Ctrl-C, wherever no command has a gentler way to stop."""
    raise Cancelled


def _is_bug(error: GraphcoreError) -> bool:
    """Whether a node failed with something other than a sentence of ours."""
    return isinstance(error, NodeFailed) and not isinstance(error.cause, GraphcoreError)


def _register(words: Sequence[str]) -> None:
    """Add the command that is named to `app`; all of them for help and mistakes.

    Ours add themselves when their module is imported; others are functions that entry points of GROUP name.
    """
    commands = [found.name for found in pkgutil.iter_modules(cli.__path__) if found.name.endswith("_command")]
    word = next((word for word in words if not word.startswith("-")), "")
    wanted = f"{word}_command"
    for name in [wanted] if wanted in commands else commands:
        importlib.import_module(f"graphcore.cli.{name}")
    if wanted not in commands:
        points = importlib.metadata.entry_points(group=GROUP)
        for point in [point for point in points if point.name == word] or points:
            _add(point)


def _add(point: importlib.metadata.EntryPoint) -> None:
    """Add somebody's command, once; one that cannot be imported is reported, and the others stay usable."""
    if any(command.name == point.name for command in app.registered_commands):
        return
    try:
        app.command(point.name)(point.load())
    except ImportError as error:
        _say(f"The command '{point.name}' cannot be loaded and is left out: {error}")


def _unforeseen(error: Exception) -> str:
    """An exception that is none of ours, as a sentence."""
    if isinstance(error, OSError):
        return f"The system refused: {error}. Check free space, rights, and where the output goes."
    return f"This is a fault in Graphcore, please report it: {type(error).__name__}: {error}"


def _say(text: str) -> None:
    if sys.stderr is not None:
        print(f"graphcore: {text}", file=sys.stderr)
