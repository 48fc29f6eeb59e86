"""`graphcore check`: everything that keeps a workflow from running here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from graphcore.catalogue import Catalogue
from graphcore.cli.app import INVALID, app
from graphcore.cli.documents import CatalogueFile, catalogue_from, load_workflow
from graphcore.cli.setup import BaseDir, ExtraPaths, InputDir, ModelsDir, folders_of
from graphcore.plugins import installed
from graphcore.workflow.check import Report, check


@app.command("check")
def check_workflow(
    file: Annotated[Path, typer.Argument(help="A workflow of any form, or a picture that carries one.")],
    catalogue: CatalogueFile = None,
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    input_dir: InputDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """List every problem of FILE, and the packs and models that are missing. Exit code 0 when it can run, else 2."""
    workflow = load_workflow(file)
    folders = folders_of(base_dir, models_dir, extra_model_paths, input_dir)
    if catalogue is not None:
        report = check(workflow, catalogue_from(catalogue, base_dir), None, folders)
    else:
        registry = installed(folders=folders)
        report = check(workflow, Catalogue(registry, folders), registry, folders)
    print(json.dumps(report.as_dict(), indent=2) if as_json else _describe(report))
    if not report.sound:
        raise typer.Exit(INVALID)


def _describe(report: Report) -> str:
    lines = [f"error: {problem}" for problem in report.problems]
    lines += [f"warning: {problem}" for problem in report.warnings]
    lines += [f"missing pack: {pack}" for pack in report.packs]
    lines += [f"missing model: {model}" for model in report.models]
    return "\n".join(lines or ["No problems: the workflow can run."])
