"""A registry with nodes behind it that may change at any time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graphcore import Pack
from graphcore.living import LivingRegistry, Source
from graphcore.node import NodeSpec


class Late(Source):
    """Nodes of a pack, and those of them that stand for others."""

    def __init__(self, pack: Pack, *replaced: str):
        self.pack, self.replaced = pack, replaced

    def __getitem__(self, id: str) -> NodeSpec:
        return self.pack.nodes[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.pack.nodes)

    def __len__(self) -> int:
        return len(self.pack.nodes)

    def replaces(self, id: str) -> bool:
        return id in self.replaced


def pack_of(name: str, *ids: str) -> Pack:
    pack = Pack(name, namespace=False)
    for id in ids:
        pack.node(id=id)(lone)
    return pack


def lone(n: int) -> int:
    return n


def registry(*sources: Source) -> LivingRegistry:
    found = LivingRegistry()
    found.add(pack_of("own", "a", "b"))
    found.sources += sources
    return found


def test_own_nodes_come_first_then_the_sources_in_order() -> None:
    found = registry(Late(pack_of("first", "a", "c")), Late(pack_of("second", "c", "d")))
    assert list(found) == ["a", "b", "c", "d"]
    assert len(found) == 4
    assert [found[id].pack for id in found] == ["own", "own", "first", "second"]
    with pytest.raises(KeyError):
        _ = found["e"]


def test_a_source_may_take_the_place_of_a_node() -> None:
    found = registry(Late(pack_of("first", "a", "b"), "b"))
    assert found["a"].pack == "own"
    assert found["b"].pack == "first"


def test_what_a_source_learns_later_is_there() -> None:
    pack = pack_of("first")
    found = registry(Late(pack))
    assert "late" not in found
    pack.node(id="late")(lone)
    assert "late" in found
    assert found["late"].pack == "first"
    assert found.sources[0].load_all() == []
