"""The built-in pack. Its node ids are the field's own, so they carry no namespace."""

from __future__ import annotations

from graphcore import Pack


def _warm(types: frozenset[str]) -> None:
    """Import the libraries that a workflow of these node types is going to need."""
    from nodes.libraries import load, needed_by

    load(needed_by(types, {pack.nodes[type].module for type in types if type in pack.nodes}))


pack = Pack("graphcore", namespace=False, warm=_warm, deferred=True)
