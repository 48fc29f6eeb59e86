"""Hypernetworks against torch's own layers."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from graphcore import Engine, Folders, ModelError, Registry
from nodes.builtin import pack
from nodes.models.hypernetwork import load_hypernetwork

WIDTH = 64  # of the tiny model's prompts


def network(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    layers = (nn.Linear(WIDTH, 16), nn.ReLU(), nn.LayerNorm(16), nn.Dropout(0.3), nn.Linear(16, WIDTH))
    made = nn.Sequential(*layers).eval().requires_grad_(False)
    made[2].weight.uniform_(0.5, 1.5)
    return made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hyper") / "h.safetensors"
    parts = [network(0), network(1)]
    tensors = {f"{WIDTH}.{i}.linear.{name}": t for i, part in enumerate(parts) for name, t in part.state_dict().items()}
    save_file(tensors, path, {"activation_func": '"relu"', "activate_output": "false"})
    return path


def test_keys_and_values_get_their_networks_share(file: Path) -> None:
    context = torch.randn(2, 5, WIDTH, generator=torch.Generator().manual_seed(2))
    q, k, v = load_hypernetwork(file).patch(0.7)(context, context, None, {})
    assert q is context
    torch.testing.assert_close(k, context + 0.7 * network(0)(context))
    torch.testing.assert_close(v, context + 0.7 * network(1)(context))
    other = torch.ones(1, 2, 8)
    assert all(torch.equal(t, other) for t in load_hypernetwork(file).patch(1.0)(other, other, other, {}))


def test_other_files_are_refused(tiny_models: Path, file: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no hypernetwork"):
        load_hypernetwork(tiny_models / "models/loras/sd15_tiny_lora.safetensors")
    tensors = {"64.0.linear.0.weight": torch.ones(2, 2), "64.0.linear.0.bias": torch.ones(2)}
    for setting, said in (('"sine"', "activation 'sine'"), ("sine", "should be JSON")):
        save_file(tensors, tmp_path / "odd.safetensors", {"activation_func": setting})
        with pytest.raises(ModelError, match=said):
            load_hypernetwork(tmp_path / "odd.safetensors")


def test_the_node_changes_what_the_model_predicts(file: Path, tiny_models: Path) -> None:
    folders = Folders(tiny_models)
    folders.add("hypernetworks", file.parent)
    prompt = {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15_tiny.safetensors"}}}
    for id, strength in (("2", 0.0), ("3", 1.0)):
        inputs = {"model": ["1", 0], "hypernetwork_name": file.name, "strength": strength}
        prompt[id] = {"class_type": "HypernetworkLoader", "inputs": inputs}
    values = Engine(Registry(pack), folders).run(prompt, keep=["1", "2", "3"]).values
    context = torch.randn(1, 7, WIDTH, generator=torch.Generator().manual_seed(3))

    def predicted(id: str) -> Tensor:
        model = values[id][0][0]
        options = model.options.get("transformer_options", {})
        result: Tensor = model.network()(
            torch.ones(1, 4, 8, 8), torch.tensor([500.0]), context, transformer_options=options
        )
        return result

    torch.testing.assert_close(predicted("2"), predicted("1"))
    assert (predicted("3") - predicted("1")).abs().max() > 1e-2
