"""Training goes on exactly where it stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tools.default_model.loop import Recipe, Training

RECIPE = Recipe(steps=12, warmup=3, plain=("1.",))


def training(folder: Path) -> Training:
    torch.manual_seed(0)
    return Training("small", nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1)), RECIPE, folder)


def run(state: Training, steps: int) -> None:
    """Train until so many steps are done, by a loss that then says stop."""

    def loss(step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        inputs = torch.randn(5, 3, generator=generator)
        value = ((state.module(inputs) - inputs.sum(dim=1, keepdim=True)) ** 2).mean()
        if step == steps:
            raise KeyboardInterrupt
        return value, {"loss": value.item()}

    try:
        state.run(loss, minutes=1, inspect=lambda _: None)
    except KeyboardInterrupt:
        state.save()


def test_an_interrupted_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = training(tmp_path / "whole")
    run(whole, 99)
    run(training(tmp_path / "parts"), 5)
    rest = training(tmp_path / "parts")
    assert rest.step == 5
    run(rest, 99)
    assert rest.finished
    for one, other in zip(whole.module.parameters(), rest.module.parameters(), strict=True):
        torch.testing.assert_close(one, other)
    for one, other in zip(whole.averaged.parameters(), rest.averaged.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_a_finished_training_does_nothing_more(tmp_path: Path) -> None:
    run(training(tmp_path), 99)
    again = training(tmp_path)
    before = [parameter.clone() for parameter in again.module.parameters()]
    run(again, 99)
    assert all(torch.equal(one, other) for one, other in zip(before, again.module.parameters(), strict=True))


def test_no_time_means_no_steps(tmp_path: Path) -> None:
    state = training(tmp_path)
    state.run(lambda step, generator: pytest.fail("a step was made"), minutes=0, inspect=lambda _: None)
    assert state.step == 0


def test_the_average_follows_the_weights(tmp_path: Path) -> None:
    state = training(tmp_path)
    start = state.module[0].weight.clone()  # type: ignore[index]
    run(state, 99)
    now, averaged = state.module[0].weight, state.averaged[0].weight  # type: ignore[index]
    assert 0 < (averaged - start).norm() < (now - start).norm()


def test_rates_rise_and_fall() -> None:
    recipe = Recipe(steps=100, warmup=10)
    shares = [recipe.share_at(step) for step in range(101)]
    assert shares[0] == pytest.approx(0.1)
    assert max(shares) == shares[10] == 1
    assert shares[100] == pytest.approx(0.01)


def test_plain_parts_and_vectors_are_not_for_muon() -> None:
    module = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    (muon, _), (adam, _) = RECIPE.optimisers(module)
    assert [tuple(weight.shape) for weight in muon.param_groups[0]["params"]] == [(4, 3)]
    assert [tuple(weight.shape) for weight in adam.param_groups[0]["params"]] == [(4,), (1, 4), (1,)]
