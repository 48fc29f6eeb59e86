"""The `graphcore` command: its sub-commands, and what becomes of errors.

Exit codes: 0 done, 1 the run failed, 2 the workflow or the arguments are invalid, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import pkgutil
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

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


# What typer raises about arguments; it has no public name for it.
ArgumentError: type[Any] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"graphcore {importlib.metadata.version('graphcore')}")
        raise typer.Exit(DONE)


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Run node-graph workflows."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the arguments, run the command, exit with its code. An error is a sentence; --debug shows the traceback.

    With --json an error is an object on standard output too, whatever it is about.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGINT, _interrupt)
    _register(words)
    as_json = "--json" in words
    try:
        args = [word for word in words if word != "--debug"]
        code = app(args=args, prog_name="graphcore", standalone_mode=not as_json)
        sys.exit(code or DONE)
    except ArgumentError as error:  # without --json, typer itself has told of it
        _fail(INVALID, error.format_message(), {"type": "UserError", "message": error.format_message()})
    except Cancelled:
        _fail(INTERRUPTED, "Interrupted.", {"type": "Cancelled", "message": "Interrupted."} if as_json else None)
    except BrokenPipeError:  # whoever reads our output has seen enough
        sys.exit(FAILED)
    except Exception as error:
        if "--debug" in words:
            raise
        found = error_as_json(error) if as_json else None
        if not isinstance(error, GraphcoreError):
            _fail(FAILED, f"{_unforeseen(error)} (--debug shows the traceback)", found)
        hint = " (--debug shows the traceback)" if _is_bug(error) else ""
        _fail(INVALID if isinstance(error, UserError) else FAILED, f"{error}{hint}", found)


def _fail(code: int, text: str, found: dict[str, Any] | None) -> NoReturn:
    """Say what is wrong, as a sentence, and as JSON if there is any; leave."""
    if found is not None:
        with contextlib.suppress(OSError):  # if standard output is at fault, the sentence still says so
            print(json.dumps({"error": found}, default=str), flush=True)
    _say(text)
    sys.exit(code)


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
    wanted = f"{word.replace('-', '_')}_command"
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
