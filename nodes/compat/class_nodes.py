"""Node classes as a registry: a live view of a `NODE_CLASS_MAPPINGS`, which packs may change at any time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphcore.node import NodeSpec
from nodes.compat.schema.comfy_node import ComfyNode
from nodes.compat.v1 import spec_of_v1
from nodes.compat.v3 import spec_of_v3


def spec_of_class(kind: type[Any], id: str, *, title: str = "", combos: bool = True) -> NodeSpec:
    """The spec of a node class of either style. `combos`: whether choices of a 'COMBO' type are binding."""
    if isinstance(kind, type) and issubclass(kind, ComfyNode):
        return spec_of_v3(kind, id, title=title, combos=combos)
    return spec_of_v1(kind, id, title=title, combos=combos)


class ClassNodes(Mapping[str, NodeSpec]):
    """Node id -> spec for whatever classes the mapping holds at the moment. `titles` are display names by id."""

    def __init__(self, classes: Mapping[str, type[Any]], titles: Mapping[str, str] | None = None, combos: bool = True):
        self._classes, self._titles, self._combos = classes, titles or {}, combos

    def __getitem__(self, id: str) -> NodeSpec:
        return spec_of_class(self._classes[id], id, title=self._titles.get(id, ""), combos=self._combos)

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)

    def __contains__(self, id: object) -> bool:
        return id in self._classes
