"""The nodes as they are at one moment. Classes describe themselves anew each time they are asked, so one validation, or
one run, asks each class once and goes by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphcore.node import NodeSpec


class View(dict[str, NodeSpec]):
    """A registry, read through: a spec is refreshed when it is first asked for, and then stays."""

    def __init__(self, registry: Mapping[str, NodeSpec]):
        super().__init__()
        self.registry = registry

    def __missing__(self, id: str) -> NodeSpec:
        spec = self.registry[id]
        found = self[id] = spec.refresh() if spec.refresh is not None else spec
        return found

    def __contains__(self, id: object) -> bool:
        return super().__contains__(id) or id in self.registry

    def __iter__(self) -> Iterator[str]:
        return iter(self.registry)

    def __len__(self) -> int:
        return len(self.registry)

    def get(self, id: str, default: Any = None) -> Any:
        """The spec, or the default if there is no such node."""
        found = super().get(id)
        if found is None:
            return self[id] if id in self.registry else default
        return found
