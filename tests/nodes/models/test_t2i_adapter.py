from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from diffusers.models.adapter import T2IAdapter
from safetensors.torch import save_file

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint
from nodes.models.controlnet import ControlNet, load_controlnet
from tests.theirs import unet as their_unet

T = torch.tensor([500.0])
CONFIGS = {
    "sd1": {"in_channels": 3, "channels": [32, 64, 128, 128], "num_res_blocks": 2, "downscale_factor": 8},
    "grey": {"in_channels": 1, "channels": [32, 64, 128, 128], "num_res_blocks": 2, "downscale_factor": 8},
    "light": {
        "in_channels": 3,
        "channels": [32, 64, 128],
        "num_res_blocks": 4,
        "downscale_factor": 8,
        "adapter_type": "light_adapter",
    },
    "xl": {
        "in_channels": 3,
        "channels": [32, 64, 128, 128],
        "num_res_blocks": 2,
        "downscale_factor": 16,
        "adapter_type": "full_adapter_xl",
    },
}


@pytest.fixture
def picture() -> torch.Tensor:
    return torch.rand(1, 96, 128, 3, generator=torch.Generator().manual_seed(0))


def theirs(config: str) -> T2IAdapter:
    torch.manual_seed(0)
    return T2IAdapter(**CONFIGS[config]).eval()


def authors_name(name: str, light: bool) -> str:
    name = name.removeprefix("adapter.")
    if light:
        return name.replace(".resnets.", ".body.")
    if match := re.fullmatch(r"body\.(\d+)\.resnets\.(\d+)\.(.+)", name):
        return f"body.{int(match[1]) * 2 + int(match[2])}.{match[3]}"
    if match := re.fullmatch(r"body\.(\d+)\.in_conv\.(.+)", name):
        return f"body.{int(match[1]) * 2}.in_conv.{match[2]}"
    return name


def opened(adapter: T2IAdapter, folder: Path, authors: bool, light: bool = False) -> ControlNet:
    state = adapter.state_dict()
    if authors:
        state = {authors_name(name, light): tensor for name, tensor in state.items()}
    save_file(state, folder / "adapter.safetensors")
    return load_controlnet(folder / "adapter.safetensors")


@pytest.mark.parametrize("authors", [True, False])
@pytest.mark.parametrize("config", ["sd1", "grey", "light"])
def test_steers_like_diffusers(
    config: str, authors: bool, sd1: Checkpoint, tmp_path: Path, picture: torch.Tensor
) -> None:
    adapter = theirs(config)
    control = opened(adapter, tmp_path, authors, config == "light").with_hint(picture, 0.5)
    x, context = torch.ones(1, 4, 12, 16), torch.ones(1, 7, 64)
    unet = sd1.model.network()
    residuals = control.residuals(x, T, context, None, 5.0)
    result = unet(x, T, context, control=residuals)
    hint = picture.movedim(-1, 1)
    with torch.no_grad():
        features = adapter(hint.mean(dim=1, keepdim=True) if config == "grey" else hint)
        expected = their_unet(sd1.model)(
            x, T, context, down_intrablock_additional_residuals=[f * 0.5 for f in features], return_dict=False
        )[0]
    torch.testing.assert_close(result, expected, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(result, unet(x, T, context))


def test_sdxl_adapters_go_to_three_input_blocks_and_the_middle(tmp_path: Path, picture: torch.Tensor) -> None:
    control = opened(theirs("xl"), tmp_path, True).with_hint(picture)
    residuals = control.residuals(torch.ones(1, 4, 12, 16), T, None, None, 5.0)
    assert residuals is not None
    shapes = [None if t is None else tuple(t.shape[1:]) for t in reversed(residuals["input"])]
    assert shapes == [None, None, None, (32, 6, 8), None, (64, 6, 8), None, None, (128, 3, 4)]
    (middle,) = residuals["middle"]
    assert middle is not None
    assert middle.shape == (1, 128, 3, 4)


def test_odd_sizes_are_rounded_up(tmp_path: Path, picture: torch.Tensor) -> None:
    control = opened(theirs("xl"), tmp_path, True)
    assert control.weights.network().hint_size(13, 11) == (112, 96)
    residuals = control.with_hint(picture).residuals(torch.ones(1, 4, 11, 13), T, None, None, 5.0)
    assert residuals is not None
    assert [tuple(t.shape[2:]) for t in residuals["input"] if t is not None] == [(3, 4), (6, 7), (6, 7)]


def test_an_adapter_chained_with_a_controlnet(
    tiny_models: Path, tmp_path: Path, picture: torch.Tensor, sd1: Checkpoint
) -> None:
    net = load_controlnet(tiny_models / "models/controlnet/sd15_tiny_control.safetensors").with_hint(picture)
    both = opened(theirs("sd1"), tmp_path, True).with_hint(picture).with_previous(net)
    residuals = both.residuals(torch.ones(1, 4, 12, 16), T, torch.ones(1, 7, 64), None, 5.0)
    assert residuals is not None
    assert {place: len(tensors) for place, tensors in residuals.items()} == {"input": 12, "middle": 1, "output": 12}


def test_unusual_adapters_are_refused(tmp_path: Path) -> None:
    save_file({"conv_in.weight": torch.ones(3), "body.0.block1.weight": torch.ones(3)}, tmp_path / "x.safetensors")
    with pytest.raises(ModelError, match="makes no sense"):
        load_controlnet(tmp_path / "x.safetensors")
