"""Renaming of parameters by the modules that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def renamed(names: Iterable[str], modules: Mapping[str, str]) -> dict[str, str]:
    """Each name with its longest known module prefix exchanged; names of no known module are left out."""
    return {name: there for name in names if (there := _exchange(name, modules)) is not None}


def inverse(modules: Mapping[str, str]) -> dict[str, str]:
    """The map read backwards."""
    return {there: here for here, there in modules.items()}


def _exchange(name: str, modules: Mapping[str, str]) -> str | None:
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        if (there := modules.get(".".join(parts[:length]))) is not None:
            return ".".join([there, *parts[length:]])
    return None
