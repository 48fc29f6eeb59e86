"""`comfy_extras.nodes_model_advanced`: our nodes as classes, and how a distilled model's output is read."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nodes.compat.handles.parameterisation import EPS, X0, ModelSamplingDiscrete
from nodes.sampling.predictions import Lcm
from nodes.sampling.sigma_tables import Discrete

__all__ = ["X0"]


class LCM(EPS):
    """Latent consistency models; to be mixed with a class that has noise levels."""

    @property
    def _prediction(self) -> Any:
        return Lcm(timestep=self.timestep)  # type: ignore[attr-defined]


class ModelSamplingDiscreteDistilled(ModelSamplingDiscrete):
    """Every so-many-th of a table of trained levels."""

    original_timesteps = 50

    def __init__(self, model_config: Any = None, zsnr: bool | None = None):
        super().__init__(model_config, zsnr)
        self.skip_steps = self.num_timesteps // self.original_timesteps
        table: Discrete = self.table
        if self.original_timesteps == 50 and self.num_timesteps == 1000:
            self.table = table.distilled()
        else:
            kept = torch.arange(self.num_timesteps - 1, -1, -self.skip_steps).flip(0)
            self.set_sigmas(table.sigmas[kept])


def rescale_zero_terminal_snr_sigmas(sigmas: Tensor) -> Tensor:
    """Levels stretched so that the last is (nearly) pure noise."""
    from nodes.sampling.sigma_tables import rescale_to_zero_terminal_snr

    return rescale_to_zero_terminal_snr(sigmas)
