"""Node ids, inputs, defaults, limits and outputs are those that the field's clients and workflows know."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore import Folders
from graphcore.catalogue import entry_of
from graphcore.testing import IMPLIED
from tests.reference.nodes.recorded import PACK, read_json

FIELD: dict[str, Any] = read_json("object_info.json.gz")  # every node of the field
CATALOGUE = {id: entry for id, entry in FIELD.items() if id in PACK.nodes}
# Types whose values hold weights, or are made by what holds some.
WEIGHTS = {
    "MODEL", "CLIP", "VAE", "CLIP_VISION", "CLIP_VISION_OUTPUT", "CONTROL_NET", "STYLE_MODEL", "GLIGEN",
    "UPSCALE_MODEL", "PHOTOMAKER", "AUDIO_ENCODER", "AUDIO_ENCODER_OUTPUT", "MODEL_PATCH", "LORA_MODEL", "LOSS_MAP",
    "HOOKS",
}  # fmt: skip
# Weight-free nodes that we lack, and why.
LACKING = {
    "GITSScheduler": "its table of coefficients is not part of the specification",
    "LTXVCropGuides": "undoes LTXVAddGuide, which needs LTX-Video's VAE",
    "WanCameraEmbedding": "feeds WanCameraImageToVideo, which needs Wan's VAE",
}
FILES = {"config_name"}  # what these list is on the disk, although the field has some to begin with
THREE_D = {"3d", "latent/3d"}


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


def test_every_weight_free_node_is_here() -> None:
    lacking = {id for id, entry in FIELD.items() if id not in PACK.nodes and not types_of(entry) & WEIGHTS}
    assert {id for id in lacking if FIELD[id]["category"] not in THREE_D} == LACKING.keys()


def types_of(entry: dict[str, Any]) -> set[str]:
    """The types of a node's inputs and outputs."""
    ports = [str(spec[0]) for section in entry["input"].values() for spec in section.values()]
    return {*ports, *map(str, entry["output"])}


@pytest.mark.parametrize("id", sorted(CATALOGUE))
def test_inputs_are_the_fields(id: str) -> None:
    known = {section: ports for section, ports in CATALOGUE[id]["input"].items() if ports}
    ours = entry_of(PACK.nodes[id], Folders("nowhere"))["input"]
    assert [(section, list(ports)) for section, ports in known.items()] == [
        (section, list(ports)) for section, ports in ours.items() if ports
    ]
    for section, ports in known.items():
        for name, spec in ports.items():
            assert name in FILES or facts(ours[section][name]) == facts(spec), name


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
