"""The `graphcore` command: its sub-commands, and what becomes of errors.

Exit codes: 0 done, 1 the run failed, 2 the workflow or the arguments are invalid, 130 interrupted.
"""

from __future__ import annotations

import importlib
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

DONE, FAILED, INVALID, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="graphcore",
    help="Run node-graph workflows: from the command line or from Python.",
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
    except GraphcoreError as error:
        if "--debug" in words:
            raise
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
    """Import the module of the command that is named, which adds it to `app`; all of them for help and mistakes."""
    commands = [found.name for found in pkgutil.iter_modules(cli.__path__) if found.name.endswith("_command")]
    wanted = next((word for word in words if not word.startswith("-")), "") + "_command"
    for name in [wanted] if wanted in commands else commands:
        importlib.import_module(f"graphcore.cli.{name}")


def _say(text: str) -> None:
    print(f"graphcore: {text}", file=sys.stderr)
