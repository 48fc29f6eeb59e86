"""`graphcore new-pack`: a pack to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphcore.cli.app import app

CUSTOM_NODES = Path("custom_nodes")


@app.command("new-pack")
def new_pack(
    name: Annotated[str, typer.Argument(help="What to call it: the first part of its nodes' ids.")],
    into: Annotated[Path, typer.Option("--into", help="The folder to write it to.")] = CUSTOM_NODES,
) -> None:
    """Write a complete pack: typed nodes, tests, licence, project file. It is found at once in custom_nodes."""
    from graphcore.packaging.template import write_pack

    target = write_pack(name, into)
    elsewhere = "" if into == CUSTOM_NODES else f" Put it into custom_nodes: graphcore packs add {target}."
    print(f"Wrote {target}.{elsewhere} Its nodes: graphcore nodes {name}/. Its tests: graphcore packs test {name}")
