"""Reused steps: none below the threshold's limits, the right sum where there are, nothing left between calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from graphcore import Run
from nodes.guidance.ksampler import ksampler
from nodes.guidance.options import with_wrapper
from nodes.guidance.patches.step_reuse import Drift, easy_cache, lazy_cache
from nodes.models.checkpoint import load_checkpoint
from nodes.models.model import Model

LATENT = {"samples": torch.zeros(1, 4, 8, 8)}
POSITIVE = [[torch.full((1, 77, 64), 0.1), {"pooled_output": None}]]
NEGATIVE = [[torch.full((1, 77, 64), -0.2), {"pooled_output": None}]]


@pytest.fixture(scope="module")
def model(tiny_models: Path) -> Model:
    return load_checkpoint(tiny_models / "models/checkpoints/sd15_tiny.safetensors").model


def sampled(model: Model, steps: int = 12) -> Tensor:
    return ksampler(
        model,
        POSITIVE,
        NEGATIVE,
        LATENT,
        seed=1,
        steps=steps,
        cfg=3.0,
        sampler_name="euler",
        scheduler="normal",
        denoise=1.0,
        run=Run.silent(),
    )["samples"]


def counted(model: Model) -> tuple[Model, list[int]]:
    """The model, and a list that grows with every call of its network."""
    calls: list[int] = []

    def count(executor: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        calls.append(len(x))
        result: Tensor = executor(x, *args, **kwargs)
        return result

    return with_wrapper(model, "diffusion_model", "count", count), calls


@pytest.mark.parametrize("patch", [easy_cache, lazy_cache])
def test_a_threshold_of_zero_reuses_nothing(model: Model, patch: Any) -> None:
    assert torch.equal(sampled(patch(model, 0.0, 0.0, 1.0, False)), sampled(model))


@pytest.mark.parametrize("patch", [easy_cache, lazy_cache])
def test_steps_are_reused_and_the_result_stays_near(model: Model, patch: Any, caplog: pytest.LogCaptureFixture) -> None:
    counting, calls = counted(patch(model, 0.2, 0.15, 0.95, True))
    result = sampled(counting)
    assert 2 <= len(calls) < 12
    assert f"reused {12 - len(calls)} of 12" in caplog.text
    plain = sampled(model)
    assert float((result - plain).norm() / plain.norm()) < 0.5
    calls.clear()
    again = sampled(counting)
    assert torch.equal(again, result)


@pytest.mark.parametrize("patch", [easy_cache, lazy_cache])
def test_nothing_is_reused_outside_the_range(model: Model, patch: Any) -> None:
    counting, calls = counted(patch(model, 3.0, 1.0, 1.0, False))
    sampled(counting)
    assert len(calls) == 12


def test_the_estimate_is_the_papers() -> None:
    drift = Drift(0.5)
    x = [torch.tensor([0.0, 0.0]), torch.tensor([1.0, 1.0]), torch.tensor([1.5, 1.5]), torch.tensor([2.0, 2.0])]
    assert not drift.is_small(x[0])
    drift.computed(x[0], torch.tensor([2.0, 2.0]))
    assert not drift.is_small(x[1])  # two computed steps make the first rate
    drift.computed(x[1], torch.tensor([4.0, 4.0]))
    assert drift.rate == pytest.approx(2.0)
    assert drift.is_small(x[2])  # 2 * 0.5 / 4 = 0.25
    drift.reused(x[2], torch.tensor([4.0, 4.0]))
    assert not drift.is_small(x[3])  # 0.25 more makes 0.5
