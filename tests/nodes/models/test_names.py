from __future__ import annotations

from nodes.models.names import inverse, renamed

MODULES = {"a": "x", "a.b": "y.z"}


def test_the_longest_prefix_counts() -> None:
    assert renamed(["a.weight", "a.b.weight", "a.c.b.bias"], MODULES) == {
        "a.weight": "x.weight",
        "a.b.weight": "y.z.weight",
        "a.c.b.bias": "x.c.b.bias",
    }


def test_unknown_names_and_bare_modules_are_left_out() -> None:
    assert renamed(["b.weight", "a", "ab.weight"], MODULES) == {}


def test_maps_read_backwards() -> None:
    assert renamed(["y.z.weight"], inverse(MODULES)) == {"y.z.weight": "a.b.weight"}
