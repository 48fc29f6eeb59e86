"""`comfy.ldm.modules.distributions.distributions`."""

from __future__ import annotations

import torch
from torch import Tensor


class DiagonalGaussianDistribution:
    """What a VAE's encoder gives: mean and logarithm of the variance, side by side in the channels [B,2C,...]."""

    def __init__(self, parameters: Tensor, deterministic: bool = False):
        self.parameters, self.deterministic = parameters, deterministic
        self.mean, logvar = parameters.chunk(2, dim=1)
        self.logvar = logvar.clamp(-30.0, 20.0)
        self.var = torch.zeros_like(self.mean) if deterministic else self.logvar.exp()
        self.std = self.var.sqrt()

    def sample(self) -> Tensor:
        """A draw."""
        return self.mean + self.std * torch.randn(self.mean.shape).to(self.mean)

    def mode(self) -> Tensor:
        """The likeliest value."""
        return self.mean

    def kl(self) -> Tensor:
        """The divergence from the standard normal: [B]."""
        if self.deterministic:
            return torch.zeros(1)
        return 0.5 * (self.mean**2 + self.var - 1.0 - self.logvar).flatten(1).sum(1)
