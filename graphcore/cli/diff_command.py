"""`graphcore diff`: what changed between two workflows, in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from graphcore.cli.app import app
from graphcore.cli.documents import BaseDir, CatalogueFile, catalogue_from, load_workflow
from graphcore.workflow.diff import diff


@app.command("diff")
def diff_workflows(
    before: Annotated[Path, typer.Argument(help="A workflow of any form, or a picture that carries one.")],
    after: Annotated[Path, typer.Argument(help="The workflow to compare it with.")],
    catalogue: CatalogueFile = None,
    base_dir: BaseDir = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
) -> None:
    """Say what changed from BEFORE to AFTER: nodes, links, values."""
    changes = diff(load_workflow(before), load_workflow(after), catalogue_from(catalogue, base_dir))
    if as_json:
        print(json.dumps([change.as_dict() for change in changes], indent=2))
    else:
        print("\n".join(change.sentence for change in changes) or "Nothing changed.")
