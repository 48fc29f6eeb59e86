"""`python -m graphcore`, and what the installed script `graphcore` calls."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys

INTERRUPTED = 130


def entry() -> None:
    """Run the command line and leave at once.

    Taking torch and what it has imported apart object by object takes the interpreter most of a second, in which
    nothing of value happens; exit handlers have run and every file is closed by then.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))  # until the command line has its own, below
    from graphcore.cli import main

    code: int | str | None = 0
    try:
        main()
    except SystemExit as leaving:
        code = leaving.code
    if isinstance(code, str):
        print(code, file=sys.stderr)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed, or nobody reads it any more
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    entry()
