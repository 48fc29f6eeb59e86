"""One reading of each node's description for each look at the registry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphcore import NodeSpec, Pack
from graphcore.view import View


def test_a_spec_is_refreshed_once() -> None:
    pack = Pack("p", namespace=False)
    pack.node(id="A")(_nothing)
    plain = pack.nodes["A"]
    made: list[NodeSpec] = []

    def refresh() -> NodeSpec:
        made.append(replace(plain, title=f"reading {len(made)}"))
        return made[-1]

    registry = {"A": plain, "B": replace(plain, id="B", refresh=refresh)}
    view = View(registry)
    assert view["A"] is plain
    assert view["B"] is view["B"] is view.get("B") is made[0]
    assert View(registry)["B"].title == "reading 1"
    assert ("B" in view, "C" in view, list(view), len(view)) == (True, False, ["A", "B"], 2)
    assert view.get("C") is None
    with pytest.raises(KeyError):
        view["C"]


def _nothing() -> None:
    return None
