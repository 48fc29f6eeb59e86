"""Layers whose weights rest in another format compute as if they did not, and are at rest again afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from nodes.models import memory
from nodes.models.checkpoint import load_checkpoint, load_diffusion_model
from nodes.models.memory import RESERVE
from nodes.models.model import Model
from nodes.models.streaming import Courier, stream

CPU = torch.device("cpu")
X, T, CONTEXT = torch.ones(1, 4, 8, 8), torch.tensor([10.0]), torch.ones(1, 7, 64)


def small() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(4, 8, 3), nn.SiLU(), nn.GroupNorm(2, 8), nn.Conv2d(8, 4, 1)).requires_grad_(False)


def test_halves_compute_in_float32_and_stay_halves() -> None:
    module = small().half()
    expected = small().half().float()(X)
    streamed = stream(module, CPU, torch.float32)
    assert torch.equal(streamed(X), expected)
    assert {weight.dtype for weight in streamed.parameters()} == {torch.float16}
    assert torch.equal(streamed(X), expected)


def test_weights_are_at_rest_again_after_a_failure() -> None:
    streamed = stream(small().half(), CPU, torch.float32)
    with pytest.raises(RuntimeError):
        streamed(torch.ones(1, 5, 8, 8))
    assert {weight.dtype for weight in streamed.parameters()} == {torch.float16}


def test_layers_that_are_at_work_already_are_left_alone() -> None:
    module = small()
    module[0].half()
    stream(module, CPU, torch.float32)
    assert "forward" in module[0].__dict__
    assert "forward" not in module[3].__dict__


def test_weights_that_a_module_uses_by_name_come_to_stay() -> None:
    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(2.0).half(), requires_grad=False)
            self.inner = nn.Linear(2, 2).half()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            scaled: torch.Tensor = self.inner(x) * self.scale
            return scaled

    module = stream(Scaled(), CPU, torch.float32)
    assert module(torch.ones(1, 2)).dtype == torch.float32
    assert module.scale.dtype == torch.float32
    assert module.inner.weight.dtype == torch.float16


def test_the_layer_that_comes_next_is_sent_for_as_the_last_pass_went(monkeypatch: pytest.MonkeyPatch) -> None:
    module, sent = small(), []
    courier = Courier(CPU, torch.float32)
    courier._stream = object()
    monkeypatch.setattr(courier, "_send", lambda layer, stream: sent.append(layer))
    layers = [module[0], module[2], module[3]]
    for layer in layers * 2:
        courier.bring(layer)
    # Nothing is expected in the first pass; afterwards each layer's next one, the first again after the last.
    assert sent == [layers[1], layers[2], layers[0]] or sent == [layers[1], layers[2]]


# -- models ----------------------------------------------------------------------------------------------------------


def output(model: Model) -> torch.Tensor:
    return model.network()(X, T, CONTEXT)


def formats(model: Model) -> set[torch.dtype]:
    return {weight.dtype for weight in model.network().module.parameters()}


@pytest.fixture
def scarce(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set how much memory there is for weights, in bytes; files of tests are kept in float16."""

    def limit(nbytes: float) -> None:
        monkeypatch.setattr(memory, "_held", type(memory._held)())
        monkeypatch.setattr(memory, "available_memory", lambda device: nbytes)

    return limit


def test_a_model_that_does_not_fit_computes_from_its_file(tiny_models: Path, scarce: Any) -> None:
    path = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    expected = output(load_checkpoint(path).model)
    scarce(0)
    model = load_checkpoint(path).model
    assert torch.equal(output(model), expected)
    assert formats(model) == {torch.float16}
    first = model.network().module.conv_in.weight
    assert first.data_ptr() == model.weights.weights.raw("input_blocks.0.0.weight").data_ptr()


def test_as_much_as_fits_is_kept_at_work(tiny_models: Path, scarce: Any) -> None:
    path = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    whole = load_checkpoint(path).model
    expected = output(whole)
    scarce(whole.weights.weights.nbytes * 0.7)
    model = load_checkpoint(path).model
    assert torch.equal(output(model), expected)
    assert formats(model) == {torch.float16, torch.float32}
    at_work = sum(w.nbytes for w in model.network().module.parameters() if w.dtype == torch.float32)
    assert 0 < at_work <= whole.weights.weights.nbytes * 0.7 * 0.75


def test_patches_on_a_model_that_does_not_fit(tiny_models: Path, scarce: Any) -> None:
    from nodes.models.lora import load_lora

    path = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    lora = load_lora(tiny_models / "models/loras/sd15_tiny_lora.safetensors")
    expected = output(lora.on_model(load_checkpoint(path).model, 0.7))
    scarce(0)
    patched = output(lora.on_model(load_checkpoint(path).model, 0.7))
    assert torch.allclose(patched, expected, atol=1e-5)


def test_a_setting_limits_what_weights_take(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_held", type(memory._held)())
    path = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    first, second = load_checkpoint(path).model, load_checkpoint(path).model
    monkeypatch.setenv("GRAPHCORE_MODEL_MEMORY", str(int(first.weights.weights.nbytes * 1.5)))
    expected = output(first)
    assert memory.room(CPU) == pytest.approx(first.weights.weights.nbytes * 0.5, rel=0.01)
    assert torch.equal(output(second), expected)
    assert first.weights._base is None  # it was let go for the second
    assert formats(second) == {torch.float32}


def test_a_setting_leaves_memory_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_held", type(memory._held)())
    monkeypatch.setattr(memory, "available_memory", lambda device: 10.0 * 2**30)
    monkeypatch.setenv(RESERVE, "4G")
    assert memory.room(CPU) == 6 * 2**30


# -- storage in eight bits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("storage", "error"), [(torch.float8_e4m3fn, 0.25), (torch.float8_e5m2, 0.5)])
def test_eight_bit_matrices_compute_as_their_values_would(
    tiny_models: Path, storage: torch.dtype, error: float
) -> None:
    path = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    model, exact = load_diffusion_model(path, storage), load_diffusion_model(path)
    assert formats(model) == {storage, torch.float32}
    assert {w.dtype for w in model.network().module.parameters() if w.dim() > 1} == {storage}
    # The same network with the rounded values written into it.
    rounded = load_diffusion_model(path, storage)
    values = {name: t.float() for name, t in rounded.weights.weights.load().items()}
    written = rounded.weights._build(values, torch.float32)
    assert torch.equal(output(model), written(X, T, CONTEXT))
    difference = float((output(model) - output(exact)).norm() / output(exact).norm())
    assert 0 < difference < error


def test_eight_bits_take_a_byte_a_number(tiny_models: Path) -> None:
    path = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    small, usual = load_diffusion_model(path, torch.float8_e4m3fn), load_diffusion_model(path)
    assert small.weights.weights.nbytes < 0.26 * usual.weights.weights.nbytes


def test_a_lora_on_eight_bits_is_made_from_the_files_values(tiny_models: Path) -> None:
    from nodes.models.lora import load_lora

    path = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    lora = load_lora(tiny_models / "models/loras/sd15_tiny_lora.safetensors")
    model = lora.on_model(load_diffusion_model(path, torch.float8_e4m3fn), 1.0)
    exact = lora.on_model(load_diffusion_model(path), 1.0)
    name = next(iter(model.patches))
    assert torch.equal(model.patched(name), exact.patched(name))
    assert formats(model) == {torch.float8_e4m3fn, torch.float32}
    assert float((output(model) - output(exact)).norm() / output(exact).norm()) < 0.25
