"""`graphcore packs`: which packs there are, what is wrong with them, adding and removing them."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from graphcore.cli.app import INVALID, app
from graphcore.cli.setup import BaseDir, ExtraPaths, ModelsDir, folders_of
from graphcore.errors import UserError
from graphcore.folders import Folders
from graphcore.living import PackReport
from graphcore.plugins import installed

packs = typer.Typer(help="Show packs of nodes, check, add and remove them.", no_args_is_help=True)
app.add_typer(packs, name="packs")

AsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]
Name = Annotated[str, typer.Argument(help="The pack: its folder's name, or that of its file without .py.")]


@packs.command("list")
def list_packs(
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    as_json: AsJson = False,
) -> None:
    """List the packs that are installed, and those in the folders of custom nodes, switched off or not."""
    folders = folders_of(base_dir, models_dir, extra_model_paths)
    _print([*_reports(folders), *_switched_off(folders)], as_json)


@packs.command("info")
def info(name: Name, base_dir: BaseDir = Path(), as_json: AsJson = False) -> None:
    """Say what is known of one pack: where it lies, its nodes, what it requires and what it replaces."""
    from graphcore.packaging.requirements import required_by

    found = next((report for report in _reports(folders_of(base_dir)) if report.name == name), None)
    if found is None:
        raise UserError(f"There is no pack '{name}'; see graphcore packs list.")
    requires = required_by(found.path) if found.path is not None and found.path.is_dir() else []
    if as_json:
        print(json.dumps({**found.as_dict(), "requires": requires}, indent=2))
        return
    _print([found], False)
    rows: list[tuple[str, Any]] = [("path", found.path), ("requires", ", ".join(requires) or "nothing more")]
    for label, value in [*rows, ("nodes", ", ".join(found.nodes) or "none")]:
        print(f"    {label}: {value}")


@packs.command("check")
def check_packs(
    names: Annotated[list[str] | None, typer.Argument(help="Packs to check; all without.")] = None,
    base_dir: BaseDir = Path(),
    as_json: AsJson = False,
) -> None:
    """Read packs' files for what is wrong or should be known, then import them. Exit code 2 if one cannot work."""
    from graphcore.packaging.lint import SLOW, Finding, lint

    folders = folders_of(base_dir)
    folders.only_packs = frozenset(names) if names else None
    chosen = [report for source in installed(folders=folders).sources for report in source.load_all()]
    chosen = [report for report in chosen if not names or report.name in names]
    if names and (missing := set(names) - {report.name for report in chosen}):
        raise UserError(f"There is no pack '{min(missing)}' in custom_nodes/; see graphcore packs list.")
    findings: dict[str, list[Finding]] = {}
    for report in chosen:
        found = findings[report.name] = lint(report.path) if report.path is not None else []
        if report.seconds > SLOW:
            found.append(Finding("warning", _slow(report, folders)))
    if as_json:
        rows = [
            {**report.as_dict(), "findings": [{"level": f.level, "text": f.text} for f in findings[report.name]]}
            for report in chosen
        ]
        print(json.dumps(rows, indent=2))
    else:
        for report in chosen:
            _print([report], False)
            for finding in findings[report.name]:
                print(f"    {finding.level}: {finding.text}")
    wrong = [f for found in findings.values() for f in found if f.level == "error"]
    if wrong or any(report.problem for report in chosen):
        raise typer.Exit(INVALID)


@packs.command("test")
def run_tests(name: Name, base_dir: BaseDir = Path()) -> None:
    """Run the tests that lie in a pack's folder, with pytest."""
    from graphcore.packaging.adding import find

    folder = find(name, folders_of(base_dir).roots("custom_nodes"))
    if not folder.is_dir() or not any(folder.rglob("test_*.py")):
        raise UserError(f"The pack '{name}' has no tests (files called test_*.py).")
    if importlib.util.find_spec("pytest") is None:
        raise UserError(f"Tests of packs need pytest, which is not there: {sys.executable} -m pip install pytest")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "graphcore.pytest_plugin", "."]
    raise typer.Exit(subprocess.run(command, cwd=folder, check=False).returncode)


@packs.command("add")
def add_pack(
    source: Annotated[
        str, typer.Argument(help="A folder, a .py file, a wheel, or a git address (#BRANCH at its end).")
    ],
    base_dir: BaseDir = Path(),
) -> None:
    """Add a pack, and install what it requires; the versions that Graphcore itself runs with stay as they are."""
    from graphcore.packaging.adding import add

    roots = [Path(os.path.abspath(root)) for root in folders_of(base_dir).roots("custom_nodes")]
    place = Path(os.path.abspath(Path(source).expanduser())).parent
    print(add(source, place if place in roots else roots[0]))


@packs.command("build")
def build_environment(name: Name, base_dir: BaseDir = Path()) -> None:
    """Make the environment of a pack that asks for one of its own, anew if there is one."""
    from graphcore.packaging.adding import find, run
    from graphcore.packaging.isolation import build, isolation_of

    pack = find(name, folders_of(base_dir).roots("custom_nodes"))
    if not pack.is_dir() or isolation_of(pack) != "env":
        raise UserError(f"The pack '{name}' does not ask for an environment: [tool.graphcore] isolation = \"env\".")
    print(build(pack, run))


@packs.command("enable")
def enable(name: Name, base_dir: BaseDir = Path()) -> None:
    """Switch a pack on again."""
    from graphcore.packaging.adding import switch

    print(switch(name, folders_of(base_dir).roots("custom_nodes"), True))


@packs.command("disable")
def disable(name: Name, base_dir: BaseDir = Path()) -> None:
    """Switch a pack off without deleting it."""
    from graphcore.packaging.adding import switch

    print(switch(name, folders_of(base_dir).roots("custom_nodes"), False))


@packs.command("remove")
def remove_pack(
    name: Name,
    base_dir: BaseDir = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a pack."""
    from graphcore.packaging.adding import remove

    if not yes:
        typer.confirm(f"Delete the pack '{name}'?", abort=True)
    print(remove(name, folders_of(base_dir).roots("custom_nodes")))


def _reports(folders: Folders) -> list[PackReport]:
    """The packs that are installed, then those in the folders of custom nodes, none of which is loaded for it."""
    registry = installed(folders=folders)
    own = [
        PackReport(pack.name, None, "installed", list(pack.nodes), version=pack.version)
        for pack in registry.packs.values()
    ]
    return own + [report for source in registry.sources for report in source.reports()]


def _switched_off(folders: Folders) -> list[PackReport]:
    found = [path for root in folders.roots("custom_nodes") for path in sorted(root.glob("*.disabled"))]
    return [PackReport(path.name.removesuffix(".disabled").removesuffix(".py"), path, "off") for path in found]


def _slow(report: PackReport, folders: Folders) -> str:
    """How long a pack's import takes, and what of it takes longest, as a fresh process shows."""
    from graphcore.packaging.lint import import_times

    load = (
        "from graphcore.folders import Folders; from graphcore.plugins import installed; "
        f"folders = Folders({str(folders.base)!r}); folders.only_packs = frozenset([{report.name!r}]); "
        "[source.load_all() for source in installed(folders=folders).sources]"
    )
    slowest = ", ".join(f"{module} {seconds:.2f} s" for seconds, module in import_times(load))
    return f"Its import takes {report.seconds:.1f} s; import libraries where they are used. Slowest: {slowest}."


def _print(reports: list[PackReport], as_json: bool) -> None:
    if as_json:
        print(json.dumps([report.as_dict() for report in reports], indent=2))
        return
    for report in reports:
        print(f"{report.name:<32} {report.state:<10} {len(report.nodes):>4} nodes  {report.seconds:7.3f} s")
        for line in [report.problem, *(f"replaces {symbol}" for symbol in report.assignments)]:
            if line:
                print(f"    {line}")
