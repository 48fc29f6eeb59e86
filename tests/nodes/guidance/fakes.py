"""A model small enough to compute in one's head: its network predicts noise so that D is easy to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from nodes.guidance.predictor import Predictor
from nodes.guidance.prepare import Cond, convert, prepare
from nodes.sampling.latent_formats import SD1, LatentFormat
from nodes.sampling.model_sampling import ModelSampling, discrete


def mean_of_context(x: Tensor, timesteps: Tensor, context: Tensor | None, **_: Any) -> Tensor:
    """Predicts the mean of its context everywhere."""
    assert context is not None
    return context.mean(dim=(1, 2)).reshape(-1, 1, 1, 1).expand_as(x)


@dataclass(frozen=True, eq=False)
class FakeShape:
    context: int | None = 3


@dataclass(frozen=True, eq=False)
class FakeFamily:
    model_channels: int = 4
    title: str = "fake"
    shape: FakeShape = field(default_factory=FakeShape)


@dataclass(frozen=True, eq=False)
class FakeNetwork:
    call: Callable[..., Tensor]
    calls: list[dict[str, Any]]
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def __call__(self, x: Tensor, timesteps: Tensor, context: Tensor | None, **told: Any) -> Tensor:
        self.calls.append({"x": x, "timesteps": timesteps, "context": context, **told})
        return self.call(x, timesteps, context, **told)


@dataclass(frozen=True, eq=False)
class FakeModel:
    call: Callable[..., Tensor] = mean_of_context
    options: Mapping[str, Any] = field(default_factory=dict)
    sampling: ModelSampling = field(default_factory=lambda: discrete("x0"))
    family: FakeFamily = field(default_factory=FakeFamily)
    latent_format: LatentFormat = SD1
    calls: list[dict[str, Any]] = field(default_factory=list)

    def network(self) -> FakeNetwork:
        return FakeNetwork(self.call, self.calls)

    def with_options(self, options: Mapping[str, Any]) -> FakeModel:
        return replace(self, options={**self.options, **options})

    def extra_conds(self, cond: Mapping[str, Any]) -> dict[str, Any]:
        return {"c_crossattn": cond["cross_attn"]}


def entry(value: float, tokens: int = 2, **options: Any) -> list[Any]:
    """A conditioning entry whose context is `value` throughout, so that the fake network predicts `value`."""
    return [torch.full((1, tokens, 3), value), options]


def prepared(model: FakeModel, shape: tuple[int, ...], *entries: list[Any], name: str = "positive") -> list[Cond]:
    """One list of conds, ready for latents of `shape`."""
    return prepare(
        {name: convert(list(entries))},
        shape,
        percent_to_sigma=model.sampling.percent_to_sigma,
        extra_conds=model.extra_conds,
    )[name]


def predictor_of(model: FakeModel, shape: tuple[int, ...] = (1, 4, 16, 16)) -> Predictor:
    """The model in a sampling call that starts from zeros."""
    network: Any = model.network()
    return Predictor(model, network, torch.zeros(shape), torch.zeros(shape))  # type: ignore[arg-type]
