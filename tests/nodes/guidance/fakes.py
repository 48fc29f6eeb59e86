"""A model small enough to compute in one's head: its network predicts noise so that D is easy to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from nodes.guidance.predictor import Predictor
from nodes.guidance.prepare import Cond, convert, prepare
from nodes.sampling.model_sampling import ModelSampling, discrete


def mean_of_context(x: Tensor, timesteps: Tensor, context: Tensor | None, **_: Any) -> Tensor:
    """Predicts the mean of its context everywhere."""
    assert context is not None
    return context.mean(dim=(1, 2)).reshape(-1, 1, 1, 1).expand_as(x)


@dataclass(frozen=True, eq=False)
class FakeFamily:
    model_channels: int = 4

    def extra_conds(self, cond: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return {"c_crossattn": cond["cross_attn"]}


@dataclass(frozen=True, eq=False)
class FakeModel:
    call: Callable[..., Tensor] = mean_of_context
    options: Mapping[str, Any] = field(default_factory=dict)
    sampling: ModelSampling = field(default_factory=lambda: discrete("x0"))
    family: FakeFamily = field(default_factory=FakeFamily)
    latent_format: Any = None
    calls: list[dict[str, Any]] = field(default_factory=list)

    def network(self) -> Callable[..., Tensor]:
        def network(x: Tensor, timesteps: Tensor, context: Tensor | None, **told: Any) -> Tensor:
            self.calls.append({"x": x, "timesteps": timesteps, "context": context, **told})
            return self.call(x, timesteps, context, **told)

        return network


def entry(value: float, tokens: int = 2, **options: Any) -> list[Any]:
    """A conditioning entry whose context is `value` throughout, so that the fake network predicts `value`."""
    return [torch.full((1, tokens, 3), value), options]


def prepared(model: FakeModel, shape: tuple[int, ...], *entries: list[Any], name: str = "positive") -> list[Cond]:
    """One list of conds, ready for latents of `shape`."""
    return prepare(
        {name: convert(list(entries))},
        shape,
        percent_to_sigma=model.sampling.percent_to_sigma,
        extra_conds=model.family.extra_conds,
    )[name]


def predictor_of(model: FakeModel) -> Predictor:
    return Predictor(model)  # type: ignore[arg-type]
