"""`graphcore lock`: record what a workflow's result depends on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphcore.catalogue import Catalogue
from graphcore.cli.app import app
from graphcore.cli.documents import STDIN, load_workflow, write
from graphcore.cli.setup import BaseDir, ExtraPaths, ModelsDir, folders_of
from graphcore.plugins import installed
from graphcore.workflow.environment import environment
from graphcore.workflow.lock import lock, lock_path


@app.command("lock")
def lock_workflow(
    file: Annotated[Path, typer.Argument(help="A workflow of any form, or a picture that carries one.")],
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write; FILE.lock without it.")] = None,
) -> None:
    """Record engine and pack versions, model hashes, device and dtype beside FILE; `run --locked` compares them."""
    folders = folders_of(base_dir, models_dir, extra_model_paths)
    registry = installed(folders=folders)
    prompt = load_workflow(file).prompt(Catalogue(registry, folders))
    place = output or (None if file == STDIN else lock_path(file))
    write(lock(prompt, registry, folders, environment(registry)).to_bytes(), place)
    if place is not None:
        print(place)
