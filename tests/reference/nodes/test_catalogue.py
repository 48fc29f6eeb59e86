"""Node ids, inputs, defaults, limits and outputs are those that the field's clients and workflows know."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore import Folders
from graphcore.catalogue import entry_of
from graphcore.testing import IMPLIED
from tests.reference.nodes.recorded import PACK, read_json

CATALOGUE: dict[str, Any] = read_json("object_info.json.gz")


def facts(spec: list[Any]) -> tuple[Any, Any, dict[str, Any]]:
    """Type or choices, default, and further options of an input, however they are spelled."""
    options = dict(spec[1]) if len(spec) > 1 else {}
    kind = options.pop("options", []) if spec[0] == "COMBO" else spec[0]
    default = options.pop("default", None)
    options = {key: value for key, value in options.items() if key in ("min", "max") or value not in (False, None)}
    options.pop("multiselect", None)
    if isinstance(kind, list):
        if "image_upload" in options or not kind:
            return "file", None, options
        return list(dict.fromkeys(kind)), default or kind[0], options
    return kind, IMPLIED.get(kind) if default is None else default, options


@pytest.mark.parametrize("id", sorted(CATALOGUE))
def test_inputs_are_the_fields(id: str) -> None:
    known = {section: ports for section, ports in CATALOGUE[id]["input"].items() if ports}
    ours = entry_of(PACK.nodes[id], Folders("nowhere"))["input"]
    assert [(section, list(ports)) for section, ports in known.items()] == [
        (section, list(ports)) for section, ports in ours.items() if ports
    ]
    for section, ports in known.items():
        for name, spec in ports.items():
            assert facts(ours[section][name]) == facts(spec), name


@pytest.mark.parametrize("id", sorted(CATALOGUE))
def test_outputs_and_place_are_the_fields(id: str) -> None:
    known, ours = CATALOGUE[id], entry_of(PACK.nodes[id], Folders("nowhere"))
    for key in ("output", "output_name", "output_is_list", "category", "output_node"):
        assert ours[key] == known[key], key
    assert ours["display_name"] == (known["display_name"] or ours["display_name"])
    for flag in ("deprecated", "experimental"):
        assert ours.get(flag, False) == known.get(flag, False), flag


@pytest.mark.parametrize("id", sorted(CATALOGUE))
def test_says_what_it_does(id: str) -> None:
    description = PACK.nodes[id].description
    assert description.endswith("."), description
    assert PACK.nodes[id].title
