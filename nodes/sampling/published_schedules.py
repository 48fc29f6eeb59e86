"""Schedules that were optimised once per model family and published as lists, and those made for one model."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from nodes.sampling.model_sampling import ModelSampling
from nodes.sampling.names import lookup
from nodes.sampling.schedules import append_zero
from nodes.sampling.sigma_tables import shift_for_tokens

# Align Your Steps: https://research.nvidia.com/labs/toronto-ai/AlignYourSteps/howto.html
ALIGN_YOUR_STEPS: dict[str, list[float]] = {
    "SD1": [14.6146412293, 6.4745760956, 3.8636745985, 2.6946151520, 1.8841921177, 1.3943805092, 0.9642583904,
            0.6523686016, 0.3977456272, 0.1515232662, 0.0291671582],
    "SDXL": [14.6146412293, 6.3184485287, 3.7681790315, 2.1811480769, 1.3405244945, 0.8620721141, 0.5550693289,
             0.3798540708, 0.2332364134, 0.1114188177, 0.0291671582],
    "SVD": [700.00, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002],
}  # fmt: skip

# OptimalSteps: https://arxiv.org/abs/2503.21774
OPTIMAL_STEPS: dict[str, list[float]] = {
    "FLUX": [0.9968, 0.9886, 0.9819, 0.975, 0.966, 0.9471, 0.9158, 0.8287, 0.5512, 0.2808, 0.001],
    "Wan": [1.0, 0.997, 0.995, 0.993, 0.991, 0.989, 0.987, 0.985, 0.98, 0.975, 0.973, 0.968, 0.96, 0.946, 0.927,
            0.902, 0.864, 0.776, 0.539, 0.208, 0.001],
    "Chroma": [0.992, 0.99, 0.988, 0.985, 0.982, 0.978, 0.973, 0.968, 0.961, 0.953, 0.943, 0.931, 0.917, 0.9, 0.881,
               0.858, 0.832, 0.802, 0.769, 0.731, 0.69, 0.646, 0.599, 0.55, 0.501, 0.451, 0.402, 0.355, 0.311, 0.27,
               0.232, 0.199, 0.169, 0.143, 0.12, 0.101, 0.084, 0.07, 0.058, 0.048, 0.001],
}  # fmt: skip


def align_your_steps(model_type: str, steps: int, denoise: float = 1.0) -> Tensor:
    """Align Your Steps for `model_type` (SD1, SDXL, SVD). Empty when denoise leaves nothing to do."""
    return _last_share(lookup("Align Your Steps model", model_type, ALIGN_YOUR_STEPS), steps, denoise)


def optimal_steps(model_type: str, steps: int, denoise: float = 1.0) -> Tensor:
    """OptimalSteps for `model_type` (FLUX, Wan, Chroma). Empty when denoise leaves nothing to do."""
    return _last_share(lookup("OptimalSteps model", model_type, OPTIMAL_STEPS), steps, denoise)


def _last_share(levels: list[float], steps: int, denoise: float) -> Tensor:
    """The last `denoise` of `levels` resampled to `steps` steps; the very last level becomes 0."""
    kept = steps
    if denoise < 1.0:
        if denoise <= 0.0:
            return torch.empty(0)
        kept = round(steps * denoise)
    sigmas = levels if steps + 1 == len(levels) else _resampled(levels, steps + 1)
    return torch.tensor([*sigmas[-(kept + 1) : -1], 0.0])


def _resampled(levels: list[float], count: int) -> list[float]:
    """Log-linear interpolation of a descending list."""
    ascending = np.log(levels[::-1])
    at = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(levels)), ascending)
    return [float(level) for level in np.exp(at)[::-1]]


def sd_turbo(model: ModelSampling, steps: int, denoise: float = 1.0) -> Tensor:
    """The ten timesteps SD-Turbo was distilled at, of which `steps` are taken, from `denoise` of the way up."""
    start = 10 - int(10 * denoise)
    timesteps = torch.arange(999, 0, -100)[start : start + steps]
    return append_zero(model.sigma(timesteps))


def ltxv(
    steps: int,
    max_shift: float = 2.05,
    base_shift: float = 0.95,
    stretch: bool = True,
    terminal: float = 0.1,
    tokens: int = 4096,
) -> Tensor:
    """LTX-Video: flow times shifted by the number of latent tokens, stretched to end at `terminal` before the 0."""
    shift = math.exp(shift_for_tokens(tokens, base_shift, max_shift, base_tokens=1024))
    sigmas = torch.linspace(1.0, 0.0, steps + 1)
    sigmas = torch.where(sigmas != 0, shift / (shift + (1 / sigmas - 1)), 0.0)
    if not stretch:
        return sigmas
    clean = 1.0 - sigmas
    scale = clean[sigmas != 0][-1] / (1.0 - terminal)
    return torch.where(sigmas != 0, 1.0 - clean / scale, sigmas)
