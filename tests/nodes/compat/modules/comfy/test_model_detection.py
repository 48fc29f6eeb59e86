"""`comfy.model_detection`."""

from __future__ import annotations

from pathlib import Path

import pytest

from nodes.compat.handles.base_model import CONFIGS
from nodes.compat.modules.comfy.model_detection import (
    convert_config,
    count_blocks,
    model_config_from_unet,
    unet_config_from_diffusers_unet,
    unet_prefix_from_state_dict,
)
from nodes.models.checkpoint import load_checkpoint
from nodes.models.reader import WeightsFile
from nodes.models.unet_keys import to_diffusers


@pytest.mark.parametrize(
    ("prefix", "count", "found"),
    [
        ("model.diffusion_model.", 9, "model.diffusion_model."),
        ("net.", 9, "net."),
        ("net.", 3, "model."),
        ("other.", 9, "model."),
    ],
)
def test_the_prefix_is_that_of_most_parameters(prefix: str, count: int, found: str) -> None:
    names = [*(f"{prefix}{number}.weight" for number in range(count)), "first_stage_model.encoder.weight"]
    assert unet_prefix_from_state_dict(dict.fromkeys(names)) == found


def test_blocks_are_counted_as_far_as_they_follow_each_other() -> None:
    names = [f"double_blocks.{number}.weight" for number in (0, 1, 2, 11, 4)]
    assert count_blocks(dict.fromkeys(names).keys(), "double_blocks.{}.") == 3
    assert count_blocks([], "double_blocks.{}.") == 0


def test_what_a_network_is_built_like(tiny_models: Path) -> None:
    tensors = WeightsFile(tiny_models / "models" / "checkpoints" / "sd15_tiny.safetensors")
    config = model_config_from_unet(tensors, "model.diffusion_model.")
    assert isinstance(config, CONFIGS["SD15"])
    assert model_config_from_unet({"a.weight": tensors[next(iter(tensors))]}, "") is None
    assert type(model_config_from_unet({}, "", use_base_if_no_match=True)).__name__ == "BASE"
    names = to_diffusers(
        [name.removeprefix("model.diffusion_model.") for name in tensors],
        load_checkpoint(tensors.path).model.family.shape,
    )
    unet = {there: tensors[f"model.diffusion_model.{here}"] for here, there in names.items()}
    found = unet_config_from_diffusers_unet(unet, "half")
    assert found == {**config.unet_config, "dtype": "half"}
    assert convert_config(config.unet_config) == config.unet_config


def test_older_configurations_are_spelt_out() -> None:
    old = {
        "channel_mult": [1, 2, 4],
        "num_res_blocks": 2,
        "attention_resolutions": [2, 4],
        "transformer_depth": [0, 2, 10],
    }
    new = convert_config(old)
    assert new["num_res_blocks"] == [2, 2, 2]
    assert new["transformer_depth"] == [0, 0, 2, 2, 10, 10]
    assert new["transformer_depth_output"] == [0, 0, 0, 2, 2, 2, 10, 10, 10]
    assert new["transformer_depth_middle"] == 10
