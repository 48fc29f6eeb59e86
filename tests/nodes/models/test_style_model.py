"""Style models: their two kinds against torch's own layers, and how words join a prompt."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from graphcore import ModelError
from nodes.models.clip_vision import ClipVisionOutput
from nodes.models.style_model import load_style_model, with_style

WIDTH, CONTEXT, WORDS = 256, 24, 3


def vision(width: int) -> ClipVisionOutput:
    return ClipVisionOutput(torch.randn(1, 5, width), torch.zeros(1, 5, width), torch.zeros(1, 8))


def test_redux(tmp_path: Path) -> None:
    up, down = nn.Linear(8, 30), nn.Linear(30, 10)
    tensors = {f"redux_{n}.{k}": v for n, m in (("up", up), ("down", down)) for k, v in m.state_dict().items()}
    save_file(tensors, tmp_path / "redux.safetensors")
    output = vision(8)
    words = load_style_model(tmp_path / "redux.safetensors").words(output)
    torch.testing.assert_close(words, down(nn.functional.silu(up(output.last_hidden_state))))


def adapter() -> dict[str, Tensor]:
    torch.manual_seed(4)
    tensors = {"style_embedding": torch.randn(1, WORDS, WIDTH), "proj": torch.randn(WIDTH, CONTEXT) / 16}
    for name in ("ln_pre", "ln_post"):
        tensors |= {f"{name}.weight": torch.rand(WIDTH) + 0.5, f"{name}.bias": torch.randn(WIDTH)}
    for number in range(2):
        layer = nn.TransformerEncoderLayer(WIDTH, WIDTH // 128, WIDTH * 4)
        block = f"transformer_layes.{number}"
        names = {"attn": layer.self_attn, "ln_1": layer.norm1, "ln_2": layer.norm2}
        names |= {"mlp.c_fc": layer.linear1, "mlp.c_proj": layer.linear2}
        tensors |= {f"{block}.{n}.{k}": v for n, module in names.items() for k, v in module.state_dict().items()}
    return tensors


def test_the_style_adapter_is_a_transformer_with_learnt_tokens(tmp_path: Path) -> None:
    tensors, output = adapter(), vision(WIDTH)
    save_file(tensors, tmp_path / "style.safetensors")
    x = torch.cat((output.last_hidden_state, tensors["style_embedding"]), dim=1)
    x = nn.functional.layer_norm(x, (WIDTH,), tensors["ln_pre.weight"], tensors["ln_pre.bias"])
    for number in range(2):
        layer = nn.TransformerEncoderLayer(
            WIDTH, WIDTH // 128, WIDTH * 4, norm_first=True, batch_first=True, activation=quick_gelu
        )
        own = {"self_attn": "attn", "norm1": "ln_1", "norm2": "ln_2", "linear1": "mlp.c_fc", "linear2": "mlp.c_proj"}
        for module, name in own.items():
            prefix = f"transformer_layes.{number}.{name}."
            state = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            getattr(layer, module).load_state_dict(state)
        x = layer.eval()(x)
    x = nn.functional.layer_norm(x[:, -WORDS:], (WIDTH,), tensors["ln_post.weight"], tensors["ln_post.bias"])
    words = load_style_model(tmp_path / "style.safetensors").words(output)
    torch.testing.assert_close(words, x @ tensors["proj"], rtol=1e-4, atol=1e-4)


def quick_gelu(x: Tensor) -> Tensor:
    return x * torch.sigmoid(1.702 * x)


def test_words_come_after_the_prompt_and_are_scaled() -> None:
    entry = [torch.ones(1, 4, 6), {"pooled_output": None}]
    ((tensor, options),) = with_style([entry], torch.full((1, 2, 6), 3.0), 0.5, "multiply")
    assert tensor.shape == (1, 6, 6)
    assert tensor[0, 4:].eq(1.5).all()
    assert options == {"pooled_output": None}
    assert entry[0].shape == (1, 4, 6)


def test_a_bias_leaves_the_words_and_biases_attention() -> None:
    ((tensor, options),) = with_style([[torch.ones(1, 4, 6), {}]], torch.full((1, 2, 6), 3.0), 0.5, "attn_bias")
    assert tensor[0, 4:].eq(3.0).all()
    mask = options["attention_mask"]
    assert mask.shape == (1, 6, 6)
    assert mask[0, 0, 5] == mask[0, 5, 0] == pytest.approx(math.log(0.5))
    assert mask[0, 0, 3] == mask[0, 5, 4] == 0
    ((_, plain),) = with_style([[torch.ones(1, 4, 6), {}]], torch.ones(1, 2, 6), 1.0, "attn_bias")
    assert plain == {}


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    save_file(adapter(), tmp_path / "style.safetensors")
    with pytest.raises(ModelError, match="encoded 8 numbers wide, but this style model reads 256"):
        load_style_model(tmp_path / "style.safetensors").words(vision(8))
    with pytest.raises(ModelError, match="words 6 wide, but this prompt's are 7"):
        with_style([[torch.ones(1, 4, 7), {}]], torch.ones(1, 2, 6), 1.0, "multiply")
    save_file({"x": torch.ones(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match="no style model"):
        load_style_model(tmp_path / "other.safetensors")
    save_file({"redux_down.weight": torch.ones(1, 1)}, tmp_path / "half.safetensors")
    with pytest.raises(ModelError, match=r"half\.safetensors: .* incomplete: 'redux_up\.weight'"):
        load_style_model(tmp_path / "half.safetensors")
