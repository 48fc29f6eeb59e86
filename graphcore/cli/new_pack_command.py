"""`graphcore new-pack`: a pack to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphcore.cli.app import app


@app.command("new-pack")
def new_pack(
    name: Annotated[str, typer.Argument(help="What to call it: the first part of its nodes' ids.")],
    into: Annotated[Path, typer.Option("--into", help="The folder to write it to.")] = Path("custom_nodes"),
) -> None:
    """Write a complete pack: typed nodes, tests, licence, project file. It is found at once in custom_nodes."""
    from graphcore.packaging.template import write_pack

    target = write_pack(name, into)
    print(f"Wrote {target}. Its nodes: graphcore nodes {name}/. Its tests: graphcore packs test {name}")
