"""Loading a pack in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphcore.errors import DeclarationError
from graphcore.folders import Folders
from graphcore.pack import Pack
from graphcore.packaging.isolation import isolation_of
from nodes.compat.isolation.host import Host, PackEnded
from nodes.compat.isolation.specs import all_specs
from nodes.compat.pack_entries import Entry, code_mark
from nodes.compat.pack_import import Exports, reason


def isolated(entry: Entry, folders: Folders, told: Callable[..., None]) -> tuple[Host, Exports] | str:
    """The pack's process and its nodes; why it cannot be loaded, otherwise."""
    try:
        host = Host(entry, isolation_of(entry.path), folders, told, code_mark(entry))
        specs = all_specs(host)
    except DeclarationError as error:
        return reason(entry, error)
    except PackEnded as failure:
        return str(failure)
    return host, Exports(packs=[_pack(entry, specs)])


def _pack(entry: Entry, specs: dict[str, Any]) -> Pack:
    made = Pack(entry.name, namespace=False)
    for id, spec in specs.items():
        made.nodes.declare(id, spec)
    return made
