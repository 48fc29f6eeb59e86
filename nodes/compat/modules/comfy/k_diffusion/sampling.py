"""`comfy.k_diffusion.sampling`: our samplers as functions, and the helpers that those of packs are written with.

A pack that puts a function `sample_NAME` in here adds a sampler NAME. Formulas as in
https://github.com/crowsonkb/k-diffusion and the papers it names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nodes.compat.k_functions import k_function, ranged
from nodes.compat.stubs import ProvidedType
from nodes.sampling.noise import brownian_noise
from nodes.sampling.samplers import SAMPLERS
from nodes.sampling.samplers.steps import ancestral_step
from nodes.sampling.schedules import append_zero, exponential_sigmas, karras_sigmas, polyexponential_sigmas, vp_sigmas

__all__ = ["append_zero", "torch"]

globals().update({f"sample_{name}": k_function(sampler) for name, sampler in SAMPLERS.items()})
sample_dpm_fast = ranged(k_function(SAMPLERS["dpm_fast"]), counted=True)
sample_dpm_adaptive = ranged(k_function(SAMPLERS["dpm_adaptive"]), counted=False)


def append_dims(x: Tensor, target_dims: int) -> Tensor:
    """Dimensions of size 1 at the end."""
    return x[(...,) + (None,) * (target_dims - x.ndim)]


def to_d(x: Tensor, sigma: Tensor, denoised: Tensor) -> Tensor:
    """The derivative dx/dsigma."""
    return (x - denoised) / append_dims(sigma, x.ndim)


def get_ancestral_step(sigma_from: Any, sigma_to: Any, eta: float = 1.0) -> tuple[Any, Any]:
    """(sigma to step down to, sigma of the noise to add then)."""
    if not eta:
        return sigma_to, 0.0
    return ancestral_step(torch.as_tensor(sigma_from), torch.as_tensor(sigma_to), eta)


def trange(*args: Any, **kwargs: Any) -> Any:
    """A range with a bar on the console."""
    from tqdm.auto import trange as bar  # type: ignore[import-untyped]

    return bar(*args, **kwargs)


def linear_multistep_coeff(order: int, t: Any, i: int, j: int) -> float:
    """The share of derivative j in the step from t[i] to t[i + 1]: the integral of its Lagrange polynomial."""
    if order - 1 > i:
        raise ValueError(f"Order {order} is too high for step {i}: give at most {i + 1}.")
    polynomial = np.poly1d([1.0])
    for k in range(order):
        if k != j:
            here, other = float(t[i - j]), float(t[i - k])
            polynomial *= np.poly1d([1.0, -other]) / (here - other)
    integral = polynomial.integ()
    return float(integral(float(t[i + 1])) - integral(float(t[i])))


def default_noise_sampler(x: Tensor, seed: int | None = None) -> Callable[[Any, Any], Tensor]:
    """Independent noise for every step."""
    generator = None if seed is None else torch.Generator(device=x.device).manual_seed(seed)
    return lambda sigma, sigma_next: torch.randn(
        x.size(), dtype=x.dtype, layout=x.layout, device=x.device, generator=generator
    )


class BrownianTreeNoiseSampler(metaclass=ProvidedType):
    """Noise from one Brownian path, so that it agrees however the steps are cut."""

    def __init__(
        self,
        x: Tensor,
        sigma_min: Any,
        sigma_max: Any,
        seed: int | None = None,
        transform: Any = None,
        cpu: bool = False,
    ):
        sigmas = torch.tensor([float(sigma_max), float(sigma_min)])
        seed = int(torch.randint(0, 2**63 - 1, []).item()) if seed is None else seed
        self._noise = brownian_noise(x, sigmas, seed, device=torch.device("cpu") if cpu else None)

    def __call__(self, sigma: Any, sigma_next: Any) -> Tensor:
        return self._noise(torch.as_tensor(sigma), torch.as_tensor(sigma_next))


def get_sigmas_karras(n: int, sigma_min: float, sigma_max: float, rho: float = 7.0, device: Any = "cpu") -> Tensor:
    """Evenly spaced rho-th roots, then 0."""
    return karras_sigmas(n, sigma_min, sigma_max, rho).to(device)


def get_sigmas_exponential(n: int, sigma_min: float, sigma_max: float, device: Any = "cpu") -> Tensor:
    """Evenly spaced logarithms, then 0."""
    return exponential_sigmas(n, sigma_min, sigma_max).to(device)


def get_sigmas_polyexponential(
    n: int, sigma_min: float, sigma_max: float, rho: float = 1.0, device: Any = "cpu"
) -> Tensor:
    """A polynomial in the logarithm, then 0."""
    return polyexponential_sigmas(n, sigma_min, sigma_max, rho).to(device)


def get_sigmas_vp(
    n: int, beta_d: float = 19.9, beta_min: float = 0.1, eps_s: float = 1e-3, device: Any = "cpu"
) -> Tensor:
    """The continuous variance-preserving schedule, then 0."""
    return vp_sigmas(n, beta_d, beta_min, eps_s).to(device)


def assigned(name: str, value: Any) -> None:
    """A pack has put a function in here: if it is a sampler, make it one that can be chosen, or that is run instead."""
    from nodes.compat.k_samplers import FunctionSampler, NativeSampler

    known = name.removeprefix("sample_")
    if not name.startswith("sample_") or not callable(value):
        return
    if known not in OURS:
        SAMPLERS[known] = FunctionSampler(value)
    elif value is OURS[known][1]:
        SAMPLERS[known] = OURS[known][0]
    else:
        changed = SAMPLERS[known] = NativeSampler.of(OURS[known][0])
        changed.sampler_function = value


OURS = {name: (sampler, globals()[f"sample_{name}"]) for name, sampler in SAMPLERS.items()}
