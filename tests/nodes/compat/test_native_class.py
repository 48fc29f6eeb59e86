"""Graphcore's own nodes as classes that packs call and derive from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nodes.compat.loader import FolderPacks
from nodes.compat.stubs import UnsupportedSymbol


@pytest.fixture
def tools(base: Callable[..., Any]) -> tuple[Any, FolderPacks]:
    found = base("image_tools").start()
    found[1].load_all()
    return found


def test_a_class_says_what_the_node_is(tools: Any) -> None:
    import nodes

    kind = nodes.NODE_CLASS_MAPPINGS["KSampler"]
    assert kind.RETURN_TYPES == ("LATENT",)
    assert kind.FUNCTION == "sample"
    assert kind.CATEGORY == "sampling"
    required = kind.INPUT_TYPES()["required"]
    assert list(required)[:5] == ["model", "seed", "steps", "cfg", "sampler_name"]
    assert "euler" in required["sampler_name"][0]
    assert nodes.MAX_RESOLUTION == 16384


def test_a_class_is_called_by_its_function_or_any_other_name(tools: Any) -> None:
    import nodes

    kind = nodes.EmptyLatentImage
    latent = getattr(kind(), kind.FUNCTION)(width=64, height=32, batch_size=2)[0]
    assert latent["samples"].shape == (2, 4, 4, 8)
    assert kind().make_me_one(64, 32, 2)[0]["samples"].shape == (2, 4, 4, 8)


def test_nameless_arguments_go_to_the_inputs_of_their_type(tools: Any) -> None:
    import nodes

    images = torch.zeros(1, 8, 8, 3)
    assert nodes.ImageScale().upscale(images, "bilinear", 4, 2, "disabled")[0].shape == (1, 2, 4, 3)
    cond = [[torch.zeros(1, 2, 3), {}]]
    joined = nodes.ConditioningCombine().combine(cond, cond)[0]
    assert len(joined) == 2
    assert nodes.VAEEncode.vae_encode_crop_pixels(torch.zeros(1, 17, 9, 3)).shape == (1, 16, 8, 3)


def test_classes_of_packs_save_pictures_where_they_say(tools: Any, tmp_path: Path) -> None:
    engine, _ = tools
    prompt = {
        "1": {"class_type": "ToolResize", "inputs": {"width": 6, "height": 4}},
        "2": {"class_type": "ToolSave", "inputs": {"images": ["1", 0]}},
        "3": {"class_type": "ToolPreview", "inputs": {"images": ["1", 0]}},
        "4": {"class_type": "ToolLatent", "inputs": {"width": 64}},
    }
    result = engine.run(prompt, keep=["4"])
    [shown] = result.ui["2"]["images"]
    assert shown == {"filename": "picture_tool_00001_.png", "subfolder": "", "type": "output"}
    assert (tmp_path / "output" / "tool" / "picture_tool_00001_.png").is_file()
    assert result.ui["3"]["images"][0]["type"] == "temp"
    assert result.values["4"][1] == [8]


def test_names_that_the_reference_has_not_are_missing_for_who_asks(tools: Any) -> None:
    import nodes

    assert not hasattr(nodes, "NoSuchThing")
    with pytest.raises(UnsupportedSymbol, match=r"calls nodes\.NoSuchThing, which"):
        nodes.NoSuchThing()
