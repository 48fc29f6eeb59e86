"""`python -m graphcore`, and what the installed script `graphcore` calls."""

from __future__ import annotations

import atexit
import os
import sys


def entry() -> None:
    """Run the command line and leave at once.

    Taking torch and what it has imported apart object by object takes the interpreter most of a second, in which
    nothing of value happens; exit handlers have run and every file is closed by then.
    """
    from graphcore.cli import main

    code: int | str | None = 0
    try:
        main()
    except SystemExit as leaving:
        code = leaving.code
    if isinstance(code, str):
        print(code, file=sys.stderr)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    entry()
