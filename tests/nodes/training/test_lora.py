"""A LoRA trained for some steps fits its pictures better, and everything around it is as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from graphcore import Run
from graphcore.errors import Cancelled, ModelError, RunError
from graphcore.job import CancelToken, Job
from nodes.guidance.ksampler import ksampler
from nodes.models.lora import load_lora, lora_of
from nodes.models.model import Model
from nodes.training.lora import Recipe, train_lora
from tests.nodes.training.conftest import Studio

RECIPE = Recipe(steps=5, learning_rate=0.01, rank=4, seed=1, checkpointing=False)


def sampled(model: Model, studio: Studio) -> Tensor:
    result: Tensor = ksampler(
        model,
        studio.positive[:1],
        studio.positive[1:],
        {"samples": torch.zeros(1, 4, 8, 8)},
        seed=2,
        steps=2,
        cfg=2.0,
        sampler_name="euler",
        scheduler="normal",
        denoise=1.0,
        run=Run.silent(),
    )["samples"]
    return result


def measured(model: Model, studio: Studio, tensors: Any, loss: str = "MSE") -> float:
    """The mean loss of a LoRA over many noise levels: steps that change nothing."""
    still = replace(RECIPE, steps=1, batch_size=6, learning_rate=1e-12, seed=99, optimizer="SGD", loss=loss)
    losses = train_lora(model, studio.latent, studio.positive, still, Run.silent(), tensors).losses
    return sum(losses) / len(losses)


@pytest.mark.parametrize("algorithm", ["LoRA", "LoHa", "LoKr", "OFT"])
def test_every_kind_learns_and_loads_as_it_was_trained(studio: Studio, algorithm: str, tmp_path: Path) -> None:
    before = sampled(studio.model, studio)
    recipe = replace(RECIPE, algorithm=algorithm)
    barely = replace(recipe, steps=1, learning_rate=1e-12)
    untrained = train_lora(studio.model, studio.latent, studio.positive, barely, Run.silent())
    trained = train_lora(studio.model, studio.latent, studio.positive, recipe, Run.silent())
    assert len(trained.losses) == recipe.steps
    assert trained.losses[0] == pytest.approx(untrained.losses[0], rel=1e-5)  # one seed, one course
    assert measured(studio.model, studio, trained.tensors) < 0.99 * measured(studio.model, studio, untrained.tensors)

    changed = lora_of(trained.tensors, "test").on_model(studio.model, 1.0)
    after = sampled(changed, studio)
    assert not torch.allclose(after, before, atol=1e-3)
    save_file(trained.tensors, tmp_path / "mine.safetensors")
    loaded = load_lora(tmp_path / "mine.safetensors").on_model(studio.model, 1.0)
    assert torch.equal(sampled(loaded, studio), after)
    assert torch.equal(sampled(studio.model, studio), before)


def test_the_loss_in_training_is_that_of_the_merged_weights(studio: Studio) -> None:
    trained = train_lora(studio.model, studio.latent, studio.positive, RECIPE, Run.silent()).tensors
    merged = lora_of(trained, "test").on_model(studio.model, 1.0)
    nothing = {name: torch.zeros_like(tensor) if "up" in name else tensor for name, tensor in trained.items()}
    assert measured(merged, studio, nothing) == pytest.approx(measured(studio.model, studio, trained), rel=1e-4)


def test_checkpointing_and_accumulation_change_only_what_they_cost(studio: Studio) -> None:
    def course(**changes: Any) -> list[float]:
        recipe = replace(RECIPE, steps=2, **changes)
        return train_lora(studio.model, studio.latent, studio.positive, recipe, Run.silent()).losses

    assert course(checkpointing=True) == pytest.approx(course(), rel=1e-4)
    assert course(accumulation=2)[0] == pytest.approx(sum(course(learning_rate=1e-12)[:2]) / 2, rel=1e-4)


@pytest.mark.parametrize(
    ("optimizer", "loss", "rate"),
    [("AdamW", "L1", 0.01), ("Adam", "Huber", 0.01), ("SGD", "MSE", 0.5), ("RMSprop", "SmoothL1", 1e-3)],
)
def test_every_optimizer_and_loss(studio: Studio, optimizer: str, loss: str, rate: float) -> None:
    recipe = replace(RECIPE, optimizer=optimizer, loss=loss, learning_rate=rate)
    trained = train_lora(studio.model, studio.latent, studio.positive, recipe, Run.silent()).tensors
    nothing = {name: torch.zeros_like(tensor) if "up" in name else tensor for name, tensor in trained.items()}
    assert measured(studio.model, studio, trained, loss) < measured(studio.model, studio, nothing, loss)


def test_an_existing_lora_goes_on_as_what_it_is(studio: Studio) -> None:
    first = train_lora(studio.model, studio.latent, studio.positive, RECIPE, Run.silent()).tensors
    words = {"lora_te_text_model_encoder_layers_0_mlp_fc1.alpha": torch.tensor(3.0)}
    more = replace(RECIPE, steps=3, algorithm="OFT", rank=2)
    second = train_lora(studio.model, studio.latent, studio.positive, more, Run.silent(), {**first, **words}).tensors
    assert second.keys() == {**first, **words}.keys()
    assert all(second[name].shape == tensor.shape for name, tensor in first.items())
    assert any(not torch.equal(second[name], tensor) for name, tensor in first.items())


def test_a_decomposed_lora_goes_on(studio: Studio) -> None:
    first = train_lora(studio.model, studio.latent, studio.positive, replace(RECIPE, steps=1), Run.silent()).tensors
    ups = {name: up for name, up in first.items() if name.endswith(".lora_up.weight")}
    scales = {name.replace("lora_up.weight", "dora_scale"): torch.ones_like(up[:, :1]) for name, up in ups.items()}
    more = replace(RECIPE, steps=2)
    trained = train_lora(studio.model, studio.latent, studio.positive, more, Run.silent(), {**first, **scales}).tensors
    assert any(not torch.equal(trained[name], scale) for name, scale in scales.items())


def test_the_outcome_has_the_format_that_was_asked_for(studio: Studio) -> None:
    recipe = replace(RECIPE, steps=2, training_dtype="bf16", lora_dtype="bf16")
    trained = train_lora(studio.model, studio.latent, studio.positive, recipe, Run.silent()).tensors
    formats = {name.rpartition(".")[2] == "alpha": tensor.dtype for name, tensor in trained.items()}
    assert formats == {False: torch.bfloat16, True: torch.float32}


def test_what_cannot_be_trained_is_said_in_a_sentence(studio: Studio) -> None:
    with pytest.raises(RunError, match="There are 2 latents but 3 prompts"):
        train_lora(studio.model, studio.latent, studio.positive[:1] * 3, RECIPE, Run.silent())
    with pytest.raises(ModelError, match="Nothing in the existing LoRA fits this model"):
        train_lora(
            studio.model, studio.latent, studio.positive, RECIPE, Run.silent(), {"x.lora_up.weight": torch.ones(1)}
        )
    wild = replace(RECIPE, optimizer="SGD", learning_rate=1e30)
    with pytest.raises(RunError, match="the loss was no number any more: give a smaller learning_rate"):
        train_lora(studio.model, studio.latent, studio.positive, wild, Run.silent())


def test_a_training_reports_its_steps_and_stops_when_told(studio: Studio) -> None:
    token, seen = CancelToken(), []

    def progress(node: str, value: float, total: float) -> None:
        seen.append((value, total))
        if value == 2:
            token.cancel()

    run = Run(Job(Run.silent().folders, token=token, on_progress=progress), "1")
    with pytest.raises(Cancelled):
        train_lora(studio.model, studio.latent, studio.positive, RECIPE, run)
    assert seen == [(1, 5), (2, 5)]
