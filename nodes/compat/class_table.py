"""`NODE_CLASS_MAPPINGS`: every node as a class, Graphcore's own included; packs look things up in it and change it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nodes.compat import firewall, sampling_classes, saving_class
from nodes.compat.native_class import NativeNode, native_class

CLASSES = saving_class.CLASSES | sampling_classes.CLASSES


class ClassTable(dict[str, Any]):
    """Node id -> class. `untouched` tells which of our own are still as we made them."""

    def __init__(self, native: Iterable[str]):
        super().__init__({id: CLASSES.get(id) or native_class(id) for id in native})
        self._made = {id: (kind, dict(kind.__dict__)) for id, kind in self.items()}

    def native(self, id: str) -> type[NativeNode] | None:
        """Our own class for a node, whatever packs have put in its place."""
        return self._made[id][0] if id in self._made else None

    def untouched(self, id: str) -> bool:
        """Whether a node of ours is neither replaced nor changed, so that it runs as it was written."""
        if id in sampling_classes.CLASSES and any(name in sampling_classes.CHAIN for _, name in firewall.assignments):
            return False
        made = self._made.get(id)
        return (
            made is not None and self.get(id) is made[0] and _identities(dict(made[0].__dict__)) == _identities(made[1])
        )


def _identities(attributes: dict[str, Any]) -> dict[str, int]:
    return {name: id(value) for name, value in attributes.items() if not name.startswith("__")}
