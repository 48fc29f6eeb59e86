"""`graphcore nodes`: which nodes there are, and what one of them takes and gives."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Annotated

import typer

from graphcore.catalogue import catalogue_of, entry_of
from graphcore.cli.app import app
from graphcore.cli.setup import BaseDir, ExtraPaths, ModelsDir, folders_of
from graphcore.errors import UserError
from graphcore.node import NodeSpec
from graphcore.plugins import installed


@app.command("nodes")
def list_nodes(
    node: Annotated[
        str | None, typer.Argument(help="Show this node, or list those of a pack (film/); all are listed without it.")
    ] = None,
    base_dir: BaseDir = Path(),
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the catalogue in /object_info shape.")] = False,
) -> None:
    """List the nodes that are installed, or show one."""
    folders = folders_of(base_dir, models_dir, extra_model_paths)
    registry = installed(folders=folders)
    if node is None or node.endswith("/"):
        listed = {id: spec for id, spec in registry.items() if id.startswith(node or "")}
        if node and not listed:
            raise UserError(
                f"There is no node whose id begins with '{node}'. 'graphcore packs list' tells what there is."
            )
        if as_json:
            print(json.dumps(catalogue_of(listed, folders), default=str))
        else:
            for spec in sorted(listed.values(), key=lambda spec: (spec.category, spec.id)):
                print(f"{spec.id:<36} {spec.category:<28} {spec.title}")
        return
    if node not in registry:
        near = difflib.get_close_matches(node, list(registry), n=3, cutoff=0.5)
        raise UserError(f"There is no node '{node}'." + (f" Did you mean {' or '.join(near)}?" if near else ""))
    print(
        json.dumps(entry_of(registry[node], folders), indent=2, default=str) if as_json else _describe(registry[node])
    )


def _describe(spec: NodeSpec) -> str:
    lines = [f"{spec.id} - {spec.title} ({spec.category})", spec.description, ""]
    for name, port in spec.inputs.items():
        lines.append(f"  in   {name:<24} {port.type!s:<14} {'' if port.required else 'optional'}".rstrip())
    lines += [f"  out  {output.name:<24} {output.type!s}" for output in spec.outputs]
    return "\n".join(lines)
