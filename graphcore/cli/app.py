"""The `graphcore` command: its sub-commands, and what becomes of errors.

Exit codes: 0 done, 1 the run failed, 2 the workflow or the arguments are invalid, 130 interrupted.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Sequence

import click
import typer

from graphcore import cli
from graphcore.errors import Cancelled, GraphcoreError, UserError

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
    """Parse the arguments, run the command, exit with its code; an error is one sentence, a traceback with --debug."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in arguments
    _register(arguments)
    try:
        sys.exit(app(args=[word for word in arguments if word != "--debug"], standalone_mode=False) or DONE)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(INVALID)
    except (KeyboardInterrupt, Cancelled):
        _say("Interrupted.")
        sys.exit(INTERRUPTED)
    except GraphcoreError as error:
        if debug:
            raise
        _say(str(error))
        sys.exit(INVALID if isinstance(error, UserError) else FAILED)


def _register(arguments: Sequence[str]) -> None:
    """Import the module of the command that was named, which adds it to `app`; all of them for help and mistakes."""
    names = [module.name for module in pkgutil.iter_modules(cli.__path__) if not module.name.startswith("_")]
    wanted = next((word for word in arguments if not word.startswith("-")), "")
    module = f"{wanted}_command"
    for name in [module] if module in names else [name for name in names if name.endswith("_command")]:
        importlib.import_module(f"graphcore.cli.{name}")


def _say(text: str) -> None:
    print(f"graphcore: {text}", file=sys.stderr)
