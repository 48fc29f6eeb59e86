"""`graphcore convert`: a workflow in the other form, without a browser."""

from __future__ import annotations

import enum
import random
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from graphcore.catalogue import Catalogue
from graphcore.cli.app import app
from graphcore.cli.documents import BaseDir, CatalogueFile, catalogue_from, load_workflow, write
from graphcore.workflow import Client, Workflow
from graphcore.workflow.jsontext import encode


class Form(enum.StrEnum):
    """The two forms of a workflow file."""

    PROMPT = "prompt"
    EDITOR = "editor"


@app.command("convert")
def convert(
    file: Annotated[Path, typer.Argument(help="A workflow of any form, or a picture that carries one.")],
    to: Annotated[Form, typer.Option("--to", help="The form that is wanted.")] = Form.PROMPT,
    catalogue: CatalogueFile = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of printing.")] = None,
    verbatim: Annotated[
        bool, typer.Option("--verbatim", help="Keep {a|b} prompts, comments and %date:...% names as they are.")
    ] = False,
    seed: Annotated[int | None, typer.Option("--seed", help="Choose among {a|b} always in the same way.")] = None,
    base_dir: BaseDir = Path(),
) -> None:
    """Convert FILE to the form that engines run (prompt), or to the form that editors open (editor)."""
    known = catalogue_from(catalogue, base_dir)
    document = _converted(
        load_workflow(file), to, known, None if verbatim else Client(random.Random(seed), datetime.now())
    )
    write(encode(document) + b"\n", output)


def _converted(workflow: Workflow, to: Form, known: Mapping[str, Any], client: Client | None) -> Mapping[str, Any]:
    if isinstance(known, Catalogue):  # of what is installed here, whose nodes know their earlier versions
        workflow = workflow.upgraded(known.registry, known)
    if to is Form.EDITOR:
        return workflow.editor(known)
    conversion = workflow.convert(known, client)
    for problem in (*conversion.problems, *conversion.warnings):
        print(problem, file=sys.stderr)
    return conversion.prompt
