"""`graphcore fmt`: workflow files in canonical form, for stable diffs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphcore.cli.app import FAILED, app
from graphcore.cli.documents import read, write
from graphcore.errors import WorkflowError
from graphcore.workflow.canonical import canonical_bytes


@app.command("fmt")
def fmt(
    files: Annotated[list[Path], typer.Argument(help="Workflow files (JSON), changed in place.")],
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 if a file would change.")] = False,
    stdout: Annotated[bool, typer.Option("--stdout", help="Print the result instead of changing the file.")] = False,
) -> None:
    """Rewrite FILES in canonical form: the same data, always as the same text."""
    changed = False
    for file in files:
        before = read(file)
        try:
            after = canonical_bytes(before)
        except WorkflowError as error:
            raise WorkflowError(f"{file}: {error}") from None
        if stdout:
            write(after, None)
        elif after != before:
            changed = True
            print(f"{'would change' if check else 'changed'} {file}")
            if not check:
                write(after, file)
    if check and changed:
        raise typer.Exit(FAILED)
