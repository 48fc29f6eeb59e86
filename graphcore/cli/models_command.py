"""`graphcore models`: which model files there are, what they hold, whether they are sound; old formats converted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from graphcore.cli.app import FAILED, app
from graphcore.cli.setup import BaseDir, ExtraPaths, ModelsDir, folders_of
from graphcore.errors import ModelError
from graphcore.model_files import listing, locate
from graphcore.plugins import installed
from graphcore.workflow.lock import file_hash

commands = typer.Typer(help="List, inspect, check and convert model files.", no_args_is_help=True)
app.add_typer(commands, name="models")

ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A path, kind/name, or a name that one model has.")]
ModelNames = Annotated[list[str] | None, typer.Argument(metavar="MODEL...", help="Paths, kind/name, or names.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
UNITS = ("B", "kB", "MB", "GB", "TB")


@commands.command("list")
def list_models(
    kinds: Annotated[list[str] | None, typer.Argument(metavar="KIND...", help="checkpoints, loras, ...")] = None,
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    as_json: AsJson = False,
) -> None:
    """List the model files in the model folders."""
    found = list(listing(folders_of(base_dir, models_dir, extra_model_paths), kinds or ()))
    if as_json:
        rows = [{"kind": e.kind, "name": e.name, "size": e.size, "path": str(e.path)} for e in found]
        print(json.dumps(rows, indent=2))
        return
    for entry in found:
        print(f"{_size(entry.size):>8}  {entry.kind}/{entry.name}")


@commands.command("info")
def show_model(
    model: ModelName,
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    as_json: AsJson = False,
) -> None:
    """Tell what MODEL holds: kind, family, number formats, what the file says about itself. Reads no weights."""
    path = locate(folders_of(base_dir, models_dir, extra_model_paths), model)
    facts = {"path": str(path), "size": _size(path.stat().st_size), **installed().model_tools().describe(path)}
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    for name, text in facts.items():
        print(f"{name}: {text}")


@commands.command("hash")
def hash_models(
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help="Paths, kind/name, or names.")],
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    as_json: AsJson = False,
) -> None:
    """Print the SHA-256 of each MODEL; its first ten digits are what sites that share models call AutoV2."""
    folders = folders_of(base_dir, models_dir, extra_model_paths)
    hashes = {str(path): file_hash(path) for path in (locate(folders, model) for model in models)}
    if as_json:
        print(json.dumps(hashes, indent=2))
        return
    for path, found in hashes.items():
        print(f"{found}  {path}")


@commands.command("check")
def check_models(
    models: ModelNames = None,
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    as_json: AsJson = False,
) -> None:
    """Read every weight of each MODEL (of all by default) and say what is wrong. Exit code 1 if anything is."""
    folders = folders_of(base_dir, models_dir, extra_model_paths)
    paths = [locate(folders, model) for model in models or ()] or [entry.path for entry in listing(folders)]
    found = {str(path): _problems(path) for path in paths}
    print(json.dumps(found, indent=2) if as_json else _report(found))
    if any(found.values()):
        raise typer.Exit(FAILED)


@commands.command("convert")
def convert_model(
    file: Annotated[Path, typer.Argument(help="An old model file: .ckpt, .pt, .pth or .bin.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write; by default FILE's name with .safetensors.")
    ] = None,
) -> None:
    """Write the weights of an old FILE as safetensors. It is read in a process without network that runs no code of it.

    Refuses files that ask for anything but weights, and never overwrites.
    """
    target = output or file.with_suffix(".safetensors")
    installed().model_tools().convert(file.absolute(), target.absolute())
    print(target)


def _problems(path: Path) -> list[str]:
    try:
        return installed().model_tools().problems(path)
    except ModelError as error:
        return [str(error)]


def _report(found: dict[str, Any]) -> str:
    lines = [f"{path}: {problem}" for path, problems in found.items() for problem in problems or ["sound"]]
    return "\n".join(lines or ["There are no model files."])


def _size(size: float) -> str:
    """Bytes in the unit that leaves the fewest digits."""
    for unit in UNITS[:-1]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} {UNITS[-1]}"
