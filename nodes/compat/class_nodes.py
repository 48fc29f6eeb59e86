"""Node classes as a registry: a live view of a `NODE_CLASS_MAPPINGS`, which packs may change at any time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from graphcore.node import NodeSpec
from nodes.compat.class_spec import ClassSpec
from nodes.compat.info import pack_of
from nodes.compat.inputs import ClassInputs
from nodes.compat.schema.comfy_node import ComfyNode
from nodes.compat.v1 import spec_of_v1
from nodes.compat.v3 import spec_of_v3


def spec_of_class(kind: type[Any], id: str, *, title: str = "", combos: bool = True) -> NodeSpec:
    """The spec of a node class of either style, to be registered; it is read anew for every validation and run.

    `title` is its display name; `combos`: whether choices of a 'COMBO' type are binding.
    """
    spec = _read(kind, id, title, combos)
    return replace(spec, refresh=lambda: _read(kind, id, title, combos))


def _read(kind: type[Any], id: str, title: str, combos: bool) -> NodeSpec:
    """The class as it describes itself now. One that fails to is a node all the same, whose use is a problem."""
    read = spec_of_v3 if isinstance(kind, type) and issubclass(kind, ComfyNode) else spec_of_v1
    try:
        return read(kind, id, title=title, combos=combos)
    except Exception as error:  # noqa: BLE001 - author code
        return _broken(kind, id, title, error)


def _broken(kind: type[Any], id: str, title: str, error: Exception) -> NodeSpec:
    def fail(*_: Any) -> Any:
        raise error

    return ClassSpec(
        id=id, title=title or id, category="", description="", inputs=ClassInputs(fail), outputs=(), call=fail,
        outcome=fail, pack=pack_of(kind), catalogue=fail,
    )  # fmt: skip


class ClassNodes(Mapping[str, NodeSpec]):
    """Node id -> spec for whatever classes the mapping holds at the moment. `titles` are display names by id."""

    def __init__(self, classes: Mapping[str, type[Any]], titles: Mapping[str, str] | None = None, combos: bool = True):
        self._classes, self._combos = classes, combos
        self._titles = {} if titles is None else titles  # maybe still empty

    def __getitem__(self, id: str) -> NodeSpec:
        return _read(self._classes[id], id, self._titles.get(id, ""), self._combos)

    def __iter__(self) -> Iterator[str]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)

    def __contains__(self, id: object) -> bool:
        return id in self._classes
