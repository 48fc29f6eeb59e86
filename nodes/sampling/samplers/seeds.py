"""SEEDS: stochastic exponential derivative-free solvers (https://arxiv.org/abs/2305.14267), predicting the data."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from nodes.sampling.denoiser import Callback, Denoiser, silent
from nodes.sampling.noise import StepNoise
from nodes.sampling.samplers.steps import HalfLogSnr, offset_first_sigma


def seeds_2(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r: float = 0.5,
) -> Tensor:
    """SEEDS-2: one inner stage at the share `r` of the half-log-SNR."""
    snr = HalfLogSnr(denoiser.model_sampling)
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(offset_first_sigma(sigmas, denoiser.model_sampling))):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        if sigma_next == 0:
            x = D
            continue
        path = _NoisePath(snr, sigma, sigma_next, noise, eta, s_noise)
        sigma_1 = path.sigma_at(r)
        x_2 = path.decayed(x, r) - snr.alpha(sigma_1) * torch.expm1(-r * path.h_eta) * D
        x_2 = path.noised(x_2, r)
        D_2 = denoiser(x_2, sigma_1 * ones)
        D_mean = torch.lerp(D, D_2, 1 / (2 * r))
        x = path.decayed(x, 1.0) - snr.alpha(sigma_next) * torch.expm1(-path.h_eta) * D_mean
        x = path.noised(x, 1.0)
    return x


def seeds_3(
    denoiser: Denoiser,
    x: Tensor,
    sigmas: Tensor,
    *,
    noise: StepNoise,
    callback: Callback = silent,
    eta: float = 1.0,
    s_noise: float = 1.0,
    r_1: float = 1 / 3,
    r_2: float = 2 / 3,
) -> Tensor:
    """SEEDS-3: inner stages at the shares `r_1` and `r_2`."""
    snr = HalfLogSnr(denoiser.model_sampling)
    ones, total = x.new_ones(x.shape[0]), len(sigmas) - 1
    for i, (sigma, sigma_next) in enumerate(pairwise(offset_first_sigma(sigmas, denoiser.model_sampling))):
        D = denoiser(x, sigma * ones)
        callback(i, D, x, total)
        if sigma_next == 0:
            x = D
            continue
        path = _NoisePath(snr, sigma, sigma_next, noise, eta, s_noise)
        sigma_1, sigma_2, h_eta = path.sigma_at(r_1), path.sigma_at(r_2), path.h_eta
        x_2 = path.decayed(x, r_1) - snr.alpha(sigma_1) * torch.expm1(-r_1 * h_eta) * D
        D_2 = denoiser(path.noised(x_2, r_1), sigma_1 * ones)
        a32 = r_2 / r_1 * _phi_2(-r_2 * h_eta)
        a31 = torch.expm1(-r_2 * h_eta) - a32
        x_3 = path.decayed(x, r_2) - snr.alpha(sigma_2) * (a31 * D + a32 * D_2)
        D_3 = denoiser(path.noised(x_3, r_2), sigma_2 * ones)
        b3 = _phi_2(-h_eta) / r_2
        b1 = torch.expm1(-h_eta) - b3
        x = path.decayed(x, 1.0) - snr.alpha(sigma_next) * (b1 * D + b3 * D_3)
        x = path.noised(x, 1.0)
    return x


def _phi_2(z: Tensor) -> Tensor:
    return (torch.expm1(z) - z) / z


class _NoisePath:
    """One step from sigma to sigma_next with stages at shares 0 < r <= 1 of it, visited in order."""

    def __init__(
        self, snr: HalfLogSnr, sigma: Tensor, sigma_next: Tensor, noise: StepNoise, eta: float, s_noise: float
    ):
        self.snr, self.sigma, self.sigma_next = snr, sigma, sigma_next
        self.noise, self.eta, self.s_noise = noise, eta, s_noise
        self.start, self.end = snr.of(sigma), snr.of(sigma_next)
        self.h = self.end - self.start
        self.h_eta = self.h * (eta + 1)
        self._at, self._drawn = 0.0, torch.zeros_like(sigma)

    def sigma_at(self, r: float) -> Tensor:
        return self.sigma_next if r == 1 else self.snr.sigma(self.start.lerp(self.end, r))

    def decayed(self, x: Tensor, r: float) -> Tensor:
        """x's own share at stage r."""
        return self.sigma_at(r) / self.sigma * torch.exp(-r * self.h * self.eta) * x

    def noised(self, x: Tensor, r: float) -> Tensor:
        """Stage r with its noise: what was drawn for the stages before, decayed, and a fresh draw."""
        if self.eta <= 0 or self.s_noise <= 0:
            return x
        decay = (self._at - r) * self.h * self.eta
        fresh = self.noise(self.sigma_at(self._at) if self._at else self.sigma, self.sigma_at(r))
        self._drawn = self._drawn * decay.exp() + torch.sqrt(-torch.expm1(2 * decay)) * fresh
        self._at = r
        return x + self._drawn * self.sigma_at(r) * self.s_noise
