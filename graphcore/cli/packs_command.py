"""`graphcore packs`: which packs there are, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from graphcore.cli.app import INVALID, app
from graphcore.cli.setup import BaseDir, ExtraPaths, ModelsDir, folders_of
from graphcore.living import PackReport
from graphcore.plugins import installed

packs = typer.Typer(help="Show packs of nodes and check them.", no_args_is_help=True)
app.add_typer(packs, name="packs")

AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


@packs.command("list")
def list_packs(
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    as_json: AsJson = False,
) -> None:
    """List the packs that are installed, and those in the folders of custom nodes."""
    folders = folders_of(base_dir, models_dir, extra_model_paths)
    registry = installed(folders=folders)
    found = [
        PackReport(pack.name, None, "installed", list(pack.nodes), version=pack.version)
        for pack in registry.packs.values()
    ]
    _print([*found, *(report for source in registry.sources for report in source.reports())], as_json)


@packs.command("check")
def check_packs(
    names: Annotated[list[str] | None, typer.Argument(help="Packs to check; all without.")] = None,
    base_dir: BaseDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Import packs from the folders of custom nodes and say what is wrong. Exit code 2 if one cannot be loaded."""
    registry = installed(folders=folders_of(base_dir))
    reports = [report for source in registry.sources for report in source.load_all()]
    chosen = [report for report in reports if not names or report.name in names]
    _print(chosen, as_json)
    if any(report.problem for report in chosen):
        raise typer.Exit(INVALID)


def _print(reports: list[PackReport], as_json: bool) -> None:
    if as_json:
        print(json.dumps([report.as_dict() for report in reports], indent=2))
        return
    for report in reports:
        print(f"{report.name:<32} {report.state:<10} {len(report.nodes):>4} nodes  {report.seconds:7.3f} s")
        for line in [report.problem, *(f"replaces {symbol}" for symbol in report.assignments)]:
            if line:
                print(f"    {line}")
