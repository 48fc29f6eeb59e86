"""Sampling written out again from its formulas, around diffusers' and transformers' own classes.

What is compared with it runs as a whole workflow. Only the names of weights come from the code under test: recorded
pipelines hold those to account. Everything is float32, one picture of 128 x 96.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from nodes.models.checkpoint import load_checkpoint
from nodes.text.layouts import checkpoint_encoders
from tests import theirs

SHAPE = (1, 4, 12, 16)
Prediction = Callable[[Tensor, Tensor], Tensor]
"""D(x, sigma), sigma a 0-d tensor."""


@cache
def table(zero_snr: bool = False) -> Tensor:
    """The 1000 sigmas of Stable Diffusion, float64."""
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    bar = torch.cumprod(1 - betas, 0)
    sigmas = ((1 - bar) / bar).sqrt()
    if not zero_snr:
        return sigmas
    root = (1 / (sigmas**2 + 1)).sqrt()
    first, last = root[0].clone(), root[-1].clone()
    bar = ((root - last) * (first / (first - last))) ** 2
    bar[-1] = 4.8973451890853435e-08
    return ((1 - bar) / bar).sqrt()


def timestep(sigma: Tensor, sigmas: Tensor) -> Tensor:
    return (sigma.double().log() - sigmas.log()).abs().argmin()


def normal_schedule(steps: int, sigmas: Tensor | None = None) -> Tensor:
    """Evenly spaced timesteps from 999 to 0, then 0."""
    logs = (table() if sigmas is None else sigmas).log().float()
    times = torch.linspace(999, 0, steps)
    low, high, w = times.floor().long(), times.ceil().long(), times.frac()
    return torch.cat([((1 - w) * logs[low] + w * logs[high]).exp(), torch.zeros(1)])


def percent_to_sigma(percent: float) -> float:
    if percent <= 0:
        return 999999999.9
    if percent >= 1:
        return 0.0
    return float(np.exp(np.interp((1 - percent) * 999, np.arange(1000), table().log().numpy())))


@dataclass
class Net:
    """diffusers' UNet as a predictor of noise, and what it is told; copies may have other weights."""

    unet: Any
    told: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> Net:
        """A private copy of the checkpoint's UNet, to be changed at will."""
        return cls(theirs.unet(load_checkpoint(path).model))

    def copy(self) -> Net:
        return Net(copy.deepcopy(self.unet), dict(self.told))

    @torch.no_grad()
    def __call__(self, x: Tensor, sigma: Tensor, context: Tensor, **told: Any) -> Tensor:
        """The network's output at a sigma, with the input scaled; `concat` are further channels, `sigmas` a table."""
        told = {**self.told, **told}
        concat, sigmas = told.pop("concat", None), told.pop("sigmas", table())
        x = x / (sigma**2 + 1).sqrt()
        x = x if concat is None else torch.cat([x, concat], dim=1)
        out: Tensor = self.unet(x, timestep(sigma, sigmas), encoder_hidden_states=context, **told).sample
        return out

    def eps(self, context: Tensor, **told: Any) -> Prediction:
        return lambda x, sigma: x - sigma * self(x, sigma, context, **told)

    def weights(self) -> dict[str, Tensor]:
        """The parameters by diffusers' names, to be changed in place."""
        return dict(self.unet.named_parameters())


def guided(cond: Prediction, uncond: Prediction, scale: float) -> Prediction:
    def D(x: Tensor, sigma: Tensor) -> Tensor:
        u = uncond(x, sigma)
        return u + (cond(x, sigma) - u) * scale

    return D


def noise(seed: int, shape: Sequence[int] = SHAPE) -> Tensor:
    return torch.randn(tuple(shape), generator=torch.Generator().manual_seed(seed))


def start(seed: int, sigmas: Tensor, shape: Sequence[int] = SHAPE) -> Tensor:
    """Pure noise where the schedule starts at the table's end."""
    return noise(seed, shape) * (1 + sigmas[0] ** 2).sqrt()


def euler(D: Prediction, x: Tensor, sigmas: Tensor) -> Tensor:
    for sigma, after in pairwise(sigmas):
        x = x + (x - D(x, sigma)) / sigma * (after - sigma)
    return x


def euler_ancestral(D: Prediction, x: Tensor, sigmas: Tensor, draw: Callable[[], Tensor]) -> Tensor:
    for sigma, after in pairwise(sigmas):
        up = min(after, (after**2 * (sigma**2 - after**2) / sigma**2).sqrt())
        down = (after**2 - up**2).sqrt()
        x = x + (x - D(x, sigma)) / sigma * (down - sigma)
        x = x + draw() * up if after > 0 else x
    return x


def stored(x: Tensor, scale: float = 0.18215) -> Tensor:
    """As the VAE reads it."""
    return x / scale


class Text:
    """transformers' text encoder of a tiny checkpoint, its weights rounded to float16 as they are kept."""

    def __init__(self, path: Path, family: str = "sd1", encoder: str = "l"):
        from transformers.models.clip.configuration_clip import CLIPTextConfig
        from transformers.models.clip.modeling_clip import CLIPTextModelWithProjection

        own = {
            name: weight.half().float()
            for name, weight in checkpoint_encoders(load_file(path), family)[encoder].items()
        }
        width, layers = (64, 3) if encoder == "l" else (96, 4)
        self.pad = 49407 if encoder == "l" else 0
        act = "quick_gelu" if encoder == "l" else "gelu"
        self.model = CLIPTextModelWithProjection(
            CLIPTextConfig(
                hidden_size=width,
                intermediate_size=256,
                num_hidden_layers=layers,
                num_attention_heads=4,
                hidden_act=act,
                projection_dim=width,
                eos_token_id=49407,
            )
        ).eval()
        wanted = set(self.model.state_dict()) - {"text_projection.weight"}
        assert wanted <= own.keys(), sorted(wanted - own.keys())[:3]
        self.model.load_state_dict(own, strict=False)

    @torch.no_grad()
    def __call__(self, ids: list[int], hidden: int | None = None, norm: bool = True) -> Tensor:
        """The last state [1,77,C], or the state after block `hidden` (-1 the last) with the final norm or without."""
        out = self.model(self._row(ids), output_hidden_states=True)
        if hidden is None:
            last: Tensor = out.last_hidden_state
            return last
        states: Tensor = out.hidden_states[hidden]
        final: Tensor = self.model.text_model.final_layer_norm(states) if norm else states
        return final

    @torch.no_grad()
    def pooled(self, ids: list[int]) -> Tensor:
        """The last state at the end token, projected: [1,C]."""
        embeds: Tensor = self.model(self._row(ids)).text_embeds
        return embeds

    def _row(self, ids: list[int]) -> Tensor:
        return torch.tensor([[49406, *ids, 49407, *[self.pad] * (75 - len(ids))]])


def micro_conditioning(pooled: Tensor, *numbers: float) -> Tensor:
    """SDXL's vector y: the pooled prompt, then each number in 256 sinusoids, cosines first."""
    parts = [pooled]
    for number in numbers:
        angles = number * torch.tensor([math.exp(-math.log(10000.0) * k / 128) for k in range(128)])
        parts += [angles.cos()[None], angles.sin()[None]]
    return torch.cat(parts, dim=1)
