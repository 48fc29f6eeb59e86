"""One training loop for every stage: seeded by step, resumable at any moment, with averaged weights, within a time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from math import cos, pi
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tools.default_model.muon import Muon

_SAVE_EVERY = 150.0  # seconds
_REPORT_EVERY = 50  # steps


# loss(step, generator) -> what to minimise, and its parts to report
Loss = Callable[[int, torch.Generator], tuple[Tensor, dict[str, float]]]


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to train. Rates rise over `warmup` steps, then fall along a cosine to a hundredth.

    Muon trains matrices and kernels at `matrix_rate`; AdamW trains vectors, and whatever has a name with a part out of
    `plain` in it (the first and last layers, embeddings), at `rate`.
    """

    steps: int
    rate: float = 1e-3
    matrix_rate: float = 1e-2
    plain: tuple[str, ...] = ()
    warmup: int = 50
    weight_decay: float = 0.01
    ema: float = 0.998
    clip: float = 1.0
    betas: tuple[float, float] = (0.9, 0.99)

    def share_at(self, step: int) -> float:
        """By which share of the full rate a step moves."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        return 0.01 + 0.99 * (0.5 + 0.5 * cos(pi * min(1.0, done)))

    def optimisers(self, module: nn.Module) -> list[tuple[torch.optim.Optimizer, float]]:
        """Muon and AdamW over the parameters that are to be trained, with their rates; without one that has none."""
        matrices: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        for name, parameter in module.named_parameters():
            if parameter.requires_grad:
                plain = parameter.ndim < 2 or any(part in name for part in self.plain)
                (others if plain else matrices).append(parameter)
        made: list[tuple[torch.optim.Optimizer, float]] = []
        if matrices:
            made.append((Muon(matrices, self.matrix_rate, self.weight_decay), self.matrix_rate))
        if others:
            adam = torch.optim.AdamW(others, lr=self.rate, betas=self.betas, weight_decay=self.weight_decay)
            made.append((adam, self.rate))
        return made


@dataclass
class Training:
    """A module in training. `averaged` holds the exponential moving average of its weights, which is what ships."""

    name: str
    module: nn.Module
    recipe: Recipe
    folder: Path
    step: int = 0
    seconds: float = 0.0
    averaged: nn.Module = field(init=False)
    optimisers: list[tuple[torch.optim.Optimizer, float]] = field(init=False)

    def __post_init__(self) -> None:
        self.averaged = deepcopy(self.module).requires_grad_(False).eval()
        self.optimisers = self.recipe.optimisers(self.module)
        self._resume()

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.pt"

    @property
    def finished(self) -> bool:
        return self.step >= self.recipe.steps

    def run(
        self,
        loss: Loss,
        minutes: float,
        inspect: Callable[[Training], None],
        inspect_every: int = 500,
    ) -> None:
        """Train until the recipe's last step, or for so many minutes; state is saved on the way and at the end.

        The loss draws all its randomness from the generator it is given, which the step alone determines.
        """
        started = saved = time.monotonic()
        base, first = self.seconds, self.step
        print(f"{self.name}: from step {first}, after {base / 60:.0f} min of training", flush=True)
        while not self.finished and time.monotonic() - started < minutes * 60:
            parts = self._one_step(loss)
            now = time.monotonic()
            self.seconds = base + now - started
            if self.step % _REPORT_EVERY == 0 or self.finished:
                self._report(parts, (now - started) / (self.step - first))
            if now - saved > _SAVE_EVERY:
                self.save()
                saved = now
            if self.step % inspect_every == 0:
                inspect(self)
        self.save()
        inspect(self)

    def _one_step(self, loss: Loss) -> dict[str, float]:
        share = self.recipe.share_at(self.step)
        for optimiser, rate in self.optimisers:
            optimiser.zero_grad()
            for group in optimiser.param_groups:
                group["lr"] = rate * share
        value, parts = loss(self.step, torch.Generator().manual_seed(self.step))
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.module.parameters(), self.recipe.clip)
        for optimiser, _ in self.optimisers:
            optimiser.step()
        self.step += 1
        self._average()
        return parts

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(self.recipe.ema, (1 + self.step) / (10 + self.step))
        for tensor, fresh in zip(self.averaged.parameters(), self.module.parameters(), strict=True):
            tensor.lerp_(fresh, 1 - decay)

    def _report(self, parts: dict[str, float], pace: float) -> None:
        left = (self.recipe.steps - self.step) * pace / 60
        told = " ".join(f"{name} {value:.4f}" for name, value in parts.items())
        print(f"{self.name} {self.step}/{self.recipe.steps} {told} {pace:.2f} s/step, {left:.0f} min left", flush=True)

    def save(self) -> None:
        """Write the state beside the old one and swap, so that a kill leaves one or the other whole."""
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "module": self.module.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser, _ in self.optimisers],
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".tmp")
        torch.save(state, fresh)
        os.replace(fresh, self.path)

    def start_from(self, other: nn.Module) -> None:
        """Begin with the weights of another module, as far as it has parts of the same names."""
        own = self.module.state_dict()
        shared = {name: tensor for name, tensor in other.state_dict().items() if name in own}
        for module in (self.module, self.averaged):
            module.load_state_dict(own | shared)

    def adopt(self, step: int) -> None:
        """Go on from the module's present weights, as if they had been trained here for so many steps."""
        self.step = step
        self.averaged.load_state_dict(self.module.state_dict())
        self.save()

    def _resume(self) -> None:
        if not self.path.is_file():
            return
        state: dict[str, Any] = torch.load(self.path, weights_only=True)
        self.step, self.seconds = state["step"], state["seconds"]
        self.module.load_state_dict(state["module"])
        self.averaged.load_state_dict(state["averaged"])
        for (optimiser, _), kept in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)


def device() -> torch.device:
    """The accelerator if there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def autocast() -> torch.autocast:
    """bfloat16 where the device computes in it, which halves a step's time; emulated, it would double it."""
    return torch.autocast(device().type, torch.bfloat16, enabled=_computes_bfloat16())


def _computes_bfloat16() -> bool:
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
