"""What the commands about workflow files share: the catalogue option, and where output goes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from graphcore.catalogue import Catalogue
from graphcore.cli.setup import BaseDir, folders_of
from graphcore.errors import UserError, WorkflowError
from graphcore.plugins import installed
from graphcore.workflow import Workflow
from graphcore.workflow.catalogue import read_catalogue

__all__ = ["STDIN", "BaseDir", "CatalogueFile", "catalogue_from", "load_workflow", "read", "write"]

STDIN = Path("-")
CatalogueFile = Annotated[
    Path | None,
    typer.Option(
        "--catalogue", help="The node catalogue of another server (its /object_info), instead of what is here."
    ),
]


def catalogue_from(file: Path | None, base: Path) -> Mapping[str, Any]:
    """The catalogue in a file, or that of the installed packs."""
    if file is None:
        folders = folders_of(base)
        return Catalogue(installed(folders=folders), folders)
    try:
        return read_catalogue(read(file))
    except WorkflowError as error:
        raise UserError(f"{file}: {error}") from None


def load_workflow(file: Path) -> Workflow:
    """The workflow in a file that the user named, or on standard input."""
    return Workflow.load(read(file) if file == STDIN else file)


def read(file: Path) -> bytes:
    """The bytes of a file that the user named, or of standard input."""
    try:
        if file == STDIN:
            return sys.stdin.buffer.read()
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"Cannot read {file}: {error.strerror}.") from None


def write(content: bytes, file: Path | None) -> None:
    """Write to a file, or to standard output."""
    if file is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UserError(f"Cannot write {file}: {error.strerror}.") from None
