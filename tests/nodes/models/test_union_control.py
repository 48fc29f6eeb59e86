"""Union ControlNets against diffusers' own forward pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from graphcore import Engine, Folders, ModelError, Registry
from nodes.builtin import pack
from nodes.models.controlnet import ControlNet, load_controlnet
from nodes.models.union_control import KINDS

CHANNELS, ADM, CONTEXT, KNOWN = 64, 96, 48, 6
CONFIG: dict[str, Any] = {
    "block_out_channels": (CHANNELS, 128),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "layers_per_block": 2,
    "transformer_layers_per_block": (1, 2),
    "attention_head_dim": (1, 2),
    "cross_attention_dim": CONTEXT,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": ADM,
    "conditioning_embedding_out_channels": (16, 32, 96, 256),
    "num_control_type": KNOWN,
    "num_trans_channel": CHANNELS,
    "num_trans_head": 1,
    "num_trans_layer": 1,
    "num_proj_channel": CHANNELS,
}


@pytest.fixture(scope="module")
def module() -> Any:
    from diffusers.models.controlnets.controlnet_union import ControlNetUnionModel

    torch.manual_seed(0)
    made = ControlNetUnionModel(**CONFIG).eval().requires_grad_(False)
    for name, parameter in made.named_parameters():
        if not parameter.count_nonzero():  # what training starts from would hide mistakes
            torch.nn.init.normal_(parameter, std=0.1)
        if "norm" in name:
            parameter += torch.randn_like(parameter) * 0.1
    return made


@pytest.fixture(scope="module")
def control(module: Any, tmp_path_factory: pytest.TempPathFactory) -> ControlNet:
    path = tmp_path_factory.mktemp("union") / "union.safetensors"
    save_file(module.state_dict(), path)
    return load_controlnet(path)


def call(
    module: Any, x: torch.Tensor, t: torch.Tensor, context: torch.Tensor, y: torch.Tensor, hint: Any, n: int
) -> Any:
    """diffusers' forward; y is given whole, in place of being put together there."""
    kinds = torch.nn.functional.one_hot(torch.tensor([n]), KNOWN).float().expand(len(x), -1)
    own = module.add_time_proj
    module.add_time_proj = torch.nn.Identity()
    try:
        told = {"text_embeds": y[:, :50], "time_ids": y[:, 50:]}
        return module(x, t, context, [hint], kinds, [n], added_cond_kwargs=told, return_dict=False)
    finally:
        module.add_time_proj = own


def test_equals_diffusers_own_forward(module: Any, control: ControlNet) -> None:
    generator = torch.Generator().manual_seed(1)
    x, y = torch.randn(2, 4, 8, 12, generator=generator), torch.randn(2, ADM, generator=generator)
    context, t = torch.randn(2, 7, CONTEXT, generator=generator), torch.tensor([700.0, 700.0])
    picture = torch.rand(1, 64, 96, 3, generator=generator)
    seen = {}
    for name in ("openpose", "canny/lineart/anime_lineart/mlsd"):
        handle = control.with_hint(picture).with_kind(name)
        got = handle.residuals(x, t, context, y, 5.0, 2)
        assert got is not None
        hint = picture.movedim(-1, 1).expand(2, -1, -1, -1)
        with torch.no_grad():
            down, middle = call(module, x, t, context, y, hint, KINDS[name])
        for a, b in zip([*got["output"], *got["middle"]], [*down, middle], strict=True):
            torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-4)
        seen[name] = got["middle"][0]
    auto = control.with_hint(picture).with_kind("auto").residuals(x, t, context, y, 5.0, 2)
    assert auto is not None
    first, second = seen.values()
    assert first is not None
    assert (first - second).abs().max() > 1e-3  # type: ignore[operator]
    assert (first - auto["middle"][0]).abs().max() > 1e-3  # type: ignore[operator]


def test_a_kind_that_it_was_not_trained_on(control: ControlNet) -> None:
    with pytest.raises(ModelError, match="kinds openpose, depth"):
        control.with_kind("tile")


def test_the_node(control: ControlNet, tmp_path: Path, module: Any) -> None:
    folders = Folders(tmp_path)
    (tmp_path / "models" / "controlnet").mkdir(parents=True)
    save_file(module.state_dict(), tmp_path / "models" / "controlnet" / "u.safetensors")
    prompt = {
        "1": {"class_type": "ControlNetLoader", "inputs": {"control_net_name": "u.safetensors"}},
        "2": {"class_type": "SetUnionControlNetType", "inputs": {"control_net": ["1", 0], "type": "depth"}},
    }
    (handle,) = Engine(Registry(pack), folders).run(prompt, keep=["2"]).values["2"][0]
    assert handle.kind == KINDS["depth"]
    plain = {**prompt, "2": {**prompt["2"], "inputs": {"control_net": ["1", 0], "type": "auto"}}}
    assert Engine(Registry(pack), folders).run(plain, keep=["2"]).values["2"][0][0].kind is None
