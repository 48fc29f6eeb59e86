"""`graphcore export`: a workflow as a Python script."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphcore.cli.app import app
from graphcore.cli.documents import BaseDir, CatalogueFile, catalogue_from, load_workflow, write
from graphcore.errors import UserError
from graphcore.workflow.export import to_python


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="A workflow of any form, or a picture that carries one.")],
    python: Annotated[
        bool, typer.Option("--python", help="Write a Python script that runs the same pipeline.")
    ] = False,
    catalogue: CatalogueFile = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of printing.")] = None,
    base_dir: BaseDir = Path(),
) -> None:
    """Export FILE as a program."""
    if not python:
        raise UserError("Say what to export to: add --python.")
    workflow = load_workflow(file)
    prompt = workflow.prompt(catalogue_from(catalogue, base_dir))
    write(to_python(prompt, workflow.name).encode(), output)
