"""Entries of the node catalogue, in the field's shape."""

from __future__ import annotations

import dataclasses
import logging
from typing import Annotated, Any, Literal

import pytest

from graphcore import Choice, Folders, Image, Lazy, Many, Mask, Pack, Range, Registry, Wire
from graphcore.catalogue import Catalogue, catalogue_of, entry_of
from graphcore.node import NodeSpec

FOLDERS = Folders("/nowhere")


def spec_for(function: Any, **options: Any) -> NodeSpec:
    pack = Pack("film", namespace=False)
    pack.node(**options)(function)
    return next(iter(pack.nodes.values()))


async def grain(
    image: Image,
    strength: Annotated[float, Range(0, 1)] = 0.2,
    kind: Literal["fine", "coarse"] = "fine",
    count: Annotated[int, Wire()] = 1,
    listed: Annotated[str, Choice(lambda folders: [str(folders.base)])] = "x",
    mask: Mask | None = None,
    anything: Any = None,
    later: Lazy[Image] | None = None,
    *more: Image,
) -> tuple[Image, Many[Mask]]:
    """Add grain.

    Args:
        strength: standard deviation
    """
    raise AssertionError


def test_an_entry() -> None:
    entry = entry_of(spec_for(grain, title="Grain", category="image", output=True), FOLDERS)
    assert entry == {
        "input": {
            "required": {
                "image": ["IMAGE"],
                "strength": ["FLOAT", {"default": 0.2, "min": 0, "max": 1, "tooltip": "standard deviation"}],
                "kind": [["fine", "coarse"], {"default": "fine"}],
                "count": ["INT", {"default": 1, "forceInput": True}],
                "listed": [["/nowhere"], {"default": "x"}],
                "anything": ["*"],
            },
            "optional": {
                "mask": ["MASK"],
                "later": ["IMAGE", {"lazy": True}],
                "more": ["IMAGE", {"growing": True}],
            },
        },
        "input_order": {
            "required": ["image", "strength", "kind", "count", "listed", "anything"],
            "optional": ["mask", "later", "more"],
        },
        "output": ["IMAGE", "MASK"],
        "output_is_list": [False, True],
        "output_name": ["IMAGE", "MASK"],
        "name": "grain",
        "display_name": "Grain",
        "description": "Add grain.",
        "python_module": __name__,
        "category": "image",
        "output_node": True,
    }


def test_marks_are_only_there_when_set() -> None:
    def plain(n: int) -> int: ...

    entry = entry_of(spec_for(plain, deprecated=True, experimental=True), FOLDERS)
    assert entry["deprecated"]
    assert entry["experimental"]
    assert "optional" not in entry["input"]
    assert "deprecated" not in entry_of(spec_for(plain), FOLDERS)


def test_one_bad_node_does_not_hide_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> dict[str, Any]:
        raise ValueError("its INPUT_TYPES raises")

    def plain(n: int) -> int: ...

    spec = spec_for(plain)
    bad = dataclasses.replace(spec, id="bad", catalogue=broken)
    own = dataclasses.replace(spec, id="own", catalogue=lambda: {"mine": True}, outputs=spec.outputs)
    with caplog.at_level(logging.WARNING):
        found = catalogue_of({"bad": bad, "plain": spec, "own": own}, FOLDERS)
    assert set(found) == {"plain", "own"}
    assert found["own"] == {"mine": True}
    assert "Node bad cannot be listed" in caplog.text


def test_entries_are_made_when_they_are_asked_for() -> None:
    def plain(n: int) -> int: ...

    pack = Pack("film", namespace=False)
    pack.node()(plain)
    catalogue = Catalogue(Registry(pack), FOLDERS)
    assert list(catalogue) == ["plain"]
    assert len(catalogue) == 1
    assert catalogue["plain"]["name"] == "plain"
    with pytest.raises(KeyError):
        catalogue["other"]
