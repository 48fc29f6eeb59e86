"""Steps that reuse an earlier prediction while little changes (EasyCache, https://arxiv.org/abs/2507.02860)."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from torch import Tensor

from nodes.guidance.cfg import Guided
from nodes.guidance.options import with_wrapper

if TYPE_CHECKING:
    from nodes.models.model import Model

log = logging.getLogger(__name__)
TINY = 1e-12


@dataclass(eq=False)
class Drift:
    """How far an output has drifted since it was computed, estimated from how its input moves (section 3.3).

    `rate` is how much the output moved for each unit that the input did, when both were last seen; the estimates of
    the steps since then add up in `error`.
    """

    threshold: float
    input: Tensor | None = None
    output: Tensor | None = None
    rate: float | None = None
    error: float = 0.0

    def is_small(self, input: Tensor) -> bool:
        """Whether the output for `input` may be made of the one computed last."""
        if self.rate is None or self.input is None or self.output is None or self.input.shape != input.shape:
            return False
        self.error += self.rate * _distance(input, self.input) / max(_size(self.output), TINY)
        return self.error < self.threshold

    def computed(self, input: Tensor, output: Tensor) -> None:
        """Take note of a step that was computed."""
        if self.input is not None and self.output is not None and self.input.shape == input.shape:
            self.rate = _distance(output, self.output) / max(_distance(input, self.input), TINY)
        self.input, self.output, self.error = input, output, 0.0

    def reused(self, input: Tensor, output: Tensor) -> None:
        """Take note of a step that was not."""
        self.input, self.output = input, output


def _distance(a: Tensor, b: Tensor) -> float:
    return _size(a - b)


def _size(a: Tensor) -> float:
    return float(a.float().abs().mean())


@dataclass(eq=False)
class Memory:
    """What one sampling call remembers: for each batch of conds its drift, and what the network added to its input."""

    drifts: dict[Hashable, Drift] = field(default_factory=dict)
    added: dict[Hashable, Any] = field(default_factory=dict)
    calls: int = 0
    skipped: int = 0

    def clear(self) -> None:
        """Forget everything: another sampling call begins."""
        self.drifts.clear()
        self.added.clear()
        self.calls = self.skipped = 0


@dataclass(frozen=True)
class Limits:
    """When steps may be reused: below `threshold`, while start >= sigma >= end."""

    threshold: float
    start: float
    end: float
    verbose: bool

    @classmethod
    def of(cls, model: Model, threshold: float, start_percent: float, end_percent: float, verbose: bool) -> Limits:
        start, end = (model.sampling.percent_to_sigma(percent) for percent in (start_percent, end_percent))
        return cls(threshold, start, end, verbose)

    def hold(self, sigma: Tensor) -> bool:
        return self.start >= float(sigma[0]) >= self.end


def easy_cache(model: Model, threshold: float, start_percent: float, end_percent: float, verbose: bool) -> Model:
    """Reuse what the network added to its input, for each batch of conds by itself."""
    limits, memory = Limits.of(model, threshold, start_percent, end_percent, verbose), Memory()

    def network(executor: Any, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        options = kwargs["transformer_options"]
        key = tuple(options["uuids"])
        drift = memory.drifts.setdefault(key, Drift(limits.threshold))
        memory.calls += 1
        if limits.hold(options["sigmas"]) and drift.is_small(x):
            memory.skipped += 1
            output: Tensor = x[:, : memory.added[key].shape[1]] + memory.added[key]
            drift.reused(x, output)
            return output
        output = executor(x, *args, **kwargs)
        drift.computed(x, output)
        memory.added[key] = output - x[:, : output.shape[1]]
        return output

    return with_wrapper(_fresh_each_call(model, memory, limits, "EasyCache"), "diffusion_model", "easycache", network)


def lazy_cache(model: Model, threshold: float, start_percent: float, end_percent: float, verbose: bool) -> Model:
    """Reuse the direction of the guided prediction, (D - x) / sigma: works with any model and guidance."""
    limits, memory = Limits.of(model, threshold, start_percent, end_percent, verbose), Memory()

    def predict(executor: Any, x: Tensor, sigma: Tensor, *args: Any, **kwargs: Any) -> Guided:
        drift = memory.drifts.setdefault("guided", Drift(limits.threshold))
        scale = sigma.reshape(-1, *[1] * (x.dim() - 1))
        memory.calls += 1
        if limits.hold(sigma) and drift.is_small(x):
            memory.skipped += 1
            reused = Guided(*(x + scale * direction for direction in memory.added["guided"]))
            drift.reused(x, reused.denoised)
            return reused
        guided: Guided = executor(x, sigma, *args, **kwargs)
        drift.computed(x, guided.denoised)
        memory.added["guided"] = [(prediction - x) / scale for prediction in guided]
        return guided

    return with_wrapper(_fresh_each_call(model, memory, limits, "LazyCache"), "predict_noise", "lazycache", predict)


def _fresh_each_call(model: Model, memory: Memory, limits: Limits, name: str) -> Model:
    """The model with `memory` emptied at both ends of every sampling call."""

    def sample(executor: Any, *args: Any, **kwargs: Any) -> Any:
        memory.clear()
        try:
            return executor(*args, **kwargs)
        finally:
            if limits.verbose:
                log.warning("%s reused %d of %d predictions.", name, memory.skipped, memory.calls)
            memory.clear()

    return with_wrapper(model, "outer_sample", name, sample)
